/** Rows for tests of the tables: an int32 key, then any number of int32 values, each row padded to 8 bytes. */

import { Memory } from '../../src/record/index.ts';
import type { KeyEquality } from '../../src/state/index.ts';

/** Compares the first int32 of two rows. */
export const intKey: KeyEquality = {
  equalBytes: (a, atA, b, atB) => a.i32[atA >> 2] === b.i32[atB >> 2],
};

/** One row at offset 8 of a memory of its own. */
export function fakeRow(key: number, values: readonly number[]): { memory: Memory; bytes: number } {
  const bytes = Math.ceil((values.length + 1) / 2) * 8;
  const memory = Memory.ofBytes(8 + bytes);
  memory.i32.set([key, ...values], 2);
  return { memory, bytes };
}

/** Key and values of a row of `bytes` bytes. */
export function readFakeRow(memory: Memory, at: number, bytes: number): number[] {
  return [...memory.i32.subarray(at >> 2, (at + bytes) >> 2)];
}
