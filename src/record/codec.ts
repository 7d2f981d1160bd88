/**
 * The contract between a record type and everything that moves its rows.
 *
 * Laws (tested in test/record/codec.property.test.ts):
 *  1. read(write(row)) equals row, field by field.
 *  2. The bytes that `write` makes are a FlatBuffers buffer that the official runtime reads.
 *  3. hashBytes of a row = hashRow of the same row as a view or a plain object. It is hashKeyValue(valueOf(row)) as well,
 *     except for negative i8, i16, i32 and for f32, f64 (see key.ts: Java hashes an Integer -1 and a Long -1 differently).
 *  4. copying a row's bytes to any 8-byte aligned offset of any memory keeps it readable.
 */

import type { Memory } from './memory.ts';
import type { RecordType } from './record-type.ts';
import type { RowView } from './row-view.ts';
import type { RowSlice } from './slice.ts';

/** A key as user code sees it: one value, or a tuple of them. */
export type KeyValue = string | number | bigint | boolean | Uint8Array | readonly KeyValue[];

/** A row as `write` also takes it: texts and bytes may be bytes already encoded, as views give them. */
export type RowInput<T> = {
  readonly [K in keyof T]: T[K] extends string | Uint8Array | null
    ? T[K] | Uint8Array | RowSlice
    : T[K];
};

/**
 * Generated code for one record type. `compileCodec` compiles afresh on every call, so that each place that uses one
 * has call sites of its own; make one per edge, not one per type. Functions marked `this: void` may be called detached.
 */
export interface RowCodec<T = unknown> {
  readonly type: RecordType<T>;
  /** Whether rows are any structured-cloneable value instead of a record type's fields; `read` gives the value. */
  readonly generic: boolean;
  /** Why this codec is slower than it could be, for the plan's explanation. */
  readonly note: string | undefined;
  /** Bytes of every row (a multiple of 8) when the type has no variable-length field, else 0. */
  readonly fixedBytes: number;
  /** Upper bound of what `write` takes for this row, a multiple of 8; constant for fixed types. */
  boundOf(this: void, row: T | RowInput<T>): number;
  /**
   * Writes `row` (a plain object, or a view of any record type with these fields) as a row at byte offset `at`
   * (a multiple of 8) of `memory`, where `boundOf(row)` bytes are free; returns the bytes taken, a multiple of 8.
   * A view of the same type is copied as words. A utf8 field also takes its UTF-8 bytes (trusted, not checked):
   * `row.sliceOf(field)` of a view passes a text on without decoding it and without allocating; `row.bytesOf(field)`
   * does at the cost of an array. Properties that are no fields are passed over.
   *
   * @throws ERR_RECORD_VALUE a field's value does not fit its type (names field, expected, got)
   */
  write(this: void, row: T | RowInput<T>, memory: Memory, at: number): number;
  /** A new flyweight; `bind` it to a memory, then set `at` for each row. */
  createView(): RowView<T>;
  /**
   * A plain object with every field decoded, from the row at `at`.
   *
   * @throws ERR_RECORD_VALUE a 64-bit integer lies beyond ±2^53 (getters of views throw it too)
   */
  read(this: void, memory: Memory, at: number): T;
  /** Access to the key made of these fields; one field gives a plain value, several a tuple. */
  key(fields: readonly string[]): KeyAccess<T>;
}

/** Reads, hashes and compares keys. Hash codes are Java's `hashCode` of the same value, so Flink agrees. */
export interface KeyAccess<T = unknown> {
  readonly fields: readonly string[];
  /** Java hash code (int32) of the key of the row at `at`, without decoding it. */
  hashBytes(this: void, memory: Memory, at: number): number;
  /** The same for a plain object or a view. @throws ERR_RECORD_KEY a key field is missing, null or an object */
  hashRow(this: void, row: T | RowInput<T>): number;
  /** Whether two rows in memory have equal keys (NaN equals NaN, -0 equals 0). */
  equalBytes(this: void, memoryA: Memory, atA: number, memoryB: Memory, atB: number): boolean;
  /** The key as user code sees it. */
  valueOf(this: void, row: T | RowInput<T>): KeyValue;
}
