/** Numbers with masks against a `Map`, in every form that they may lie in. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addMaskedNumber,
  bytesOfMaskedNumbers,
  createMaskedNumbers,
  mergeMaskedNumbers,
} from '../../../src/operators/aggregate/masked-numbers.ts';
import { COUNT_FIELDS } from '../../../src/operators/aggregate/filter-counts.ts';
import type { MaskedNumbers } from '../../../src/operators/aggregate/masked-numbers.ts';

const FILTERS = 3;
const mask = fc.integer({ min: 1, max: 2 ** FILTERS - 1 });
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -300, max: 300 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 0.5),
  },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
  // Around what three filters leave room for.
  { weight: 1, arbitrary: fc.integer({ min: 2 ** 28 - 4, max: 2 ** 28 + 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 28) - 4, max: 4 - 2 ** 28 }) },
  { weight: 1, arbitrary: fc.double() },
);
/** A single value, or as many in a row as make an index worth its bytes. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(value, mask, fc.constant(1)) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom(0, -50, 1000, 2 ** 31 - 20, 2 ** 40, 2 ** 53 - 200),
      mask,
      fc.integer({ min: 50, max: 200 }),
    ),
  },
);
const steps = fc.array(step, { maxLength: 60 });

type Steps = readonly (readonly [number, number, number])[];

function run(list: Steps): { set: MaskedNumbers; model: Map<number, number> } {
  const set = createMaskedNumbers(FILTERS);
  const model = new Map<number, number>();
  for (const [first, bits, length] of list) {
    for (let i = 0; i < length; i++) {
      const one = first + i;
      const before = bytesOfMaskedNumbers(set);
      const grown = addMaskedNumber(set, one, bits);
      expect(grown).toBe(bytesOfMaskedNumbers(set) - before);
      model.set(one, (model.get(one) ?? 0) | bits);
    }
  }
  return { set, model };
}

function countsOf(set: MaskedNumbers): number[] {
  return COUNT_FIELDS.slice(0, set.filters).map((field) => set[field]);
}

function expectCounts(set: MaskedNumbers, model: ReadonlyMap<number, number>): void {
  const masks = [...model.values()];
  expect(countsOf(set)).toEqual(
    [1, 2, 4].map((bit) => masks.filter((m) => (m & bit) !== 0).length),
  );
}

test('count what each filter has passed as a Map from number to mask does, merged too', () => {
  fc.assert(
    fc.property(steps, steps, (list, others) => {
      const { set, model } = run(list);
      expectCounts(set, model);
      const more = run(others);
      const kept = structuredClone(more.set);
      mergeMaskedNumbers(set, more.set);
      expect(more.set).toEqual(kept);
      for (const [one, bits] of more.model) model.set(one, (model.get(one) ?? 0) | bits);
      expectCounts(set, model);
      for (const [one, bits] of model) expect(addMaskedNumber(set, one, bits)).toBe(0);
      expectCounts(set, model);
    }),
  );
});

test('numbers close together have a byte each, others a place in a table', () => {
  const close = createMaskedNumbers(2);
  for (let i = 0; i < 1000; i++) addMaskedNumber(close, 5000 + 3 * i, 1 + (i & 1));
  expect(close.dense).not.toBeNull();
  expect(countsOf(close)).toEqual([500, 500]);
  expect(bytesOfMaskedNumbers(close)).toBeLessThan(10_000);
  const apart = createMaskedNumbers(2);
  for (let i = 0; i < 1000; i++) addMaskedNumber(apart, i * 400_003, 3);
  expect(apart.dense).toBeNull();
  expect(apart.wide).toBeNull();
  addMaskedNumber(apart, 0.5, 1);
  expect(apart.wide).not.toBeNull();
  expect(countsOf(apart)).toEqual([1001, 1000]);
});

test('an index is given up when a number comes from far away', () => {
  const set = createMaskedNumbers(1);
  for (let i = 0; i < 100; i++) addMaskedNumber(set, i, 1);
  expect(set.dense).not.toBeNull();
  addMaskedNumber(set, 2 ** 40, 1);
  expect(set.dense).toBeNull();
  for (let i = 0; i < 100; i++) expect(addMaskedNumber(set, i, 1)).toBe(0);
  expect(countsOf(set)).toEqual([101]);
});

test('a set of eight filters counts each', () => {
  const set = createMaskedNumbers(8);
  for (let bit = 0; bit < 8; bit++) {
    for (let i = 0; i <= bit; i++) addMaskedNumber(set, 1000 * i - 3000, 1 << bit);
  }
  expect(countsOf(set)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  addMaskedNumber(set, 2 ** 23, 255);
  expect(set.wide).not.toBeNull();
  expect(countsOf(set)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});
