/**
 * The contract between a record type and everything that moves its rows.
 *
 * Laws (tested in test/record/codec.property.test.ts):
 *  1. read(write(row)) equals row, field by field.
 *  2. The bytes that `write` makes are a FlatBuffers buffer that the official runtime reads.
 *  3. hash of a view's key = hash of the same key of a plain object = hash of the key's value.
 *  4. copying a row's bytes to any 8-byte aligned offset of any memory keeps it readable.
 */

import type { Memory } from './memory.ts';
import type { RecordType } from './record-type.ts';
import type { RowView } from './row-view.ts';

/** A key as user code sees it: one value, or a tuple of them. */
export type KeyValue = string | number | bigint | boolean | Uint8Array | readonly KeyValue[];

/**
 * Generated code for one record type. `compileCodec` compiles afresh on every call, so that each place that uses one
 * has call sites of its own; make one per edge, not one per type.
 */
export interface RowCodec<T = unknown> {
  readonly type: RecordType<T>;
  /** Bytes of every row (a multiple of 8) when the type has no variable-length field, else 0. */
  readonly fixedBytes: number;
  /** Upper bound of what `write` takes for this row, a multiple of 8; constant for fixed types. */
  boundOf(row: T): number;
  /**
   * Writes `row` (a plain object, or a view of any record type with these fields) as a row at byte offset `at`
   * (a multiple of 8) of `memory`; returns the bytes taken, a multiple of 8. A view of the same type is copied as words.
   *
   * @throws ERR_RECORD_VALUE a field's value does not fit its type (names field, expected, got)
   */
  write(row: T, memory: Memory, at: number): number;
  /** A new flyweight; `bind` it to a memory, then set `at` for each row. */
  createView(): RowView<T>;
  /** A plain object with every field decoded, from the row at `at`. */
  read(memory: Memory, at: number): T;
  /** Access to the key made of these fields; one field gives a plain value, several a tuple. */
  key(fields: readonly string[]): KeyAccess<T>;
}

/** Reads, hashes and compares keys. Hash codes are Java's `hashCode` of the same value, so Flink agrees. */
export interface KeyAccess<T = unknown> {
  readonly fields: readonly string[];
  /** Java hash code (int32) of the key of the row at `at`, without decoding it. */
  hashBytes(memory: Memory, at: number): number;
  /** The same for a plain object or a view. @throws ERR_RECORD_KEY a key field is missing, null or an object */
  hashRow(row: T): number;
  /** Whether two rows in memory have equal keys (NaN equals NaN, -0 equals 0). */
  equalBytes(memoryA: Memory, atA: number, memoryB: Memory, atB: number): boolean;
  /** The key as user code sees it. */
  valueOf(row: T): KeyValue;
}
