/** The flyweight over a row: repositioned for each row, never re-created. */

import { EngineError } from '../base/index.ts';
import { PAYLOAD_BYTES_MASK } from './frame.ts';
import { Memory } from './memory.ts';
import type { RecordType } from './record-type.ts';
import type { RowSlice } from './slice.ts';

/** No row starts here. */
const EMPTY = Memory.ofBytes(16);

/**
 * Base of the generated views; a generated class adds a getter for each field. A view is valid only during the call it
 * is passed to: the memory below it is reused. `copy()` keeps the row.
 *
 * Owner: the worker that runs the operator.
 */
export abstract class RowViewBase {
  /** Byte offset of the row in the memory; set for every row. */
  at = 8;
  u8: Uint8Array = EMPTY.u8;
  u16: Uint16Array = EMPTY.u16;
  i32: Int32Array = EMPTY.i32;
  f32: Float32Array = EMPTY.f32;
  f64: Float64Array = EMPTY.f64;
  memory: Memory = EMPTY;

  /** Looks at another memory from now on. */
  bind(memory: Memory): void {
    this.memory = memory;
    this.u8 = memory.u8;
    this.u16 = memory.u16;
    this.i32 = memory.i32;
    this.f32 = memory.f32;
    this.f64 = memory.f64;
  }

  /** Length of the row in bytes, from the header that stands before every row. */
  get rowBytes(): number {
    return this.i32[(this.at - 8) >> 2]! & PAYLOAD_BYTES_MASK;
  }

  /** Fingerprint of the record type; equal fingerprints have equal layouts. */
  abstract get typeFingerprint(): string;
  /** The record type, where the view lies over a row of it as codecs write them. */
  get $type(): RecordType | undefined {
    return undefined;
  }

  /** The row as a plain object that may be kept. */
  abstract copy(): object;

  /**
   * Where the bytes of a utf8 or bytes field lie: allocates nothing, decodes nothing. A codec takes the slice as the
   * field's value, so `{ price: 2 * row.price, channel: row.sliceOf('channel') }` passes the text on as bytes.
   *
   * @returns null when the field is null; undefined when the record has no utf8 or bytes field of that name
   */
  sliceOf(_field: string): RowSlice | null | undefined {
    return undefined;
  }

  /**
   * The bytes of a utf8 or bytes field as an array over the row's own memory: no copy, valid during the call only. A
   * codec takes them as the field's value. {@link sliceOf} is the same without the array.
   *
   * @returns null when the field is null
   * @throws ERR_RECORD_FIELD the record has no utf8 or bytes field of that name
   * @example
   * const next = { ...numbers, channel: row.bytesOf('channel') };
   */
  bytesOf(field: string): Uint8Array | null {
    const slice = this.sliceOf(field);
    if (slice === undefined) {
      throw new EngineError('ERR_RECORD_FIELD', {
        record: this.typeFingerprint,
        expected: 'the name of a utf8 or bytes field',
        got: field,
        fields: Object.keys(this.copy()).join(', '),
      });
    }
    if (slice === null) return null;
    return slice.memory.u8.subarray(slice.start, slice.start + slice.bytes);
  }

  /** What `JSON.stringify` prints. */
  toJSON(): object {
    return this.copy();
  }
}

/** A view with the fields of `T`. */
export type RowView<T = unknown> = RowViewBase & Readonly<T> & { copy(): T };
