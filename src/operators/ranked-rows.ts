/**
 * The rows of one key in order, for top-N: off-heap where the order is that of one numeric field of typed rows and there is
 * no time to live, otherwise on the heap.
 *
 * Ranks count from 1; among equals the one that came first stands first, and nulls stand as if smaller than every value. On
 * bytes a NaN counts as infinity; on the heap the order is that of `min` and `max`.
 */

import { compileCodec } from '../record/index.ts';
import type { RecordType, RowViewBase } from '../record/index.ts';
import { HeapValuePart, NO_REF, ROW_NEXT, RowListPart } from '../state/index.ts';
import type { KeyedBackend, KeyedPart, TtlOptions } from '../state/index.ts';
import { sameValue } from './join/same-value.ts';
import { keepRow } from './kept-row.ts';
import { RowBytes } from './row-bytes.ts';
import { compareValues } from './rolling-fold.ts';

/** Which row comes first. */
export interface RankOrder {
  /** Field by which rows are ordered; undefined for a comparator. */
  readonly field: string | undefined;
  /** As for `Array.sort`; undefined for a field. */
  readonly compare: ((a: unknown, b: unknown) => number) | undefined;
  readonly descending: boolean;
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
  /** The row of a rank; valid until the next call. */
  rowAt(rank: number): unknown;
  /** Adds a copy at the rank that `rankFor` said. @throws ERR_STATE_QUOTA */
  insert(rank: number, row: unknown): void;
  remove(rank: number): void;
}

/** The form that fits. */
export function rankedRows(
  backend: KeyedBackend,
  type: RecordType | undefined,
  order: RankOrder,
  ttl: TtlOptions | undefined,
): RankedRows {
  const { field } = order;
  const kind = type?.descriptor.fields.find(({ name }) => name === field)?.type;
  const bigint = kind !== undefined && 'bigint' in kind && kind.bigint === true;
  const numeric = kind !== undefined && NUMERIC.has(kind.kind) && !bigint;
  if (type !== undefined && field !== undefined && numeric && ttl === undefined) {
    return new RankedBytes(backend, type, field, order.descending);
  }
  return new RankedValues(backend, order, ttl);
}

const NUMERIC: ReadonlySet<string> = new Set(
  'bool i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 timestamp'.split(' '),
);
const NAME = 'ranked';

/** A list in the order of the field's value, which stands where lists have the timestamp. */
class RankedBytes implements RankedRows {
  readonly part: RowListPart<object>;
  readonly #field: string;
  readonly #sign: number;
  readonly #input: RowBytes;
  #id = 0;
  /** References in order of rank; filled up to `#size`. */
  #refs: Int32Array = new Int32Array(16);
  #size = 0;

  constructor(backend: KeyedBackend, type: RecordType, field: string, descending: boolean) {
    this.part = new RowListPart<object>(backend, {
      name: NAME,
      kind: 'ranked',
      type: type as RecordType<object>,
    });
    this.#input = new RowBytes(compileCodec(type));
    this.#field = field;
    this.#sign = descending ? -1 : 1;
  }

  load(id: number): number {
    const { part } = this;
    const size = part.size(id);
    if (size > this.#refs.length) this.#refs = new Int32Array(2 * size);
    const refs = this.#refs;
    let ref = part.firstOf(id);
    for (let i = 0; ref !== NO_REF; ref = part.word(ref, ROW_NEXT)) refs[i++] = ref;
    this.#id = id;
    this.#size = size;
    return size;
  }

  rankFor(row: unknown): number {
    const value = this.#valueOf(row);
    let rank = this.#size + 1;
    while (rank > 1 && this.part.timestampOf(this.#refs[rank - 2]!) > value) rank--;
    return rank;
  }

  find(row: unknown): number {
    const value = this.#valueOf(row);
    this.#input.take(row);
    for (let rank = this.rankFor(row) - 1; rank > 0; rank--) {
      const ref = this.#refs[rank - 1]!;
      if (this.part.timestampOf(ref) !== value) return 0;
      if (sameBytes(this.#input, this.part.rows.view(ref))) return rank;
    }
    return 0;
  }

  rowAt(rank: number): unknown {
    return this.part.rows.view(this.#refs[rank - 1]!);
  }

  insert(_rank: number, row: unknown): void {
    this.part.insertByTime(this.#id, row as object, this.#valueOf(row));
  }

  remove(rank: number): void {
    this.part.removeRef(this.#id, this.#refs[rank - 1]!);
  }

  /** Ascending in the order of ranks. */
  #valueOf(row: unknown): number {
    const value = (row as Record<string, unknown>)[this.#field];
    if (value === null || value === undefined) return this.#sign * -Infinity;
    const number = Number(value);
    return this.#sign * (number !== number ? Infinity : number);
  }
}

/** Rows of one type are equal when their bytes are. */
function sameBytes(a: RowBytes, b: RowViewBase): boolean {
  const words = a.bytes >> 2;
  if (words !== b.rowBytes >> 2) return false;
  const left = a.memory.i32;
  const right = b.i32;
  for (let i = 0; i < words; i++) {
    if (left[(a.at >> 2) + i] !== right[(b.at >> 2) + i]) return false;
  }
  return true;
}

/** A sorted array on the heap. */
class RankedValues implements RankedRows {
  readonly part: HeapValuePart<unknown[]>;
  readonly #order: (a: unknown, b: unknown) => number;
  #id = 0;
  #rows: unknown[] = [];

  constructor(backend: KeyedBackend, order: RankOrder, ttl: TtlOptions | undefined) {
    this.part = new HeapValuePart(backend, { name: NAME, kind: 'ranked', ttl });
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

  rowAt(rank: number): unknown {
    return this.#rows[rank - 1];
  }

  insert(rank: number, row: unknown): void {
    this.#store(this.#rows.toSpliced(rank - 1, 0, keepRow(row)));
  }

  remove(rank: number): void {
    this.#store(this.#rows.toSpliced(rank - 1, 1));
  }

  #store(rows: unknown[]): void {
    this.#rows = rows;
    if (rows.length === 0) this.part.clear(this.#id);
    else this.part.set(this.#id, rows);
  }
}

function comparator({ field, compare, descending }: RankOrder): (a: unknown, b: unknown) => number {
  const sign = descending ? -1 : 1;
  if (compare !== undefined) return (a, b) => sign * compare(a, b);
  const valueOf = (row: unknown): unknown => (row as Record<string, unknown> | null)?.[field!];
  return (a, b) => sign * compareFields(valueOf(a), valueOf(b));
}

/** Nulls below everything; values of different kinds by the names of their kinds. */
function compareFields(a: unknown, b: unknown): number {
  const none = (value: unknown): boolean => value === null || value === undefined;
  if (none(a) || none(b)) return Number(none(b)) - Number(none(a));
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return compareValues(a as string, b as string);
}
