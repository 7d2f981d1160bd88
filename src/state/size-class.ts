/**
 * Size classes of variable-length rows: every multiple of 8 up to 128 bytes, then four per doubling.
 *
 * Laws (test/state/size-class.property.test.ts):
 *  1. classBytes(classOf(n)) ≥ n, a multiple of 8, at most n · 5/4 + 8.
 *  2. classOf is monotone, and classOf(classBytes(c)) = c.
 */

const EXACT_BYTES_MAX = 128;
const EXACT_CLASSES: number = EXACT_BYTES_MAX / 8 + 1;
/** `(129 - 1) >> 5` is 4: the first class above the exact ones. */
const FIRST_SHIFT = 5;

/** How many classes there are for rows of up to 64 MiB. */
export const SIZE_CLASSES: number = EXACT_CLASSES + (23 - FIRST_SHIFT + 1) * 4;

/** Class of a row of `bytes` bytes, a multiple of 8, 8 .. 2^26. */
export function classOf(bytes: number): number {
  if (bytes <= EXACT_BYTES_MAX) return bytes >> 3;
  const shift = 29 - Math.clz32(bytes - 1);
  return EXACT_CLASSES + ((shift - FIRST_SHIFT) << 2) + ((bytes - 1) >> shift) - 4;
}

/** Bytes that a slot of class `index` holds. */
export function classBytes(index: number): number {
  if (index < EXACT_CLASSES) return index << 3;
  const step = index - EXACT_CLASSES;
  return ((step & 3) + 5) << ((step >> 2) + FIRST_SHIFT);
}
