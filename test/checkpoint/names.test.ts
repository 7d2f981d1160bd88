/** Law of src/checkpoint/names.ts. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { manifestName, parseName, stateName } from '../../src/checkpoint/index.ts';

const id = fc.nat(Number.MAX_SAFE_INTEGER);

test('a name gives back what it was made of, also of a temporary file', () => {
  fc.assert(
    fc.property(id, fc.nat(9999), fc.nat(9), fc.constantFrom('', '.tmp'), (n, subtask, k, end) => {
      expect(parseName(manifestName(n) + end)).toEqual({ kind: 'manifest', checkpoint: n });
      expect(parseName(stateName(n, subtask, k) + end)).toEqual({ kind: 'state', checkpoint: n });
    }),
  );
});

test('names of manifests sort as their numbers do', () => {
  const below = fc.nat(999_999_999_999);
  fc.assert(
    fc.property(below, below, (a, b) => {
      expect(manifestName(a) < manifestName(b)).toBe(a < b);
    }),
  );
});

test('files of others have no meaning', () => {
  const others = ['notes.txt', 'chk-1.manifest', 'chk-000000000001', 'chk-000000000001-s1.state'];
  for (const name of others) expect(parseName(name)).toBeUndefined();
});
