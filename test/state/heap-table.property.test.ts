/** Laws of src/state/heap-table.ts, with a `Map` as the model. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValue } from '../../src/record/index.ts';
import { estimateBytes, HeapTable, QuotaAccount } from '../../src/state/index.ts';

function heapTable<V>(limit = Infinity): { table: HeapTable<V>; account: QuotaAccount } {
  const account = new QuotaAccount('test', limit);
  return { table: new HeapTable<V>({ operatorName: 'test', account, maxParallelism: 4 }), account };
}

it('a heap table behaves as a Map in insertion order and accounts what it holds', () => {
  const op = fc.tuple(
    fc.constantFrom('set', 'set', 'remove'),
    fc.integer({ min: 0, max: 20 }),
    fc.anything(),
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120 }), (list) => {
      const { table, account } = heapTable<unknown>();
      const model = new Map<number, unknown>();
      for (const [kind, id, value] of list) {
        const key: KeyValue = id % 2 ? id : ['pair', id];
        const entry = table.find(key, id);
        expect(entry !== undefined).toBe(model.has(id));
        if (kind === 'remove') {
          if (entry) table.remove(entry);
          model.delete(id);
        } else {
          if (entry) table.set(entry, value);
          else table.insert(key, id, value);
          model.set(id, value);
        }
      }
      expect([...table].map((entry) => [entry.hash, entry.value])).toEqual([...model]);
      expect(table.size).toBe(model.size);
      expect(account.usedBytes).toBe([...table].reduce((sum, entry) => sum + entry.bytes, 0));
      table.dispose();
      expect([...table]).toEqual([]);
      expect(account.usedBytes).toBe(0);
    }),
    { numRuns: 60 },
  );
});

describe('a heap table', () => {
  it('finds NaN by NaN, 0 by -0, and tuples and bytes by content', () => {
    const { table } = heapTable<string>();
    table.insert(NaN, 1, 'nan');
    table.insert(0, 1, 'zero');
    table.insert([1, 'a'], 1, 'tuple');
    table.insert(new Uint8Array([1, 2]), 1, 'bytes');
    expect(table.find(NaN, 1)?.value).toBe('nan');
    expect(table.find(-0, 1)?.value).toBe('zero');
    expect(table.find([1, 'a'], 1)?.value).toBe('tuple');
    expect(table.find(new Uint8Array([1, 2]), 1)?.value).toBe('bytes');
    expect(table.find('0', 1)).toBeUndefined();
  });

  it('keeps its own copy of a key of bytes', () => {
    const { table } = heapTable<number>();
    const bytes = new Uint8Array([1]);
    const entry = table.insert([bytes], 1, 1);
    bytes[0] = 9;
    expect(entry.key).toEqual([new Uint8Array([1])]);
  });

  it('refuses a value beyond the quota and keeps the old one', () => {
    const { table, account } = heapTable<string>(1000);
    const entry = table.insert('k', 1, 'small');
    const before = account.usedBytes;
    expect(() => table.set(entry, 'x'.repeat(5000))).toThrow(
      expect.objectContaining({ code: 'ERR_STATE_QUOTA' }),
    );
    expect(entry.value).toBe('small');
    expect(account.usedBytes).toBe(before);
  });
});

describe('the estimate of a value', () => {
  it('grows with strings, arrays, maps, sets and bytes', () => {
    const makers: ((n: number) => unknown)[] = [
      (n) => 'x'.repeat(n),
      (n) => Array.from({ length: n }, (_, i) => i),
      (n) => new Map(Array.from({ length: n }, (_, i) => [i, i])),
      (n) => new Set(Array.from({ length: n }, (_, i) => i)),
      (n) => new Uint8Array(n),
      (n) => ({ inner: { list: Array.from({ length: n }, () => ({})) } }),
    ];
    for (const make of makers) {
      expect(estimateBytes(make(64))).toBeGreaterThan(estimateBytes(make(8)));
      expect(estimateBytes(make(64))).toBeGreaterThanOrEqual(64);
    }
  });

  it('ends for cyclic values', () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(estimateBytes(cyclic)).toBeGreaterThan(0);
  });
});
