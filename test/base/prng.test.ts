import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Prng } from '../../src/base/index.ts';

test('law: the same seed gives the same sequence', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [a, b] = [new Prng(seed), new Prng(seed)];
      for (let i = 0; i < 20; i++) expect(a.nextInt32()).toBe(b.nextInt32());
    }),
  );
});

test('different seeds give different sequences', () => {
  const firsts = Array.from({ length: 1000 }, (_, seed) => new Prng(seed).nextInt32());
  expect(new Set(firsts).size).toBe(1000);
});

test('stays in its ranges and fills them evenly', () => {
  const prng = new Prng(1);
  let outside = 0;
  const buckets = new Uint32Array(10);
  for (let i = 0; i < 100_000; i++) {
    const value = prng.next();
    if (!(value >= 0 && value < 1)) outside++;
    buckets[prng.below(10)]! += 1;
  }
  expect(outside).toBe(0);
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(600);
});
