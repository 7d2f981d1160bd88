/** Laws of key groups. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { murmur32 } from '../../src/base/index.ts';
import {
  defaultMaxParallelism,
  keyGroupOf,
  keyGroupOfMurmur,
  keyGroupRange,
  subtaskOfKeyGroup,
} from '../../src/record/key-groups.ts';

const anySizes = fc
  .integer({ min: 1, max: 32_768 })
  .chain((max) => fc.tuple(fc.constant(max), fc.integer({ min: 1, max })));

test('law 1: the ranges of all subtasks follow each other and cover every group', () => {
  fc.assert(
    fc.property(anySizes, ([max, parallelism]) => {
      let next = 0;
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const [first, end] = keyGroupRange(subtask, max, parallelism);
        if (first !== next || end <= first) throw new Error(`subtask ${subtask}: ${first}..${end}`);
        next = end;
      }
      expect(next).toBe(max);
    }),
    { numRuns: 30 },
  );
});

test('law 2: a group lies in the range of the subtask that owns it', () => {
  fc.assert(
    fc.property(anySizes, fc.nat(), ([max, parallelism], seed) => {
      const group = seed % max;
      const subtask = subtaskOfKeyGroup(group, max, parallelism);
      const [first, end] = keyGroupRange(subtask, max, parallelism);
      expect(subtask).toBeLessThan(parallelism);
      expect(group).toBeGreaterThanOrEqual(first);
      expect(group).toBeLessThan(end);
    }),
    { numRuns: 300 },
  );
});

test('the group of a hash code is its murmur hash modulo the maximum, from 0', () => {
  fc.assert(
    fc.property(fc.integer(), anySizes, (hash, [max]) => {
      const group = keyGroupOf(hash, max);
      expect(group).toBe(keyGroupOfMurmur(murmur32(hash), max));
      expect(group).toBeGreaterThanOrEqual(0);
      expect(group).toBeLessThan(max);
    }),
  );
});

test('the default maximum parallelism is one and a half times as many, as a power of two within bounds', () => {
  expect([1, 85, 86, 128, 170, 171, 21_845, 32_768].map(defaultMaxParallelism)).toEqual([
    128, 128, 256, 256, 256, 256, 32_768, 32_768,
  ]);
});
