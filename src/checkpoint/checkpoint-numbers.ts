/**
 * Numbers of checkpoints that no earlier run of the job has used, also not for one of which it left nothing here: a sink may have
 * prepared a transaction under that number elsewhere.
 *
 * A file names the end of a block of numbers before the first of them is used (Flink keeps a counter beside its store).
 *
 * Law (test/checkpoint/checkpoint-numbers.property.test.ts): whatever a run used, the next one begins above it.
 */

import { numbersName, parseNumbers } from './names.ts';
import type { CheckpointStore } from './store.ts';

/** Numbers that one file reserves: a run that goes on skips fewer than so many. */
const BLOCK = 16;

/** Owner: main thread. */
export class CheckpointNumbers {
  readonly #store: CheckpointStore;
  /** Numbers below are reserved, by this run. */
  #end = 0;
  #reserving: { readonly end: number; readonly done: Promise<void> } | undefined = undefined;

  constructor(store: CheckpointStore) {
    this.#store = store;
  }

  /**
   * Reserves a number, which is the largest so far.
   *
   * @returns undefined: it may be used; else it may once this settles. Rejects with ERR_CHECKPOINT_IO
   * @example
   * await numbers.reserve(17); // 17 to 32 may be used by this run alone
   */
  reserve(checkpoint: number): Promise<void> | undefined {
    if (checkpoint < this.#end) return undefined;
    if (this.#reserving !== undefined && checkpoint < this.#reserving.end) {
      return this.#reserving.done;
    }
    const end = checkpoint + BLOCK;
    const done = this.#put(end);
    this.#reserving = { end, done };
    return done;
  }

  /** The job ended as it should: whatever comes later is another one. @throws ERR_CHECKPOINT_IO */
  async forget(): Promise<void> {
    await this.#reserving?.done.catch(() => undefined);
    await this.#removeBelow(Infinity);
  }

  async #put(end: number): Promise<void> {
    try {
      await this.#store.put(numbersName(end), new Uint8Array(0));
      this.#end = Math.max(this.#end, end);
      // Of the ends that are there the largest counts: one that stays does no harm.
      await this.#removeBelow(end).catch(() => undefined);
    } finally {
      if (this.#reserving?.end === end) this.#reserving = undefined;
    }
  }

  async #removeBelow(end: number): Promise<void> {
    const names = await this.#store.list();
    await this.#store.delete(names.filter((name) => (parseNumbers(name) ?? Infinity) < end));
  }
}
