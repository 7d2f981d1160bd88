/**
 * The rows of each key in order, off-heap: rows in an arena, and for each key one block with their references in the order
 * of ranks, before them the numbers they are ordered by.
 *
 *     at - 8   [ room | rows ]                 int32 each
 *     at       [ number 0 | number 1 | … ]     float64, `room` of them; none where a function compares
 *              [ ref 0 | ref 1 | … ]           int32, `room` of them
 *
 * So a row that does not come among the first n costs one comparison with the last number, and one that does moves a few
 * words. Where results have a rank, rows are kept with that field, and it is set before a row is shown.
 *
 * Law (test/operators/top-n.property.test.ts): as the heap form in ranked-rows.ts, but that on numbers -0 is 0 and a NaN
 * counts as infinity.
 */

import { assert } from '../base/index.ts';
import { compileCodec, layoutOf } from '../record/index.ts';
import type { Memory, RecordType, RowViewBase } from '../record/index.ts';
import {
  Expiry,
  IntColumns,
  NO_REF,
  REF_PAGE_SHIFT,
  REF_UNIT_MASK,
  restoredStamp,
  RowArena,
  RowStore,
  WordColumns,
} from '../state/index.ts';
import type {
  ByteReader,
  ByteWriter,
  KeyedBackend,
  KeyedPart,
  KeySpace,
  PartDescriptor,
  TtlOptions,
} from '../state/index.ts';
import { keepRow } from './kept-row.ts';
import { numberReader } from './rank-order.ts';
import { compileRankWriter, rankedType } from './rank-field.ts';
import type { RankWriter } from './rank-field.ts';
import type { RankedRows } from './ranked-rows.ts';
import { RowBytes } from './row-bytes.ts';

const ROOM = -8;
const COUNT = -4;
const PREFIX_BYTES = 8;
const REF_BYTES = 4;
const NUMBER_BYTES = 8;
const ROOM_MIN = 2;
/** A block of more is none of the arena's size classes. */
const ROOM_MAX: number = 2 ** 22;

/** What the rows are, and which comes first. */
export interface RankedBytesOptions {
  readonly type: RecordType;
  /** Field of the rank; null for none. */
  readonly rankField: string | null;
  /** A numeric field, or a comparator of rows that says which comes first. */
  readonly order:
    | { readonly field: string; readonly descending: boolean }
    | { readonly compare: (a: unknown, b: unknown) => number };
  /** Most rows of a key; more may be kept for a moment. */
  readonly rowsMax: number;
  readonly ttl: TtlOptions | undefined;
}

