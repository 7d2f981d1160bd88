import fc from 'fast-check';
import { expect, test } from 'vitest';

import { murmur32 } from '../../src/base/index.ts';

test('agrees with MurmurHash3 x86_32 of the four bytes with seed 0, sign folded away', () => {
  // Reference values of MurmurHash3_x86_32 over the little-endian bytes of the code, seed 0.
  const raw: readonly (readonly [number, number])[] = [
    [0, 0x2362f9de],
    [-1, 0x76293b50],
    [0x87654321 | 0, 0xf55b516b],
  ];
  for (const [code, hash] of raw) expect(murmur32(code)).toBe(fold(hash | 0));
});

test('agrees with the general algorithm over bytes for any code', () => {
  fc.assert(
    fc.property(fc.integer(), (code) => {
      expect(murmur32(code)).toBe(fold(murmurBytes(code)));
    }),
  );
});

test('is never negative', () => {
  fc.assert(
    fc.property(fc.integer(), (code) => {
      const hash = murmur32(code);
      expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 31).toBe(true);
    }),
  );
});

function fold(hash: number): number {
  if (hash >= 0) return hash;
  return hash === -0x80000000 ? 0 : -hash;
}

/** MurmurHash3_x86_32, seed 0, as published, over the four little-endian bytes of `code`; BigInt for plainness. */
function murmurBytes(code: number): number {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
  let k = BigInt(code >>> 0);
  k = (k * 0xcc9e2d51n) & mask;
  k = (rotate(k, 15n) * 0x1b873593n) & mask;
  let h = (rotate(k, 13n) * 5n + 0xe6546b64n) & mask;
  h ^= 4n;
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & mask;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(h ^ (h >> 16n)) | 0;
}
