/**
 * The rows of one key in order, for top-N, and their form on the heap; ranked-bytes.ts has the other one.
 *
 * Ranks count from 1; among equals the one that came first stands first, and nulls stand as if smaller than every value. By
 * a numeric field of typed rows -0 is 0 and a NaN counts as infinity; otherwise the order of values is that of `min` and `max`.
 */

import type { RecordType } from '../record/index.ts';
import { HeapValuePart } from '../state/index.ts';
import type { KeyedBackend, KeyedPart, TtlOptions } from '../state/index.ts';
import { sameValue } from './join/same-value.ts';
import { keepRow } from './kept-row.ts';
import { comparator } from './rank-order.ts';
import type { RankOrder } from './rank-order.ts';

/** What is kept beside the order. */
export interface RankedRowsOptions {
  /** Of the rows; undefined for plain ones. */
  readonly type: RecordType | undefined;
  /** Field that `rankedAt` gives the rank in; null for none. */
  readonly rankField: string | null;
  /** Most rows of a key between calls. */
  readonly rowsMax: number;
  readonly ttl: TtlOptions | undefined;
}

/** Rows of all keys; the other calls speak of the key that was loaded last. Owner: the subtask's worker. */
export interface RankedRows {
  readonly part: KeyedPart;
  /** Turns to a key; returns how many rows it has. */
  load(id: number): number;
  /** The rank that a row would take. */
  rankFor(row: unknown): number;
  /** The rank of a row that equals this one, the last of them; 0 when there is none. */
  find(row: unknown): number;
  /** The row at a place, which is its rank; valid until the next call. */
  rowAt(place: number): unknown;
  /** The row at a place as of a rank: with the field for it where there is one. Valid until the next call. */
  rankedAt(place: number, rank: number): unknown;
  /** Adds a copy at the rank that `rankFor` said of it, with no other call in between. @throws ERR_STATE_QUOTA */
  insert(rank: number, row: unknown): void;
  remove(rank: number): void;
  /** The row at a place by a handle, which holds until the row is dropped. */
  handleAt(place: number): unknown;
  /** The row of a handle as of a rank, as `rankedAt`. */
  handled(handle: unknown, rank: number): unknown;
  /** Removes a row, but keeps it; returns its handle. */
  detach(rank: number): unknown;
  /** Drops a row that was detached. */
  drop(handle: unknown): void;
}

/** A sorted array on the heap. */
export class RankedValues implements RankedRows {
  readonly part: HeapValuePart<unknown[]>;
  readonly #order: (a: unknown, b: unknown) => number;
  readonly #rankField: string | null;
  #id = 0;
  #rows: unknown[] = [];

  constructor(
    backend: KeyedBackend,
    name: string,
    order: RankOrder,
    { rankField, ttl }: Pick<RankedRowsOptions, 'rankField' | 'ttl'>,
  ) {
    this.#rankField = rankField;
    this.part = new HeapValuePart(backend, { name, kind: 'ranked', ttl });
    this.#order = comparator(order);
  }

  load(id: number): number {
    this.#id = id;
    this.#rows = this.part.get(id) ?? [];
    return this.#rows.length;
  }

  rankFor(row: unknown): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order(this.#rows[middle], row) <= 0) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  find(row: unknown): number {
    const plain = keepRow(row);
    for (let rank = this.rankFor(row) - 1; rank > 0; rank--) {
      if (this.#order(this.#rows[rank - 1], plain) !== 0) return 0;
      if (sameValue(this.#rows[rank - 1], plain)) return rank;
    }
    return 0;
  }

  rowAt(place: number): unknown {
    return this.#rows[place - 1];
  }

  rankedAt(place: number, rank: number): unknown {
    return this.handled(this.#rows[place - 1], rank);
  }

  insert(rank: number, row: unknown): void {
    this.#store(this.#rows.toSpliced(rank - 1, 0, keepRow(row)));
  }

  remove(rank: number): void {
    this.#store(this.#rows.toSpliced(rank - 1, 1));
  }

  handleAt(place: number): unknown {
    return this.#rows[place - 1];
  }

  handled(row: unknown, rank: number): unknown {
    return this.#rankField === null ? row : { ...(row as object), [this.#rankField]: rank };
  }

  detach(rank: number): unknown {
    const row = this.#rows[rank - 1];
    this.remove(rank);
    return row;
  }

  drop(): void {}

  #store(rows: unknown[]): void {
    this.#rows = rows;
    if (rows.length === 0) this.part.clear(this.#id);
    else this.part.set(this.#id, rows);
  }
}
