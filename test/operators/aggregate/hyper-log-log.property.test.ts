/** Laws of hyper-log-log.ts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDistinct,
  cardinalityOf,
  createHll,
  mergeHll,
  SPARSE_MAX,
} from '../../../src/operators/aggregate/hyper-log-log.ts';

describe('a sketch of different values', () => {
  it.each([
    [4, 20_000],
    [10, 100_000],
    [12, 100_000],
    [14, 50_000],
  ])('is within 5 standard errors of the truth at precision %i', (precision, count) => {
    const sketch = createHll(precision);
    let checked = 0;
    for (let n = 1; n <= count; n++) {
      addDistinct(sketch, n * 3);
      if (n < 1000 ? n % 100 !== 0 : n % 10_000 !== 0) continue;
      checked++;
      const error = Math.abs(cardinalityOf(sketch) - n) / n;
      expect(error).toBeLessThan((5 * 1.04) / Math.sqrt(2 ** precision));
    }
    expect(checked).toBeGreaterThan(9);
  });

  it('is exact for few values of any kind, however often they come', () => {
    const sketch = createHll(12);
    const few: unknown[] = [0, 1.5, NaN, Infinity, 'a', 'b', '1', 1, true, 10n, Uint8Array.of(1)];
    for (let round = 0; round < 20; round++) for (const value of few) addDistinct(sketch, value);
    addDistinct(sketch, -0);
    expect(cardinalityOf(sketch)).toBe(few.length);
  });

  it('gives, merged, what one sketch of all values gives', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 * SPARSE_MAX }),
        fc.integer({ min: 0, max: 3 * SPARSE_MAX }),
        fc.nat(2 * SPARSE_MAX),
        (a, b, overlap) => {
          const [first, second, whole] = [createHll(10), createHll(10), createHll(10)];
          for (let i = 0; i < a; i++) addDistinct(first, `v${i}`);
          for (let i = 0; i < b; i++) addDistinct(second, `v${a - overlap + i}`);
          for (let i = 0; i < a; i++) addDistinct(whole, `v${i}`);
          for (let i = 0; i < b; i++) addDistinct(whole, `v${a - overlap + i}`);
          mergeHll(first, second);
          expect(cardinalityOf(first)).toBe(cardinalityOf(whole));
        },
      ),
      { numRuns: 100 },
    );
  });
});
