/** Counted numbers against a `Map`. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addCount,
  bytesOfCounts,
  createCounts,
  mergeCounts,
  removeCount,
  sizeOfCounts,
} from '../../../src/operators/aggregate/number-counts.ts';

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, 2 ** 53, 0.5) },
  { weight: 1, arbitrary: fc.double() },
);
const steps = fc.array(fc.tuple(fc.boolean(), value), { maxLength: 200 });

test('behave as a Map from number to count; taking out what is not there changes nothing', () => {
  fc.assert(
    fc.property(steps, steps, (list, others) => {
      const run = (all: readonly (readonly [boolean, number])[]) => {
        const counts = createCounts();
        const model = new Map<number, number>();
        for (const [add, one] of all) {
          const before = model.get(one) ?? 0;
          if (add) {
            addCount(counts, one, 1);
            model.set(one, before + 1);
          } else {
            removeCount(counts, one);
            if (before > 1) model.set(one, before - 1);
            else model.delete(one);
          }
          expect(sizeOfCounts(counts)).toBe(model.size);
        }
        return { counts, model };
      };
      const { counts, model } = run(list);
      const more = run(others);
      mergeCounts(counts, structuredClone(more.counts));
      for (const [one, n] of more.model) model.set(one, (model.get(one) ?? 0) + n);
      expect(sizeOfCounts(counts)).toBe(model.size);
      for (const [one, n] of model) {
        for (let i = 0; i < n; i++) removeCount(counts, one);
      }
      expect(sizeOfCounts(counts)).toBe(0);
      expect(counts.table.every((word) => word === 0)).toBe(true);
      expect(bytesOfCounts(counts)).toBeGreaterThanOrEqual(counts.table.byteLength);
    }),
  );
});
