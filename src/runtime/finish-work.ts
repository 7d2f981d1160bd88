/** The end of a chain: what operators hold back goes out, a bounded piece per step, then its outputs end. */

import { END_OF_TIME } from '../record/index.ts';
import type { Chain } from './chain.ts';

/** Owner: the subtask's worker. */
export class FinishWork {
  readonly #chain: Chain;
  /** The chain had ended before it was restored: only its outputs have to end. */
  restored = false;
  #next = 0;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /**
   * One call of `finish` per step, so that a large result never has to fit beyond the rings.
   *
   * @returns whether the operators are through; `end` is to follow
   */
  step(): boolean {
    const { operators, current } = this.#chain.spec;
    const next = this.restored ? undefined : operators[this.#next];
    if (next === undefined) return true;
    current.operator = this.#next;
    if (next.operator?.finish?.() !== false) this.#next++;
    return false;
  }

  /** Writes the last frame of every output. */
  end(): void {
    this.#chain.driver.flush();
    for (const gate of this.#chain.outputs) {
      if (this.restored) gate.watermark(END_OF_TIME);
      gate.end();
    }
  }
}
