/**
 * Laws of src/operators/aggregate/dd-sketch.ts:
 *  1. `quantileOf(q)` is within the fraction a of the value of rank floor(q * (n - 1)), counted from 0; smallest (q = 0) and
 *     largest value (q = 1) are exact.
 *  2. Merging sketches gives the very sketch of all their values.
 *  3. At most `BUCKETS_MAX` buckets a sign: beyond that the values nearest to zero share the lowest bucket, and law 1 holds for
 *     the larger ones only.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  addValue,
  BUCKETS_MAX,
  createSketch,
  logGammaOf,
  mergeSketches,
  quantileOf,
} from '../../../src/operators/aggregate/dd-sketch.ts';
import type { DdSketch } from '../../../src/operators/aggregate/dd-sketch.ts';

const QUANTILES = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1];

/** Values of both signs over some 70 octaves, with zeros, infinities and NaN among them. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -500, max: 2000 }) },
  { weight: 6, arbitrary: fc.double({ min: -1e12, max: 1e12, noNaN: true }).filter(visible) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, Infinity, -Infinity, Number.NaN) },
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const accuracy = fc.constantFrom(0.005, 0.01, 0.05, 0.3);

/** Not so near to zero that law 3 would apply at the finest accuracy tried. */
function visible(x: number): boolean {
  return x === 0 || Math.abs(x) > 1e-3;
}

function sketchOf(all: readonly number[], a: number): DdSketch {
  const sketch = createSketch(a);
  for (const x of all) addValue(sketch, x, logGammaOf(a));
  return sketch;
}

/** The value of the rank that a quantile stands for; NaN is greater than every number. */
function exact(all: readonly number[], q: number): number {
  const ranked = all.toSorted((a, b) => (a !== a ? 1 : b !== b ? -1 : a - b));
  return ranked[Math.floor(q * (all.length - 1))]!;
}

function expectWithin(got: number | null, wanted: number, a: number): void {
  if (!Number.isFinite(wanted)) expect(got).toBe(wanted);
  else expect(Math.abs(got! - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * (a + 1e-9));
}

describe('a sketch', () => {
  test('gives every quantile within its accuracy, the ends exactly', () => {
    fc.assert(
      fc.property(values, accuracy, (all, a) => {
        const sketch = sketchOf(all, a);
        for (const q of QUANTILES) expectWithin(quantileOf(sketch, q), exact(all, q), a);
        for (const q of [0, 1]) expect(quantileOf(sketch, q)! + 0).toBe(exact(all, q) + 0);
      }),
    );
  });

  test('merged of parts is the sketch of all values', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), accuracy, (parts, a) => {
        const merged = createSketch(a);
        for (const part of parts) mergeSketches(merged, sketchOf(part, a));
        expect(merged).toEqual(sketchOf(parts.flat(), a));
      }),
    );
  });

  test('without values has no quantile', () => {
    expect(quantileOf(createSketch(0.01), 0.5)).toBeNull();
  });

  test('is bounded, and exact enough for the larger values, whatever their range', () => {
    const exponent = fc.integer({ min: -290, max: 290 });
    fc.assert(
      fc.property(fc.array(exponent, { minLength: 2, maxLength: 60 }), (exponents) => {
        const all = exponents.map((e) => 10 ** e);
        const sketch = sketchOf(all, 0.01);
        expect(sketch.positive.counts.length).toBeLessThanOrEqual(BUCKETS_MAX);
        expect(sketch.positive.total).toBe(all.length);
        expect(sketch.positive.counts.reduce((sum, n) => sum + n, 0)).toBe(all.length);
        // 118 octaves are 35 powers of ten.
        for (const q of QUANTILES) {
          const wanted = exact(all, q);
          if (wanted > Math.max(...all) / 1e35) expectWithin(quantileOf(sketch, q), wanted, 0.01);
        }
      }),
    );
  });
});
