/**
 * Lets barriers pass a subtask ahead of rows: they are looked for before each step, and control work goes on up to the barrier although
 * the outputs have no room. What it emits meanwhile waits beyond the rings, and is among the rows that the barrier overtakes.
 * Owner: the subtask's worker.
 */

import type { Clock } from '../base/index.ts';
import { MiB } from '../base/index.ts';
import type { Chain } from './chain.ts';
import type { InputHead } from './input-head.ts';

/** While more than this waits for credit, control work waits as well: a bound for what one barrier makes of it. */
const WAITING_BYTES_MAX = 16 * MiB;

/** Of one subtask. */
export class Overtaking {
  readonly #chain: Chain;
  readonly #input: InputHead | undefined;
  readonly #clock: Clock;

  /** @param input undefined for a source */
  constructor(chain: Chain, input: InputHead | undefined, clock: Clock) {
    this.#chain = chain;
    this.#input = input;
    this.#clock = clock;
  }

  /**
   * Looks for a barrier that is to overtake rows now.
   *
   * @param running whether barriers are of interest
   * @returns whether control work may go on without room
   */
  look(running: boolean): boolean {
    const { control } = this.#chain;
    const nowMs = this.#clock.nowMs();
    const input = this.#input;
    if (running && input?.overtake(nowMs) === true) control.barrier(input.barrier!);
    return control.overtakesAtMs <= nowMs && this.#chain.waitingBytes < WAITING_BYTES_MAX;
  }

  /** Milliseconds until the clock lets a barrier overtake; Infinity when none waits for that. */
  waitMs(): number {
    const atMs = Math.min(
      this.#chain.control.overtakesAtMs,
      this.#input?.overtakesAtMs ?? Infinity,
    );
    const waitMs = atMs - this.#clock.nowMs();
    // One that is due already waits for something else.
    return waitMs > 0 ? waitMs : Infinity;
  }
}
