/**
 * Keyed state of a typed stream that is keyed by fields: one row per key, off-heap.
 *
 * Laws (test/state/row-table.property.test.ts):
 *  1. A table behaves as a `Map` from key to row: `find`, `insert`, `resize`, `remove`, and iteration in the order in
 *     which the keys were inserted (a removed key that comes again stands last).
 *  2. What the account holds for a table is exactly the bytes of its pages and its index.
 *  3. An operation that throws ERR_STATE_QUOTA leaves the table as it was.
 *
 * The key is not stored apart from the row: the row has its key fields, and they must not change while it is here.
 * Hot path: `find` allocates nothing. References stay valid until the row is removed, or resized to another size class.
 */

import { copyRow } from '../record/index.ts';
import type { Memory } from '../record/index.ts';
import type { ByteWriter } from './byte-stream.ts';
import { compileFind, type Find, type KeyEquality } from './find.ts';
import { KeyChanges } from './key-changes.ts';
import { KeyIndex } from './key-index.ts';
import type { MemoryAccount } from './memory-account.ts';
import { RowArena } from './row-arena.ts';
import {
  NO_REF,
  REF_PAGE_SHIFT,
  REF_UNIT_MASK,
  ROW_HASH,
  ROW_NEXT,
  ROW_PREFIX_BYTES,
  ROW_PREFIX_BYTES_TIMED,
  ROW_PREVIOUS,
  ROW_TIMESTAMP,
  ROW_WORD0,
} from './row-layout.ts';

/** What a table is made of. */
export interface RowTableOptions {
  readonly key: KeyEquality;
  /** Length of every row, a multiple of 8, or 0 when lengths vary (`RowCodec.fixedBytes`). */
  readonly fixedBytes: number;
  readonly account: MemoryAccount;
  /** Whether each row has a timestamp beside it; 8 bytes more per row. */
  readonly timestamps: boolean;
}

/** Page of a row in `RowTable.pages`. */
export function pageOf(ref: number): number {
  return ref >>> REF_PAGE_SHIFT;
}

/** Byte offset of a row in its page. */
export function offsetOf(ref: number): number {
  return (ref & REF_UNIT_MASK) << 3;
}

/**
 * A table of rows by key. Owner: the subtask's worker.
 *
 * @example
 * const key = codec.key(['user']);
 * const table = new RowTable({ key, fixedBytes: codec.fixedBytes, account, timestamps: false });
 * let ref = table.find(input, at, hash);
 * if (ref === NO_REF) ref = table.insertCopy(input, at, bytes, hash);
 * view.bind(table.memoryOf(ref));
 * view.at = offsetOf(ref);
 */
export class RowTable {
  readonly find: Find;
  readonly index: KeyIndex;
  readonly pages: Memory[];
  readonly #arena: RowArena;
  /** Which rows changed: who changes one in place says it first. */
  readonly changes: KeyChanges;
  /** Whether rows have timestamps. */
  readonly timestamps: boolean;
  /** Appends hash and key of a row that goes; set by who takes snapshots. */
  writeKey: (ref: number, out: ByteWriter) => void = () => {};
  #first = NO_REF;
  #last = NO_REF;
  #size = 0;

  constructor(options: RowTableOptions) {
    const { account, fixedBytes, key, timestamps } = options;
    const prefix = timestamps ? ROW_PREFIX_BYTES_TIMED : ROW_PREFIX_BYTES;
    this.#arena = new RowArena(account, prefix, fixedBytes);
    this.timestamps = timestamps;
    this.changes = new KeyChanges((ref, out) => this.writeKey(ref, out));
    this.index = new KeyIndex(account);
    this.pages = this.#arena.pages;
    this.find = compileFind(this.index, this.pages, key);
  }

  /** Number of keys. */
  get size(): number {
    return this.#size;
  }

  /** Accounted bytes: pages and index. */
  get bytes(): number {
    return this.#arena.bytes + this.index.bytes;
  }

  memoryOf(ref: number): Memory {
    return this.pages[ref >>> REF_PAGE_SHIFT]!;
  }

  /** murmur32 of the row's key; the key group is this modulo the maximal parallelism. */
  hashOf(ref: number): number {
    return this.#word(ref, ROW_HASH);
  }

