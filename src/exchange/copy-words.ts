/**
 * Copies 8-byte aligned frames between memories.
 */

import type { Memory } from '../record/index.ts';

/** From this many bytes on, `Uint8Array.set` is faster than a loop in spite of the view it allocates. */
const BULK_BYTES = 1024;

/**
 * Copies `bytes` bytes (a multiple of 8) from offset `from` of `source` to offset `to` of `target`, both multiples of 8; the
 * two ranges do not overlap.
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
  const read = source.i32;
  const write = target.i32;
  const end = (from + bytes) >> 2;
  for (let i = from >> 2, j = to >> 2; i < end; i += 2, j += 2) {
    write[j] = read[i]!;
    write[j + 1] = read[i + 1]!;
  }
}
