/** The clock of a test run: processing time moves only when the test says so. */

import type { Clock } from '../base/index.ts';

/** Owner: the test run. */
export class VirtualClock implements Clock {
  #processingMs = 0;
  #monotonicMs = 1;

  /** @param startMs processing time at the start, integer milliseconds since the epoch */
  constructor(startMs: number) {
    this.#processingMs = startMs;
  }

  nowMs(): number {
    return this.#processingMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Moves processing time, and with it the monotonic clock, forward by `ms`, an integer ≥ 0. */
  advance(ms: number): void {
    this.#processingMs += ms;
    this.#monotonicMs += ms;
  }

  /** Moves only the monotonic clock, which rate limits go by. */
  tick(ms: number): void {
    this.#monotonicMs += ms;
  }
}
