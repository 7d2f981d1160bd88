/** 32-bit integer hashing without BigInt. */

/**
 * Scrambles a 32-bit hash code into 0 .. 2^31 - 1: MurmurHash3 (Austin Appleby) over one 4-byte block, the sign folded
 * away. It is Flink's `MathUtils.murmurHash`, so key groups agree with a Flink cluster's.
 */
export function murmur32(code: number): number {
  let h = Math.imul(code, 0xcc9e2d51);
  h = (h << 15) | (h >>> 17);
  h = Math.imul(h, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  h ^= 4;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  if (h >= 0) return h;
  return h === -0x80000000 ? 0 : -h;
}
