/**
 * Copies 8-byte aligned frames between memories: the overdraft's way into the ring.
 *
 * By int64 words, which compiled code moves without making BigInts of them (record/copy.ts has the figures). Float64 moves are
 * not used: the language lets a NaN's bits change on the way, and a row with a negative integer can look like a NaN.
 * WebAssembly's memory.copy is faster still, but wants both ends in one WebAssembly.Memory, so every ring and overdraft of a
 * process in one shared memory with a fixed maximum; for rows of 32 to 256 bytes, copied only when credit ran out, that does
 * not pay.
 */

import type { Memory } from '../record/index.ts';

/** From this many bytes on, `Uint8Array.set` is faster than the loop in spite of the view it allocates. */
const BULK_BYTES = 1024;

/**
 * Copies `bytes` bytes (a multiple of 8) from offset `from` of `source` to offset `to` of `target`, both multiples of 8; the
 * two ranges do not overlap.
 *
 * @example
 * copyWords(Memory.ofBytes(64), 0, Memory.ofBytes(64), 32, 32);
 */
export function copyWords(
  source: Memory,
  from: number,
  target: Memory,
  to: number,
  bytes: number,
): void {
  if (bytes >= BULK_BYTES) {
    target.u8.set(source.u8.subarray(from, from + bytes), to);
    return;
  }
  const read = source.i64;
  const write = target.i64;
  const end = (from + bytes) >> 3;
  for (let i = from >> 3, j = to >> 3; i < end; i++, j++) write[j] = read[i]!;
}
