/** The flyweight over a row: repositioned for each row, never re-created. */

import { PAYLOAD_BYTES_MASK } from './frame.ts';
import { Memory } from './memory.ts';

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
  /** The row as a plain object that may be kept. */
  abstract copy(): object;

  /** What `JSON.stringify` prints. */
  toJSON(): object {
    return this.copy();
  }
}

/** A view with the fields of `T`. */
export type RowView<T = unknown> = RowViewBase & Readonly<T> & { copy(): T };
