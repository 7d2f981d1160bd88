/** Laws of src/state/size-class.ts. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { classBytes, classOf, SIZE_CLASSES } from '../../src/state/size-class.ts';

const bytes = fc
  .oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 2 ** 23 }))
  .map((units) => units * 8);

it('a class holds its row, wastes at most a quarter, and is a multiple of 8', () => {
  fc.assert(
    fc.property(bytes, (n) => {
      const capacity = classBytes(classOf(n));
      expect(capacity).toBeGreaterThanOrEqual(n);
      expect(capacity).toBeLessThanOrEqual(n * 1.25 + 8);
      expect(capacity % 8).toBe(0);
      expect(classOf(n)).toBeLessThan(SIZE_CLASSES);
    }),
  );
});

it('classes grow with the length, and a capacity is of its own class', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      if (a <= b) expect(classOf(a)).toBeLessThanOrEqual(classOf(b));
      expect(classOf(classBytes(classOf(a)))).toBe(classOf(a));
    }),
  );
});
