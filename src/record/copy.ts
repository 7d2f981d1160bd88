/** Copies rows between memories: by words while small, by the engine's bulk copy when large. */

import type { Memory } from './memory.ts';

/**
 * Up to here a loop over words is faster. Words are int64: compiled code moves them without making BigInts of them, on
 * Node 22 as well. Float64 moves are as fast but may change the bits of a NaN. Measured on Node 26, ns per copy, private
 * and shared memories:
 *
 *     bytes                          64     256     512    1024
 *     loop over int32             33 34 161 115 212 266 416 494
 *     loop over int64             23 25  84  78 115 159 224 328
 *     Uint8Array.set(subarray)  105 110 196 169 186 244 324 338
 */
const WORDS_MAX_BYTES = 1024;

/**
 * Copies a row. The two ranges must not overlap.
 *
 * @param srcAt byte offset in `src`, a multiple of 8
 * @param bytes length of the row, a multiple of 8
 * @param dstAt byte offset in `dst`, a multiple of 8
 * @example
 * copyRow(ring, at, view.rowBytes, arena, end);
 */
export function copyRow(
  src: Memory,
  srcAt: number,
  bytes: number,
  dst: Memory,
  dstAt: number,
): void {
  if (bytes <= WORDS_MAX_BYTES) {
    const from = src.i64;
    const to = dst.i64;
    const s = srcAt >> 3;
    const d = dstAt >> 3;
    const words = bytes >> 3;
    for (let i = 0; i < words; i++) to[d + i] = from[s + i]!;
  } else if (src === dst) {
    dst.u8.copyWithin(dstAt, srcAt, srcAt + bytes);
  } else {
    dst.u8.set(src.u8.subarray(srcAt, srcAt + bytes), dstAt);
  }
}
