/**
 * The rows that the changed keys of a mini-batch had shown, by place: named by handles of whoever keeps the rows. A row that
 * its key lets go of stays until its key's change went out.
 *
 * Hot path: `add`, once for each row that a key had shown when it changes; `holds`, for each row that a changed key lets go
 * of. Owner: the subtask's worker.
 */

import type { MemoryAccount } from '../state/index.ts';

export class ShownRows {
  /** By place: where its rows begin. */
  readonly #starts: number[] = [];
  readonly #rows: unknown[] = [];
  /** Beside it, whether the key has let go of the row. */
  readonly #gone: boolean[] = [];
  readonly #account: MemoryAccount;
  /** Rows of which the account holds the bytes. */
  #held = 0;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  /** The next place begins. */
  begin(): void {
    this.#starts.push(this.#rows.length);
  }

  /** A row of the place that began last, in the order of ranks. @throws ERR_STATE_QUOTA */
  add(row: unknown, gone: boolean): void {
    if (this.#rows.length === this.#held) {
      this.#account.reserve(ROW_BYTES);
      this.#held++;
    }
    this.#rows.push(row);
    this.#gone.push(gone);
  }

  /** Index of the first row of a place. */
  startOf(place: number): number {
    return this.#starts[place]!;
  }

  /** Index behind the last row of a place. */
  endOf(place: number): number {
    return this.#starts[place + 1] ?? this.#rows.length;
  }

  rowAt(index: number): unknown {
    return this.#rows[index];
  }

  /** Whether the key has let go of it. */
  isGone(index: number): boolean {
    return this.#gone[index]!;
  }

  /** The key of a place lets go of a row; returns whether it had shown it, so that it stays. */
  holds(place: number, row: unknown): boolean {
    const start = this.startOf(place);
    for (let i = this.endOf(place) - 1; i >= start; i--) {
      if (this.#gone[i] === true || !Object.is(this.#rows[i], row)) continue;
      this.#gone[i] = true;
      return true;
    }
    return false;
  }

  /** All changes went out. */
  clear(): void {
    this.#starts.length = 0;
    this.#rows.length = 0;
    this.#gone.length = 0;
  }

  dispose(): void {
    this.clear();
    this.#account.reserve(-ROW_BYTES * this.#held);
    this.#held = 0;
  }
}

/** Places in the lists. */
const ROW_BYTES = 16;
