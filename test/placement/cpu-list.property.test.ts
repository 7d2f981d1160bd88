/** Law: `parseCpuList(formatCpuList(cpus))` is `cpus`, sorted. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { formatCpuList, parseCpuList } from '../../src/placement/cpu-list.ts';

test('a list of CPUs survives being written and read', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 40 }), (cpus) => {
      const sorted = cpus.toSorted((a, b) => a - b);
      expect(parseCpuList(formatCpuList(sorted))).toEqual(sorted);
    }),
  );
});
