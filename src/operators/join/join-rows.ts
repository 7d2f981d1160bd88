/**
 * The rows of one side of a join: by key id, in the order of their times.
 *
 * A row is a node of a doubly linked list. The nodes lie off-heap, in the layout of stored rows (state's row-layout.ts),
 * with `mark` in place of the hash; rows of typed streams lie there as bytes, others are values of the heap that the node
 * names by their slot.
 *
 * Laws (test/operators/join/join-rows.property.test.ts):
 *  1. From `first` by `next`, the rows of a key come in the order of their times; equal times in the order of insertion.
 *  2. A key is retained once while it has rows here.
 *  3. What the account holds is exactly the bytes of the nodes, and the estimates of the values on the heap.
 *
 * Insertion is constant for a row that is not earlier than the others of its key; else it passes those that are later.
 */

import {
  copyRow,
  genericCodec,
  Memory,
  requireEvolution,
  PAYLOAD_BYTES_MASK,
  transcode,
} from '../../record/index.ts';
import type { RecordDescriptor, RecordType, RowCodec, RowView } from '../../record/index.ts';
import {
  estimateBytes,
  NO_REF,
  REF_PAGE_SHIFT,
  REF_UNIT_MASK,
  ROW_HASH,
  ROW_NEXT,
  ROW_PREFIX_BYTES_TIMED,
  ROW_PREVIOUS,
  ROW_TIMESTAMP,
  ROW_WORD0,
  RowArena,
} from '../../state/index.ts';
import type {
  ByteReader,
  ByteWriter,
  IntColumns,
  KeyedPart,
  KeySpace,
  MemoryAccount,
  PartDescriptor,
} from '../../state/index.ts';
import { keptRow } from '../kept-row.ts';
import { RowBytes } from '../row-bytes.ts';
import { sameValue } from './same-value.ts';

/** Payload of a node that stands for a value of the heap: its slot. */
const SLOT_BYTES = 8;

/** What the rows of one side are made of. */
export interface JoinRowsOptions {
  /** Of the part in snapshots: `left`, `right`, `versions`. */
  readonly name: string;
  readonly keys: Pick<KeySpace, 'retain' | 'release'>;
  readonly account: MemoryAccount;
  /** Both undefined for rows without a record type. */
  readonly type: RecordType | undefined;
  readonly codec: RowCodec | undefined;
  /** Where first and last reference of a key are kept: two words of columns that both sides of a join share. */
  readonly heads: IntColumns;
  readonly headWord: 0 | 2;
}

/** Words of a key in the columns that both sides share: so that one look-up in memory serves both. */
export const HEAD_WORDS = 4;

