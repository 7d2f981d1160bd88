/** Hashing without BigInt. */

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

/**
 * A 64-bit hash of text, the same on every thread, machine and run, as sixteen hexadecimal digits. Not for secrets.
 * Algorithm: cyrb53 by bryc (public domain), both 32-bit halves kept whole.
 *
 * @example
 * textHash('a') === textHash('a'); // true
 */
export function textHash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return hex(a) + hex(b);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
