/**
 * Rows with a timestamp and a flag word per key, off-heap, as a linked list.
 *
 * A row lies as row-layout.ts says, with a timestamp; the links are those of its list, and the flag stands where tables
 * keep the hash.
 */

import type { RecordType, RowInput, RowView } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { Expiry } from './expiry.ts';
import { IntColumns } from './id-columns.ts';
import type { KeySpace } from './key-space.ts';
import type { KeyedBackend, KeyedPart, PartDescriptor } from './keyed-backend.ts';
import { describePart } from './part-options.ts';
import type { PartOptions } from './part-options.ts';
import {
  NO_REF,
  REF_UNIT_MASK,
  ROW_HASH,
  ROW_NEXT,
  ROW_PREFIX_BYTES_TIMED,
  ROW_PREVIOUS,
  ROW_TIMESTAMP,
} from './row-layout.ts';
import { RowStore } from './row-store.ts';

const FIRST = 0;
const LAST = 1;
const COUNT = 2;

/** Walks through the rows of one key; moved by its part. Any number of them may be in use at a time. */
export class RowListCursor<T> {
  readonly #part: RowListPart<T>;
  readonly #view: RowView<T>;
  #id = 0;
  #ref: number = NO_REF;
  #next: number = NO_REF;

  constructor(part: RowListPart<T>) {
    this.#part = part;
    this.#view = part.rows.createView();
  }

  /** Stands before the first row of a key. */
  begin(id: number): this {
    this.#id = id;
    this.#ref = NO_REF;
    this.#next = this.#part.firstOf(id);
    return this;
  }

  /** Stands before the first row with a timestamp ≥ `timestamp`, in a list in order of time: found from its end. */
  seek(id: number, timestamp: number): this {
    this.begin(id);
    this.#next = this.#part.atOrAfter(id, timestamp);
    return this;
  }

  /** Moves to the next row; false when there is none. */
  next(): boolean {
    this.#ref = this.#next;
    if (this.#ref === NO_REF) return false;
    this.#next = this.#part.word(this.#ref, ROW_NEXT);
    this.#part.rows.show(this.#view, this.#ref);
    return true;
  }

  /** The row; the same view for every row. */
  get row(): RowView<T> {
    return this.#view;
  }

  get timestamp(): number {
    return this.#part.timestampOf(this.#ref);
  }

  /** The row's flag word, an int32. */
  get flag(): number {
    return this.#part.word(this.#ref, ROW_HASH);
  }

  set flag(value: number) {
    this.#part.setWord(this.#ref, ROW_HASH, value);
  }

  /** Removes the row at hand; `next` goes on behind it. Rows that the cursor has not reached may be removed by none but it. */
  remove(): void {
    this.#part.removeRef(this.#id, this.#ref);
  }
}

/**
 * A list of rows by key id. With a time to live, a row's timestamp is the time at which it was written, and `append` sets
 * it. Owner: the subtask's worker.
 *
 * @example
 * const bids = new RowListPart(backend, { name: 'bids', type: Bid });
 * bids.insertByTime(id, row, timestamp);
 * const cursor = bids.cursor();
 * for (cursor.begin(id); cursor.next();) if (cursor.timestamp < low) cursor.remove();
 */
export class RowListPart<T> implements KeyedPart {
  readonly descriptor: PartDescriptor;
  /** For cursors. */
  readonly rows: RowStore<T>;
  readonly #keys: KeySpace;
  readonly #lists: IntColumns;
  readonly #expiry: Expiry | undefined;

  constructor(backend: KeyedBackend, options: PartOptions & { readonly type: RecordType<T> }) {
    const { name, type, ttl } = options;
    this.descriptor = describePart(options, 'list', { row: type.descriptor });
    this.#keys = backend.keys;
    this.rows = new RowStore(backend, name, type, ROW_PREFIX_BYTES_TIMED);
    this.#lists = new IntColumns(backend.account(name), 3);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
  }

  /** Bytes accounted. */
  get bytes(): number {
    return this.rows.bytes + this.#lists.bytes;
  }

  has(id: number): boolean {
    return this.size(id) > 0;
  }

  /** Number of rows. */
  size(id: number): number {
    return id < this.#lists.capacity ? this.#lists.get(id, COUNT) : 0;
  }

  /** A new cursor; keep it and begin it anew for each key. */
  cursor(): RowListCursor<T> {
    return new RowListCursor(this);
  }

  /**
   * Adds a copy of a row at the end.
   *
   * @param timestamp of the row; passed over when the part has a time to live
   * @param flag an int32
   * @throws ERR_STATE_QUOTA, ERR_RECORD_VALUE and keeps the list as it was
   */
  append(id: number, row: T | RowInput<T>, timestamp: number, flag = 0): void {
    this.#lists.ensure(id);
    const stamp = this.#expiry === undefined ? timestamp : this.#expiry.now();
    this.#link(id, this.rows.add(row), this.#lists.get(id, LAST), stamp, flag);
    this.#expiry?.sweep(this, id);
  }

  /** Adds a copy of a row behind the last row whose timestamp is not greater, searched from the end. */
  insertByTime(id: number, row: T | RowInput<T>, timestamp: number, flag = 0): void {
    this.#lists.ensure(id);
    const ref = this.rows.add(row);
    let before = this.#lists.get(id, LAST);
    while (before !== NO_REF && this.timestampOf(before) > timestamp) {
      before = this.word(before, ROW_PREVIOUS);
    }
    this.#link(id, ref, before, timestamp, flag);
  }

