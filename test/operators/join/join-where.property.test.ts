/** Comparisons as generated text against those that are interpreted. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compiled, compileWhere, plainWhere } from '../../../src/operators/join/join-where.ts';
import type { ComparisonOperator, JoinComparison } from '../../../src/operators/join/join-where.ts';

const path = fc.constantFrom('left.a', 'left.b', 'right.a', 'right.b');
const value = fc.oneof(
  fc.constantFrom(null, undefined, NaN, -0, 0, 1, -1, 2 ** 53),
  fc.integer({ min: -2, max: 2 }),
);
const row = fc.record({ a: value, b: value });
const comparison = fc.tuple(
  path,
  fc.constantFrom<ComparisonOperator>('=', '!=', '<', '<=', '>', '>='),
  fc.oneof(path, fc.record({ value: fc.constantFrom(NaN, -0, 0, 1, -1) })),
);
const comparisons: fc.Arbitrary<readonly JoinComparison[]> = fc.array(comparison, {
  maxLength: 4,
});

test('generated comparisons hold where the interpreted ones do', () => {
  fc.assert(
    fc.property(comparisons, row, row, (list, left, right) => {
      expect(compiled(list)!(left, right)).toBe(plainWhere(list)(left, right));
    }),
  );
});

test('no pair holds of which one side fails its own comparisons', () => {
  fc.assert(
    fc.property(comparisons, row, row, (list, left, right) => {
      const tests = compileWhere({ form: 'fields', comparisons: list });
      const sides = (tests.left?.(left) ?? true) && (tests.right?.(right) ?? true);
      expect(tests.pair!(left, right) && !sides).toBe(false);
    }),
  );
});
