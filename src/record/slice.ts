/** A flyweight over the bytes of one utf8 or bytes field, so that they can be passed on without decoding. */

import { Memory } from './memory.ts';

/** What a slice looks at before it is set. */
const EMPTY = Memory.ofBytes(8);

/**
 * Where the bytes of a field lie. A view has one slice for each field and moves it at every call of `sliceOf`: valid, as
 * the view is, during the call only. Bytes up to the next multiple of 4 behind `bytes` are zero.
 *
 * Owner: the worker that owns the view.
 */
export class RowSlice {
  memory: Memory = EMPTY;
  /** Byte offset of the first byte in the memory, a multiple of 4. */
  start = 0;
  /** Length in bytes. */
  bytes = 0;

  /** Looks at the vector (4 bytes length, then bytes) that begins at `at`, a multiple of 4. */
  set(memory: Memory, at: number): this {
    if (this.memory !== memory) this.memory = memory;
    this.start = at + 4;
    this.bytes = memory.i32[at >> 2]!;
    return this;
  }
}