/** Owner: the subtask's worker. */
export class RankedBytes implements RankedRows, KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly part: this = this;
  readonly #keys: KeySpace;
  readonly #rows: RowStore<object>;
  readonly #blocks: RowArena;
  /** Reference of the block. */
  readonly #heads: IntColumns;
  readonly #expiry: Expiry | undefined;
  readonly #stamps: WordColumns;
  readonly #input: RowBytes;
  /** Encodes rows as they are kept. */
  readonly #kept: RowBytes;
  readonly #rankField: string | null;
  readonly #rankAt: number;
  readonly #writer: RankWriter | undefined;
  /** Ascending in the order of ranks; undefined where a function compares. */
  readonly #numberOf: ((row: unknown) => number) | undefined;
  readonly #compare: (a: unknown, b: unknown) => number;
  readonly #numberBytes: number;
  readonly #roomMax: number;
  #id = 0;
  /** The block of the key at hand. */
  #memory: Memory | undefined = undefined;
  #at = 0;
  #room = 0;
  #size = 0;
  /** Of the row that `rankFor` saw last. */
  readonly #number: Float64Array = new Float64Array(1);

  constructor(backend: KeyedBackend, name: string, options: RankedBytesOptions) {
    const { type, rankField, order, ttl } = options;
    const keptType = (
      rankField === null ? type : rankedType(type, rankField)
    ) as RecordType<object>;
    const account = backend.account(name);
    const stamps = ttl === undefined ? {} : { stamps: true };
    this.descriptor = { name, kind: 'ranked', types: { row: keptType.descriptor }, ...stamps };
    this.#keys = backend.keys;
    this.#rows = new RowStore(backend, name, keptType, PREFIX_BYTES);
    this.#blocks = new RowArena(account, PREFIX_BYTES, 0);
    this.#heads = new IntColumns(account, 1);
    this.#stamps = new WordColumns(account, 1);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
    this.#input = new RowBytes(compileCodec(type));
    this.#kept = new RowBytes(compileCodec(keptType));
    this.#rankField = rankField;
    this.#rankAt = layoutOf(keptType.descriptor).fields.at(-1)?.offset ?? 0;
    this.#writer = rankField === null ? undefined : compileRankWriter(type, keptType);
    const numeric = 'field' in order;
    this.#numberOf = numeric ? numberReader(order.field, order.descending) : undefined;
    this.#compare = numeric ? () => 0 : order.compare;
    this.#numberBytes = numeric ? NUMBER_BYTES : 0;
    // One more while a row comes and the last has not gone, and even, so that blocks are whole words of 8 bytes.
    this.#roomMax = (Math.min(ROOM_MAX, options.rowsMax) + 2) & ~1;
  }

  has(id: number): boolean {
    return id < this.#heads.capacity && this.#heads.get(id, 0) !== NO_REF;
  }

  load(id: number): number {
    const expiry = this.#expiry;
    if (expiry !== undefined) {
      expiry.sweep(this, id);
      this.expire(id);
    }
    this.#turnTo(id);
    return this.#size;
  }

  rankFor(row: unknown): number {
    const size = this.#size;
    if (this.#numberOf === undefined) return this.#rankByFunction(row);
    const number = this.#numberOf(row);
    this.#number[0] = number;
    if (size === 0) return 1;
    const { f64 } = this.#memory!;
    const first = this.#at >> 3;
    if (f64[first + size - 1]! <= number) return size + 1;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (f64[first + middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  find(row: unknown): number {
    const rankField = this.#rankField;
    const above = this.rankFor(row) - 1;
    const kept = this.#kept;
    if (rankField === null) kept.take(row);
    else kept.take({ ...(keepRow(row) as object), [rankField]: 0 });
    for (let rank = above; rank > 0; rank--) {
      const view = this.rankedAt(rank, 0);
      if (this.#numberOf === undefined) {
        if (this.#compare(view, row) !== 0) return 0;
      } else if (this.#memory!.f64[(this.#at >> 3) + rank - 1] !== this.#number[0]) return 0;
      if (kept.equals(view)) return rank;
    }
    return 0;
  }

  rowAt(place: number): RowViewBase {
    return this.#rows.view(this.#ref(place - 1));
  }

  rankedAt(place: number, rank: number): RowViewBase {
    return this.handled(this.#ref(place - 1), rank);
  }

  handleAt(place: number): number {
    return this.#ref(place - 1);
  }

  handled(ref: number, rank: number): RowViewBase {
    const view = this.#rows.view(ref);
    if (this.#rankField !== null) {
      const word = (view.at + this.#rankAt) >> 2;
      view.i32[word] = rank;
      view.i32[word + 1] = 0;
    }
    return view;
  }

  insert(rank: number, row: unknown): void {
    if (this.#size === this.#room) this.#grow();
    this.#link(rank, this.#keep(row));
    if (this.#expiry !== undefined) this.#stamps.set(this.#id, 0, this.#expiry.now());
  }

  remove(rank: number): void {
    this.drop(this.detach(rank));
  }

  drop(ref: number): void {
    this.#rows.free(ref);
  }

  detach(rank: number): number {
    const { f64, i32 } = this.#memory!;
    const refs = this.#refs;
    const last = this.#size - 1;
    const ref = i32[refs + rank - 1]!;
    i32.copyWithin(refs + rank - 1, refs + rank, refs + last + 1);
    if (this.#numberBytes > 0) {
      const first = this.#at >> 3;
      f64.copyWithin(first + rank - 1, first + rank, first + last + 1);
    }
    this.#setSize(last);
    if (last === 0) this.#drop();
    else if (this.#expiry !== undefined) this.#stamps.set(this.#id, 0, this.#expiry.now());
    return ref;
  }

  expire(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined || !this.has(id)) return;
    const stamp = this.#stamps.get(id, 0);
    if (!expiry.expired(stamp)) {
      this.#stamps.set(id, 0, expiry.settled(stamp));
      return;
    }
    this.#turnTo(id);
    for (let i = 0; i < this.#size; i++) this.#rows.free(this.#ref(i));
    this.#drop();
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    if (this.#expiry !== undefined) out.putF64(this.#stamps.get(id, 0));
    this.#turnTo(id);
    out.putI32(this.#size);
    for (let rank = 1; rank <= this.#size; rank++) {
      this.rankedAt(rank, 0);
      this.#rows.write(this.#ref(rank - 1), out);
    }
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    const stamp = restoredStamp(source, from, this.#expiry);
    this.#turnTo(id);
    for (let count = source.i32(); count > 0; count--) {
      if (this.#size === this.#room) this.#grow();
      const ref = this.#rows.load(source, from);
      // They come in the order in which they were, which is not that of now if the job was changed.
      this.#link(this.rankFor(this.#rows.view(ref)), ref);
    }
    if (this.#expiry !== undefined && this.#size > 0) this.#stamps.set(id, 0, stamp);
  }

  dispose(): void {
    this.#rows.dispose();
    this.#blocks.dispose();
    this.#heads.dispose();
    this.#stamps.dispose();
    this.#memory = undefined;
  }

  get #refs(): number {
    return (this.#at + this.#numberBytes * this.#room) >> 2;
  }

  #ref(place: number): number {
    return this.#memory!.i32[this.#refs + place]!;
  }

  #turnTo(id: number): void {
    const head = id < this.#heads.capacity ? this.#heads.get(id, 0) : NO_REF;
    this.#id = id;
    if (head === NO_REF) {
      this.#room = 0;
      this.#size = 0;
      return;
    }
    this.#bind(head);
    const { i32 } = this.#memory!;
    this.#room = i32[(this.#at + ROOM) >> 2]!;
    this.#size = i32[(this.#at + COUNT) >> 2]!;
  }

  #bind(head: number): void {
    this.#memory = this.#blocks.pages[head >>> REF_PAGE_SHIFT]!;
    this.#at = (head & REF_UNIT_MASK) << 3;
  }

  #setSize(size: number): void {
    this.#size = size;
    this.#memory!.i32[(this.#at + COUNT) >> 2] = size;
  }

  #rankByFunction(row: unknown): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#rows.view(this.#ref(middle)), row) <= 0) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  /** A copy of the row, with rank 0 where rows have one. */
  #keep(row: unknown): number {
    const rankField = this.#rankField;
    if (rankField === null) return this.#rows.add(row);
    const writer = this.#writer;
    if (writer === undefined) {
      return this.#rows.add({ ...(keepRow(row) as object), [rankField]: 0 });
    }
    const input = this.#input;
    input.take(row);
    const ref = this.#rows.allocate(writer.bytesOf(input.memory, input.at));
    const at = (ref & REF_UNIT_MASK) << 3;
    writer.write(input.memory, input.at, this.#rows.memoryOf(ref), at);
    return ref;
  }

  #link(rank: number, ref: number): void {
    const { f64, i32 } = this.#memory!;
    const refs = this.#refs;
    const place = rank - 1;
    const size = this.#size;
    for (let i = size; i > place; i--) i32[refs + i] = i32[refs + i - 1]!;
    i32[refs + place] = ref;
    if (this.#numberBytes > 0) {
      const first = this.#at >> 3;
      for (let i = size; i > place; i--) f64[first + i] = f64[first + i - 1]!;
      f64[first + place] = this.#number[0]!;
    }
    this.#setSize(size + 1);
  }

  /** A block with more room for the key at hand; its first one makes the key held. @throws ERR_STATE_QUOTA */
  #grow(): void {
    const id = this.#id;
    const size = this.#size;
    const before = this.#memory;
    const numbersBefore = this.#at >> 3;
    const refsBefore = this.#refs;
    const roomBefore = this.#room;
    assert(size < this.#roomMax, 'a key has no more rows than a block can hold');
    const room = Math.min(this.#roomMax, Math.max(ROOM_MIN, 2 * roomBefore));
    this.#heads.ensure(id);
    if (this.#expiry !== undefined) this.#stamps.ensure(id);
    const head = this.#blocks.allocate(this.#blockBytes(room));
    const old = this.#heads.get(id, 0);
    this.#heads.set(id, 0, head);
    this.#bind(head);
    this.#room = room;
    const { f64, i32 } = this.#memory!;
    i32[(this.#at + ROOM) >> 2] = room;
    i32[(this.#at + COUNT) >> 2] = size;
    if (old === NO_REF) {
      this.#keys.retain(id);
      return;
    }
    for (let i = 0; i < size; i++) i32[this.#refs + i] = before!.i32[refsBefore + i]!;
    if (this.#numberBytes > 0) {
      const first = this.#at >> 3;
      for (let i = 0; i < size; i++) f64[first + i] = before!.f64[numbersBefore + i]!;
    }
    this.#blocks.free(old, this.#blockBytes(roomBefore));
  }

  /** The key at hand has no rows any more. */
  #drop(): void {
    this.#blocks.free(this.#heads.get(this.#id, 0), this.#blockBytes(this.#room));
    this.#heads.set(this.#id, 0, NO_REF);
    this.#room = 0;
    this.#size = 0;
    this.#keys.release(this.#id);
  }

  #blockBytes(room: number): number {
    return room * (this.#numberBytes + REF_BYTES);
  }
}