  /** Removes the rows with a timestamp below `timestamp` from a list in order of time; returns how many. */
  removeBefore(id: number, timestamp: number): number {
    let removed = 0;
    for (let ref = this.#first(id); ref !== NO_REF; ref = this.#first(id)) {
      if (this.timestampOf(ref) >= timestamp) break;
      this.removeRef(id, ref);
      removed++;
    }
    return removed;
  }

  clear(id: number): void {
    for (let ref = this.#first(id); ref !== NO_REF; ref = this.#first(id)) this.removeRef(id, ref);
  }

  /** The first row that can be seen, for cursors. */
  firstOf(id: number): number {
    const expiry = this.#expiry;
    if (expiry !== undefined) {
      expiry.sweep(this, id);
      if (expiry.hides) this.expire(id);
      if (expiry.refreshOnRead) this.#stamp(id, expiry.now());
    }
    return this.#first(id);
  }

  /** The first row of a list in order of time that is not before `timestamp`, for cursors. */
  atOrAfter(id: number, timestamp: number): number {
    let found = NO_REF;
    let ref = id < this.#lists.capacity ? this.#lists.get(id, LAST) : NO_REF;
    while (ref !== NO_REF && this.timestampOf(ref) >= timestamp) {
      found = ref;
      ref = this.word(ref, ROW_PREVIOUS);
    }
    return found;
  }

  /** Removes the row at a reference, for cursors. */
  removeRef(id: number, ref: number): void {
    const previous = this.word(ref, ROW_PREVIOUS);
    const next = this.word(ref, ROW_NEXT);
    if (previous === NO_REF) this.#lists.set(id, FIRST, next);
    else this.setWord(previous, ROW_NEXT, next);
    if (next === NO_REF) this.#lists.set(id, LAST, previous);
    else this.setWord(next, ROW_PREVIOUS, previous);
    this.rows.free(ref);
    this.#count(id, -1);
  }

  timestampOf(ref: number): number {
    const at = ((ref & REF_UNIT_MASK) << 3) + ROW_TIMESTAMP;
    return this.rows.memoryOf(ref).f64[at >> 3]!;
  }

  /** A word of a row's prefix, for cursors. */
  word(ref: number, offset: number): number {
    return this.rows.memoryOf(ref).i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2]!;
  }

  setWord(ref: number, offset: number, value: number): void {
    this.rows.memoryOf(ref).i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2] = value;
  }

  expire(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined) return;
    for (let ref = this.#first(id); ref !== NO_REF;) {
      const next = this.word(ref, ROW_NEXT);
      const stamp = this.timestampOf(ref);
      if (expiry.expired(stamp)) this.removeRef(id, ref);
      else this.#setTimestamp(ref, expiry.settled(stamp));
      ref = next;
    }
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    out.putI32(this.size(id));
    for (let ref = this.#first(id); ref !== NO_REF; ref = this.word(ref, ROW_NEXT)) {
      out.putF64(this.timestampOf(ref));
      out.putI32(this.word(ref, ROW_HASH));
      this.rows.write(ref, out);
    }
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    this.#lists.ensure(id);
    for (let count = source.i32(); count > 0; count--) {
      const written = source.f64();
      // What had no time to live begins one now.
      const begins = this.#expiry !== undefined && from.stamps !== true;
      const timestamp = begins ? this.#expiry!.now() : written;
      const flag = source.i32();
      const ref = this.rows.load(source, from);
      this.#link(id, ref, this.#lists.get(id, LAST), timestamp, flag);
    }
  }

  dispose(): void {
    this.rows.dispose();
    this.#lists.dispose();
  }

  #first(id: number): number {
    return id < this.#lists.capacity ? this.#lists.get(id, FIRST) : NO_REF;
  }

  #link(id: number, ref: number, previous: number, timestamp: number, flag: number): void {
    const next = previous === NO_REF ? this.#lists.get(id, FIRST) : this.word(previous, ROW_NEXT);
    this.setWord(ref, ROW_PREVIOUS, previous);
    this.setWord(ref, ROW_NEXT, next);
    this.setWord(ref, ROW_HASH, flag);
    this.#setTimestamp(ref, timestamp);
    if (previous === NO_REF) this.#lists.set(id, FIRST, ref);
    else this.setWord(previous, ROW_NEXT, ref);
    if (next === NO_REF) this.#lists.set(id, LAST, ref);
    else this.setWord(next, ROW_PREVIOUS, ref);
    this.#count(id, 1);
  }

  #count(id: number, change: number): void {
    const count = this.#lists.get(id, COUNT) + change;
    this.#lists.set(id, COUNT, count);
    if (count === 0) this.#keys.release(id);
    else if (count === 1 && change === 1) this.#keys.retain(id);
  }

  #stamp(id: number, stamp: number): void {
    for (let ref = this.#first(id); ref !== NO_REF; ref = this.word(ref, ROW_NEXT)) {
      this.#setTimestamp(ref, stamp);
    }
  }

  #setTimestamp(ref: number, timestamp: number): void {
    const at = ((ref & REF_UNIT_MASK) << 3) + ROW_TIMESTAMP;
    this.rows.memoryOf(ref).f64[at >> 3] = timestamp;
  }
}
