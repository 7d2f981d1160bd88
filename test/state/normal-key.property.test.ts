/** Law of src/state/normal-key.ts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValue } from '../../src/record/index.ts';
import { normalKey } from '../../src/state/index.ts';

const leaf: fc.Arbitrary<KeyValue> = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('\u0000', '\u0000s', '\u0000t1:s1:a', 'n1:', 's1:a', '1'),
  fc.double(),
  fc.constantFrom(0, -0, NaN, 1, 2),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 3 }),
);
const key: fc.Arbitrary<KeyValue> = fc.letrec<{ key: KeyValue; tuple: KeyValue[] }>((tie) => ({
  key: fc.oneof({ maxDepth: 2 }, leaf, tie('tuple')),
  tuple: fc.array(tie('key'), { maxLength: 3 }),
})).key;

/** Equality of keys as written down: type and content, NaN equals NaN, -0 equals 0. */
function equalKeys(a: KeyValue, b: KeyValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b || (a !== a && b !== b);
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length && a.every((part, i) => equalKeys(part as KeyValue, b[i] as KeyValue))
    );
  }
  return a === b;
}

/** As a Map compares. */
function sameNormal(a: KeyValue, b: KeyValue): boolean {
  return new Set([normalKey(a, 'test'), normalKey(b, 'test')]).size === 1;
}

describe('two keys have the same normal form exactly when they are equal as keys', () => {
  it('for any two keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(sameNormal(a, b)).toBe(equalKeys(a, b));
      }),
    );
  });

  it('for a key and its copy', () => {
    fc.assert(
      fc.property(key, (a) => {
        expect(sameNormal(a, structuredClone(a) as KeyValue)).toBe(true);
      }),
    );
  });
});

it('a key that is missing or an object is an error that names the operator', () => {
  for (const [bad, got] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [{ a: 1 }, 'an object'],
    [[1, null], 'null'],
  ] as const) {
    expect(() => normalKey(bad as unknown as KeyValue, 'counts')).toThrow(
      expect.objectContaining({
        code: 'ERR_STATE_KEY',
        message: expect.stringMatching(new RegExp(`counts.*got ${got}`)) as string,
      }),
    );
  }
});
