/** Timers on a clock that the simulation moves. Those of a process vanish with it. */

import type { ManualClock } from '../../../src/base/index.ts';
import type { RunTimers } from '../../../src/control/run-timers.ts';

interface Due {
  readonly atMs: number;
  readonly work: () => void;
}

/** One process's. Timers that are due at the same time run in the order in which they were set. */
export class VirtualTimers implements RunTimers {
  readonly #clock: ManualClock;
  #waiting: Due[] = [];

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  after(ms: number, work: () => void): () => void {
    const due = { atMs: this.#clock.nowMs() + ms, work };
    this.#waiting.push(due);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== due);
    };
  }

  /** Settles after so many milliseconds. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Milliseconds until the next is due; Infinity: there is none. */
  get waitMs(): number {
    return Math.min(...this.#waiting.map(({ atMs }) => atMs)) - this.#clock.nowMs();
  }

  /** Moves the clock and runs what is due. */
  advance(ms: number): void {
    this.#clock.advance(ms);
    const nowMs = this.#clock.nowMs();
    const due = this.#waiting.filter(({ atMs }) => atMs <= nowMs);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { work } of due.toSorted((a, b) => a.atMs - b.atMs)) work();
  }
}
