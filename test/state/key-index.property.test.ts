/** Laws of src/state/key-index.ts. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QuotaAccount } from '../../src/state/index.ts';
import { KeyIndex, SPREAD } from '../../src/state/key-index.ts';

/** All references that probing from the home place of this hash meets. */
function probe(index: KeyIndex, hash: number): number[] {
  const spread = Math.imul(hash, SPREAD);
  const entries = index.directory[(spread >>> 1) >>> index.shift]!;
  const mask = entries.length - 2;
  const refs: number[] = [];
  for (let i = ((spread ^ (spread >>> 15)) << 1) & mask; entries[i + 1] !== 0; i = (i + 2) & mask) {
    if (entries[i] === hash) refs.push(entries[i + 1]!);
  }
  return refs;
}

it('every pair that was inserted and not removed is found before the first empty place', () => {
  const hash = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 0x7fffffff }));
  fc.assert(
    fc.property(fc.array(fc.tuple(hash, fc.boolean()), { maxLength: 500, size: 'max' }), (list) => {
      const account = new QuotaAccount('test', Infinity);
      const index = new KeyIndex(account);
      const model = new Map<number, number>();
      list.forEach(([key, removes], i) => {
        const ref = i + 1;
        if (removes) {
          for (const [gone, of] of model) {
            index.remove(of, gone);
            model.delete(gone);
            break;
          }
        } else {
          index.prepare(key);
          index.insert(key, ref);
          model.set(ref, key);
        }
      });
      for (const [ref, of] of model) expect(probe(index, of)).toContain(ref);
      const found = new Set(list.flatMap(([key]) => probe(index, key)));
      expect(found).toEqual(new Set(model.keys()));
      expect(index.bytes).toBe(account.usedBytes);
    }),
    { numRuns: 60 },
  );
});

it('accounts exactly its segments, also when keys of equal hash force a segment beyond its usual size', () => {
  const account = new QuotaAccount('test', Infinity);
  const index = new KeyIndex(account);
  for (let ref = 1; ref <= 6000; ref++) {
    index.prepare(42);
    index.insert(42, ref);
  }
  expect(new Set(probe(index, 42)).size).toBe(6000);
  for (let ref = 6001; ref <= 9000; ref++) {
    index.prepare(ref);
    index.insert(ref, ref);
  }
  const bytes = [...new Set(index.directory)].reduce((sum, entries) => sum + entries.byteLength, 0);
  expect(account.usedBytes).toBe(bytes);
  expect(probe(index, 8000)).toEqual([8000]);
});

it('splits segments of 8192 places, so that one insertion never moves more', () => {
  const account = new QuotaAccount('test', Infinity);
  const index = new KeyIndex(account);
  for (let ref = 1; ref <= 50_000; ref++) {
    const hash = (Math.imul(ref, 0x2545f491) ^ (ref << 3)) & 0x7fffffff;
    index.prepare(hash);
    index.insert(hash, ref);
  }
  expect(index.directory.length).toBeGreaterThan(4);
  for (const entries of index.directory) expect(entries.length).toBeLessThanOrEqual(2 * 8192);
});