/** Rows of one side. Owner: the subtask's worker. */
export class JoinRows implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #keys: JoinRowsOptions['keys'];
  readonly #account: MemoryAccount;
  readonly #codec: RowCodec | undefined;
  readonly #arena: RowArena;
  readonly #pages: Memory[];
  /** One view for each page, bound to it for good. */
  readonly #views: RowView[] = [];
  /** The bytes of rows that come; of values of the heap, when a snapshot is made. */
  readonly #bytes: RowBytes;
  readonly #heads: IntColumns;
  readonly #headWord: 0 | 2;
  /** Values of the heap by slot. */
  readonly #values: unknown[] = [];
  readonly #freeSlots: number[] = [];
  #heapBytes = 0;
  /** Rows of all keys. */
  size = 0;

  constructor(options: JoinRowsOptions) {
    const { name, keys, account, type, codec, heads, headWord } = options;
    const types = type === undefined ? {} : { row: type.descriptor };
    this.descriptor = { name, kind: 'joinRows', types };
    this.#keys = keys;
    this.#account = account;
    this.#codec = type === undefined ? undefined : codec;
    this.#bytes = new RowBytes(this.#codec ?? genericCodec());
    const fixedBytes = this.#codec === undefined ? SLOT_BYTES : this.#codec.fixedBytes;
    this.#arena = new RowArena(account, ROW_PREFIX_BYTES_TIMED, fixedBytes);
    this.#pages = this.#arena.pages;
    this.#heads = heads;
    this.#headWord = headWord;
  }

  has(id: number): boolean {
    return this.first(id) !== NO_REF;
  }

  /** The earliest row of a key, or `NO_REF`. */
  first(id: number): number {
    const { pages, capacity, shift, mask } = this.#heads;
    return id < capacity ? pages[id >>> shift]![((id & mask) << 2) + this.#headWord]! : NO_REF;
  }

  /** The latest row of a key, or `NO_REF`. */
  last(id: number): number {
    const { pages, capacity, shift, mask } = this.#heads;
    return id < capacity ? pages[id >>> shift]![((id & mask) << 2) + this.#headWord + 1]! : NO_REF;
  }

  next(ref: number): number {
    return this.#word(ref, ROW_NEXT);
  }

  previous(ref: number): number {
    return this.#word(ref, ROW_PREVIOUS);
  }

  timeOf(ref: number): number {
    const memory = this.#pages[ref >>> REF_PAGE_SHIFT]!;
    return memory.f64[(((ref & REF_UNIT_MASK) << 3) + ROW_TIMESTAMP) >> 3]!;
  }

  /** A number of the operator's own. */
  markOf(ref: number): number {
    return this.#word(ref, ROW_HASH);
  }

  setMark(ref: number, mark: number): void {
    this.#setWord(ref, ROW_HASH, mark);
  }

  /** The row: a view that is valid until the next row of this side is shown, or the value. */
  show(ref: number): unknown {
    const page = ref >>> REF_PAGE_SHIFT;
    const at = (ref & REF_UNIT_MASK) << 3;
    if (this.#codec === undefined) return this.#values[this.#pages[page]!.i32[at >> 2]!];
    const view = this.#views[page]!;
    view.at = at;
    return view;
  }

  /** The latest row of a key that is not later than `time`, or `NO_REF`. */
  lastUntil(id: number, time: number): number {
    let ref = this.last(id);
    while (ref !== NO_REF && this.timeOf(ref) > time) ref = this.previous(ref);
    return ref;
  }

  /** The earliest row of a key that is not earlier than `time`, or `NO_REF`; found from the latest on. */
  firstFrom(id: number, time: number): number {
    let found = NO_REF;
    let ref = this.last(id);
    while (ref !== NO_REF && this.timeOf(ref) >= time) {
      found = ref;
      ref = this.previous(ref);
    }
    return found;
  }

  /** Keeps a copy of a row, behind the rows of its time. @throws ERR_STATE_QUOTA */
  insert(id: number, row: unknown, time: number, mark: number): number {
    const ref = this.#node(row);
    this.#link(id, ref, time, mark);
    return ref;
  }

  /** Drops a row; gives the one after it. */
  remove(id: number, ref: number): number {
    const previous = this.#word(ref, ROW_PREVIOUS);
    const next = this.#word(ref, ROW_NEXT);
    const { pages, shift, mask } = this.#heads;
    const heads = pages[id >>> shift]!;
    const head = ((id & mask) << 2) + this.#headWord;
    if (previous === NO_REF) heads[head] = next;
    else this.#setWord(previous, ROW_NEXT, next);
    if (next === NO_REF) heads[head + 1] = previous;
    else this.#setWord(next, ROW_PREVIOUS, previous);
    this.#free(ref);
    this.size--;
    if (heads[head] === NO_REF) this.#keys.release(id);
    return next;
  }

  /** Drops the rows of a key that are earlier than `time`. */
  dropBefore(id: number, time: number): void {
    let ref = this.first(id);
    while (ref !== NO_REF && this.timeOf(ref) < time) ref = this.remove(id, ref);
  }

  /** Drops the rows of a key in [start, end). */
  dropRange(id: number, start: number, end: number): void {
    let ref = this.first(id);
    while (ref !== NO_REF && this.timeOf(ref) < start) ref = this.next(ref);
    while (ref !== NO_REF && this.timeOf(ref) < end) ref = this.remove(id, ref);
  }

  /** A row of the key that equals this one, the latest if there are several; or `NO_REF`. */
  findEqual(id: number, row: unknown): number {
    let ref = this.last(id);
    if (this.#codec === undefined) {
      while (ref !== NO_REF && !sameValue(this.show(ref), row)) ref = this.previous(ref);
      return ref;
    }
    this.#bytes.take(row);
    while (ref !== NO_REF && !this.#sameBytes(ref)) ref = this.previous(ref);
    return ref;
  }

  write(id: number, out: ByteWriter): void {
    const countAt = out.length;
    out.putI32(0);
    let rows = 0;
    for (let ref = this.first(id); ref !== NO_REF; ref = this.next(ref)) {
      out.putF64(this.timeOf(ref));
      out.putI32(this.markOf(ref));
      let memory = this.#pages[ref >>> REF_PAGE_SHIFT]!;
      let at = (ref & REF_UNIT_MASK) << 3;
      let bytes = memory.i32[(at + ROW_WORD0) >> 2]!;
      if (this.#codec === undefined) {
        this.#bytes.encode(this.#values[memory.i32[at >> 2]!]);
        ({ memory, at, bytes } = this.#bytes);
      }
      out.putBytes(memory.u8.subarray(at, at + bytes));
      rows++;
    }
    out.patchI32(countAt, rows);
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    const codec = this.#codec ?? genericCodec();
    const reader = codec.type.descriptor;
    const typed = this.#codec !== undefined && from.types['row'] !== undefined;
    const written = typed ? (from.types['row'] as RecordDescriptor) : reader;
    if (typed) requireEvolution(written, reader);
    for (let rows = source.i32(); rows > 0; rows--) {
      const time = source.f64();
      const mark = source.i32();
      const bytes = source.bytes();
      // Rows of an older version may grow by the defaults of new fields.
      let memory = Memory.ofBytes(2 * bytes.length + 256);
      let length = transcode(bytes, written, codec, memory, 8);
      while (length === 0) {
        memory = Memory.ofBytes(2 * memory.u8.length);
        length = transcode(bytes, written, codec, memory, 8);
      }
      memory.i32[0] = length;
      this.insert(id, this.#restored(codec, memory), time, mark);
    }
  }

  /** Gives back all bytes but those of the columns; the key space is not told. */
  dispose(): void {
    this.#arena.dispose();
    this.#account.reserve(-this.#heapBytes);
    this.#heapBytes = 0;
    this.#views.length = 0;
    this.#values.length = 0;
    this.#freeSlots.length = 0;
    this.size = 0;
  }

  /** The row at 8 of `memory`, as it comes from an input. */
  #restored(codec: RowCodec, memory: Memory): unknown {
    if (this.#codec === undefined) return codec.read(memory, 8);
    const view = codec.createView();
    view.bind(memory);
    view.at = 8;
    return view;
  }

  /** A node with the row in it, linked to nothing. */
  #node(row: unknown): number {
    if (this.#codec !== undefined) {
      const input = this.#bytes;
      input.take(row);
      const bytes = input.memory.i32[(input.at - 8) >> 2]! & PAYLOAD_BYTES_MASK;
      const ref = this.#arena.allocate(bytes);
      if (this.#views.length < this.#pages.length) this.#addViews();
      copyRow(
        input.memory,
        input.at,
        bytes,
        this.#pages[ref >>> REF_PAGE_SHIFT]!,
        (ref & REF_UNIT_MASK) << 3,
      );
      this.#setWord(ref, ROW_WORD0, bytes);
      return ref;
    }
    const value = keptRow(row);
    const heapBytes = estimateBytes(value);
    this.#account.reserve(heapBytes);
    this.#heapBytes += heapBytes;
    const ref = this.#arena.allocate(SLOT_BYTES);
    const slot = this.#freeSlots.pop() ?? this.#values.length;
    this.#values[slot] = value;
    this.#setWord(ref, 0, slot);
    this.#setWord(ref, 4, heapBytes);
    this.#setWord(ref, ROW_WORD0, SLOT_BYTES);
    return ref;
  }

  #free(ref: number): void {
    if (this.#codec === undefined) {
      const slot = this.#word(ref, 0);
      const heapBytes = this.#word(ref, 4);
      this.#values[slot] = undefined;
      this.#freeSlots.push(slot);
      this.#account.reserve(-heapBytes);
      this.#heapBytes -= heapBytes;
    }
    this.#arena.free(ref, this.#word(ref, ROW_WORD0));
  }

  #link(id: number, ref: number, time: number, mark: number): void {
    if (id >= this.#heads.capacity) this.#heads.ensure(id);
    const { pages, shift, mask } = this.#heads;
    const heads = pages[id >>> shift]!;
    const head = ((id & mask) << 2) + this.#headWord;
    let previous = heads[head + 1]!;
    if (previous === NO_REF) this.#keys.retain(id);
    let next = NO_REF;
    while (previous !== NO_REF && this.timeOf(previous) > time) {
      next = previous;
      previous = this.#word(previous, ROW_PREVIOUS);
    }
    const memory = this.#pages[ref >>> REF_PAGE_SHIFT]!;
    const at = (ref & REF_UNIT_MASK) << 3;
    memory.f64[(at + ROW_TIMESTAMP) >> 3] = time;
    memory.i32[(at + ROW_PREVIOUS) >> 2] = previous;
    memory.i32[(at + ROW_NEXT) >> 2] = next;
    memory.i32[(at + ROW_HASH) >> 2] = mark;
    if (previous === NO_REF) heads[head] = ref;
    else this.#setWord(previous, ROW_NEXT, ref);
    if (next === NO_REF) heads[head + 1] = ref;
    else this.#setWord(next, ROW_PREVIOUS, ref);
    this.size++;
  }

  #addViews(): void {
    while (this.#views.length < this.#pages.length) {
      const view = this.#codec!.createView();
      view.bind(this.#pages[this.#views.length]!);
      this.#views.push(view);
    }
  }

  /** Whether a stored row has the bytes that `#bytes` holds. */
  #sameBytes(ref: number): boolean {
    const { memory, at } = this.#bytes;
    const stored = this.#pages[ref >>> REF_PAGE_SHIFT]!.i32;
    let i = (((ref & REF_UNIT_MASK) << 3) + ROW_WORD0) >> 2;
    const bytes = memory.i32[(at - 8) >> 2]! & PAYLOAD_BYTES_MASK;
    if (stored[i] !== bytes) return false;
    i += 2;
    const from = at >> 2;
    const words = bytes >> 2;
    for (let k = 0; k < words; k++) if (stored[i + k] !== memory.i32[from + k]) return false;
    return true;
  }

  #word(ref: number, offset: number): number {
    const memory = this.#pages[ref >>> REF_PAGE_SHIFT]!;
    return memory.i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2]!;
  }

  #setWord(ref: number, offset: number, value: number): void {
    const memory = this.#pages[ref >>> REF_PAGE_SHIFT]!;
    memory.i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2] = value;
  }
}