  /**
   * A slot for the row of a key that is not here, last in the order; its header is set, the caller writes the row (whose
   * key must have this hash) before any other call.
   *
   * @param bytes length of the row, a multiple of 8
   * @throws ERR_STATE_QUOTA
   */
  insert(hash: number, bytes: number): number {
    this.index.prepare(hash);
    const ref = this.#arena.allocate(bytes);
    this.index.insert(hash, ref);
    this.#setWord(ref, ROW_PREVIOUS, this.#last);
    this.#setWord(ref, ROW_NEXT, NO_REF);
    this.#setWord(ref, ROW_WORD0, bytes);
    this.#setWord(ref, ROW_HASH, hash);
    if (this.#last === NO_REF) this.#first = ref;
    else this.#setWord(this.#last, ROW_NEXT, ref);
    this.#last = ref;
    this.#size++;
    this.changes.add(ref);
    return ref;
  }

  /** `insert` with the row's bytes copied from `at` of `memory`. @throws ERR_STATE_QUOTA */
  insertCopy(memory: Memory, at: number, bytes: number, hash: number): number {
    const ref = this.insert(hash, bytes);
    this.#copy(ref, memory, at, bytes);
    return ref;
  }

  /**
   * Gives a row another length; its place in the order, hash and timestamp stay, its bytes are undefined: the caller
   * writes the row (with the same key) before any other call. Returns where it is now.
   *
   * @throws ERR_STATE_QUOTA
   */
  resize(ref: number, bytes: number): number {
    this.changes.touch(ref);
    const before = this.#word(ref, ROW_WORD0);
    if (this.#arena.capacityFor(bytes) === this.#arena.capacityFor(before)) {
      this.#setWord(ref, ROW_WORD0, bytes);
      return ref;
    }
    const to = this.#arena.allocate(bytes);
    const hash = this.#word(ref, ROW_HASH);
    const previous = this.#word(ref, ROW_PREVIOUS);
    const next = this.#word(ref, ROW_NEXT);
    this.#setWord(to, ROW_PREVIOUS, previous);
    this.#setWord(to, ROW_NEXT, next);
    this.#setWord(to, ROW_WORD0, bytes);
    this.#setWord(to, ROW_HASH, hash);
    if (this.timestamps) this.setTimestamp(to, this.timestampOf(ref));
    this.#link(previous, to, next, to);
    this.index.replace(hash, ref, to);
    this.changes.move(ref, to);
    this.#arena.free(ref, before);
    return to;
  }

  /** `resize` with the row's bytes copied from `at` of `memory`, which lies outside this table. */
  replaceCopy(ref: number, memory: Memory, at: number, bytes: number): number {
    const to = this.resize(ref, bytes);
    this.#copy(to, memory, at, bytes);
    return to;
  }

  /** Removes a row; its slot is used again. */
  remove(ref: number): void {
    this.changes.leave(ref);
    const previous = this.#word(ref, ROW_PREVIOUS);
    const next = this.#word(ref, ROW_NEXT);
    this.index.remove(this.#word(ref, ROW_HASH), ref);
    this.#link(previous, next, next, previous);
    this.#arena.free(ref, this.#word(ref, ROW_WORD0));
    this.#size--;
  }

  /** The row of the key that was inserted first, or `NO_REF`. */
  get first(): number {
    return this.#first;
  }

  /** The row after this one in insertion order, or `NO_REF`. */
  next(ref: number): number {
    return this.#word(ref, ROW_NEXT);
  }

  /** Timestamp beside the row, in a table with timestamps; undefined content until set. */
  timestampOf(ref: number): number {
    return this.memoryOf(ref).f64[(offsetOf(ref) + ROW_TIMESTAMP) >> 3]!;
  }

  setTimestamp(ref: number, timestamp: number): void {
    this.memoryOf(ref).f64[(offsetOf(ref) + ROW_TIMESTAMP) >> 3] = timestamp;
  }

  /** Drops all rows and gives back all bytes; the table can be used again from empty. */
  dispose(): void {
    this.#arena.dispose();
    this.index.dispose();
    this.changes.clear();
    this.#first = NO_REF;
    this.#last = NO_REF;
    this.#size = 0;
  }

  /** Makes `after` follow `previous`, and `before` precede `next`. */
  #link(previous: number, after: number, next: number, before: number): void {
    if (previous === NO_REF) this.#first = after;
    else this.#setWord(previous, ROW_NEXT, after);
    if (next === NO_REF) this.#last = before;
    else this.#setWord(next, ROW_PREVIOUS, before);
  }

  #copy(ref: number, memory: Memory, at: number, bytes: number): void {
    copyRow(memory, at, bytes, this.memoryOf(ref), offsetOf(ref));
  }

  #word(ref: number, offset: number): number {
    return this.memoryOf(ref).i32[(offsetOf(ref) + offset) >> 2]!;
  }

  #setWord(ref: number, offset: number, value: number): void {
    this.memoryOf(ref).i32[(offsetOf(ref) + offset) >> 2] = value;
  }
}
