/**
 * The keys of a continuous aggregate whose results changed since they were emitted last: each once, with the result that was
 * emitted and the largest timestamp of its rows since.
 *
 * Hot path: `mark`, once for a key and mini-batch; rows of a key that is marked already only look at `times`. Result objects
 * are used again from batch to batch. Owner: the subtask's worker.
 */

import { IntColumns } from '../state/index.ts';
import type { MemoryAccount } from '../state/index.ts';

/** A result row, used again for every result. */
export type Result = Record<string, unknown>;

export class ChangedKeys {
  /** In the order in which they changed first. */
  readonly ids: number[] = [];
  /** By place: the largest timestamps. */
  readonly times: number[] = [];
  /** By id, its place + 1; 0 for keys that did not change. */
  readonly places: IntColumns;
  readonly #account: MemoryAccount;
  readonly #create: () => Result;
  /** By place: the results, of those that had one. */
  readonly #results: Result[] = [];
  readonly #had: boolean[] = [];
  readonly #resultBytes: number;
  /** Places of which the account holds the bytes. */
  #held = 0;

  /** @param create a result row with all its names */
  constructor(account: MemoryAccount, create: () => Result) {
    this.places = new IntColumns(account, 1);
    this.#account = account;
    this.#create = create;
    this.#resultBytes = ENTRY_BYTES + VALUE_BYTES * Object.keys(create()).length;
  }

  get size(): number {
    return this.ids.length;
  }

  /** Place + 1 of a key; 0 when it did not change. */
  placeOf(id: number): number {
    return id < this.places.capacity ? this.places.get(id, 0) : 0;
  }

  /**
   * A key changes for the first time; returns the row that its result is to be written into.
   *
   * @param had whether it had a result
   * @throws ERR_STATE_QUOTA
   */
  mark(id: number, had: boolean, timestamp: number): Result {
    this.places.ensure(id);
    const place = this.ids.length;
    if (place === this.#held) {
      this.#account.reserve(this.#resultBytes);
      this.#held++;
      this.#results.push(this.#create());
    }
    this.ids.push(id);
    this.times.push(timestamp);
    this.#had[place] = had;
    this.places.set(id, 0, place + 1);
    return this.#results[place]!;
  }

  /** The result that was emitted last; null when there was none. */
  resultAt(place: number): Result | null {
    return this.#had[place] === true ? this.#results[place]! : null;
  }

  /** The change of this place was emitted. */
  settle(place: number): void {
    this.places.set(this.ids[place]!, 0, 0);
  }

  /** All places are settled. */
  clear(): void {
    this.ids.length = 0;
    this.times.length = 0;
  }

  dispose(): void {
    this.clear();
    this.places.dispose();
    this.#account.reserve(-this.#resultBytes * this.#held);
    this.#held = 0;
    this.#results.length = 0;
  }
}

/** Places in the lists, and the object; a value of it. */
const ENTRY_BYTES = 64;
const VALUE_BYTES = 16;
