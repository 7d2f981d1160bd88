/** Draws from a seed: everything random about a simulated case. Law: the same seed draws the same. */

import { Prng } from '../../src/base/index.ts';

export class Draw {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  /** An integer, both ends included. */
  int(min: number, max: number): number {
    return min + this.#prng.below(max - min + 1);
  }

  /** True in so many of 100 cases. */
  chance(percent: number): boolean {
    return this.#prng.below(100) < percent;
  }

  /** One of these. */
  of<T>(...values: readonly T[]): T {
    return values[this.#prng.below(values.length)]!;
  }
}
