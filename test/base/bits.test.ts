import fc from 'fast-check';
import { expect, test } from 'vitest';

import { alignUp, divCeil, floorMod, isPowerOfTwo, nextPowerOfTwo } from '../../src/base/index.ts';

test('powers of two are 1, 2, 4, … 2^30', () => {
  expect([1, 2, 1024, 2 ** 30].every(isPowerOfTwo)).toBe(true);
  expect([0, -1, -2, 3, 1.5, 2 ** 31, NaN].some(isPowerOfTwo)).toBe(false);
});

test('the next power of two is the least that is not smaller', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (n) => {
      const p = nextPowerOfTwo(n);
      expect(isPowerOfTwo(p)).toBe(true);
      expect(p >= n && (p === 1 || p / 2 < n)).toBe(true);
    }),
  );
});

test('aligning up gives the least multiple that is not smaller', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 24), fc.integer({ min: 0, max: 12 }), (n, power) => {
      const alignment = 2 ** power;
      const aligned = alignUp(n, alignment);
      expect(aligned % alignment).toBe(0);
      expect(aligned >= n && aligned - n < alignment).toBe(true);
    }),
  );
});

test('floorMod has the sign of the divisor, so windows of negative times start right', () => {
  expect([floorMod(-1, 10), floorMod(-10, 10), floorMod(19, 10)]).toEqual([9, 0, 9]);
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1e6 }), (n, d) => {
      const m = floorMod(n, d);
      expect(m >= 0 && m < d && Number.isInteger((n - m) / d)).toBe(true);
    }),
  );
});

test('divCeil rounds up', () => {
  expect([divCeil(0, 4), divCeil(1, 4), divCeil(4, 4), divCeil(5, 4)]).toEqual([0, 1, 1, 2]);
});
