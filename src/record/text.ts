/**
 * Writes texts and byte vectors into a row: `[length: uint32][bytes][NUL for texts][zeros up to a multiple of 4]`.
 *
 * Hot path. Measured on Node 26, shared memory: writing 10 characters takes 34 ns by a loop and 92 ns by `Buffer.write`, 20
 * take about the same, 80 take 594 and 136; `TextEncoder.encodeInto` is slower than both (it needs a subarray).
 */

import type { Memory } from './memory.ts';
import { RowSlice } from './slice.ts';

export { readBytes, readText } from './read-text.ts';

const LOOP_CHARS_MAX = 16;

/** Upper bound of what {@link writeText} takes, for each kind of value it takes. */
export function boundOfText(value: unknown): number {
  if (typeof value === 'string') return 8 + 3 * value.length;
  if (value instanceof Uint8Array) return 8 + value.length;
  return value instanceof RowSlice ? 8 + value.bytes : 8;
}

/** Writes a text at `at` (a multiple of 4); returns where the next thing may go, a multiple of 4. */
export function writeText(memory: Memory, at: number, text: string): number {
  const { length } = text;
  if (length > LOOP_CHARS_MAX) return writeLongText(memory, at, text);
  const { u8, i32 } = memory;
  const start = at + 4;
  i32[at >> 2] = length;
  i32[(start + length) >> 2] = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return writeLongText(memory, at, text);
    u8[start + i] = unit;
  }
  return (start + length + 4) & -4;
}

function writeLongText(memory: Memory, at: number, text: string): number {
  const bytes = memory.text.write(text, at + 4, 'utf8');
  memory.i32[at >> 2] = bytes;
  return endText(memory.u8, at + 4 + bytes);
}

/**
 * Writes what stands for a text already encoded (or, with `nul` 0, a byte vector): a `Uint8Array` or a slice of a row.
 * The bytes are trusted to be UTF-8.
 *
 * @param nul 1 for texts, 0 for byte vectors
 * @returns where the next thing may go, a multiple of 4; -1 when `value` is neither
 */
export function writeBytes(memory: Memory, at: number, value: unknown, nul: 0 | 1): number {
  if (value instanceof RowSlice) return writeSlice(memory, at, value, nul);
  if (!(value instanceof Uint8Array)) return -1;
  const { length } = value;
  const { u8 } = memory;
  memory.i32[at >> 2] = length;
  if (length <= 32) for (let i = 0; i < length; i++) u8[at + 4 + i] = value[i]!;
  else u8.set(value, at + 4);
  return nul === 1 ? endText(u8, at + 4 + length) : endBytes(u8, at + 4 + length);
}

/** By words: a slice begins at a multiple of 4, and behind it come zeros up to the next. */
function writeSlice(memory: Memory, at: number, slice: RowSlice, nul: 0 | 1): number {
  const { bytes } = slice;
  const from = slice.memory.i32;
  const to = memory.i32;
  const words = 1 + ((bytes + 3) >> 2);
  const s = (slice.start - 4) >> 2;
  const d = at >> 2;
  for (let i = 0; i < words; i++) to[d + i] = from[s + i]!;
  if (nul === 0 || (bytes & 3) !== 0) return (d + words) << 2;
  to[d + words] = 0;
  return (d + words + 1) << 2;
}

function endText(u8: Uint8Array, end: number): number {
  u8[end] = 0;
  return endBytes(u8, end + 1);
}

function endBytes(u8: Uint8Array, end: number): number {
  while ((end & 3) !== 0) u8[end++] = 0;
  return end;
}
