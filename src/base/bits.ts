/** Integer helpers. Domain: non-negative integers below 2^31 unless a line says otherwise. */

/** Whether `n` is 1, 2, 4, …, 2^30. */
export function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(n) && n > 0 && n <= 0x40000000 && (n & (n - 1)) === 0;
}

/** Smallest power of two that is ≥ `n`, for 1 ≤ n ≤ 2^30. */
export function nextPowerOfTwo(n: number): number {
  return n <= 1 ? 1 : 2 ** (32 - Math.clz32(n - 1));
}

/** `n` rounded up to a multiple of `alignment`, which must be a power of two. */
export function alignUp(n: number, alignment: number): number {
  return (n + alignment - 1) & -alignment;
}

/** `n / d` rounded up, exact for products below 2^53. */
export function divCeil(n: number, d: number): number {
  return Math.ceil(n / d);
}

/** `n mod d` with the sign of `d`: floorMod(-1, 10) is 9. Any finite number. */
export function floorMod(n: number, d: number): number {
  return n - Math.floor(n / d) * d;
}
