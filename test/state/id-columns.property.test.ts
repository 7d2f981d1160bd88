/** Laws of src/state/id-columns.ts. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IntColumns, QuotaAccount, WordColumns } from '../../src/state/index.ts';

const anyWrites = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.nat(6), fc.integer()), {
  maxLength: 60,
});

it('columns are zeros that keep what is written while they grow, and account their pages exactly', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 3, 7), anyWrites, fc.boolean(), (stride, writes, wide) => {
      const account = new QuotaAccount('test', Infinity);
      const columns = wide ? new WordColumns(account, stride) : new IntColumns(account, stride);
      const model = new Map<string, number>();
      for (const [id, word, value] of writes) {
        columns.ensure(id);
        columns.set(id, word % stride, value);
        model.set(`${id} ${word % stride}`, value);
        expect(columns.capacity).toBeGreaterThan(id);
        expect(account.usedBytes).toBe(columns.bytes);
        expect(columns.pages.reduce((sum, page) => sum + page.byteLength, 0)).toBe(columns.bytes);
      }
      for (let id = 0; id < columns.capacity; id += 31) {
        for (let word = 0; word < stride; word++) {
          expect(columns.get(id, word)).toBe(model.get(`${id} ${word}`) ?? 0);
        }
      }
      for (const [name, value] of model) {
        const [id, word] = name.split(' ').map(Number) as [number, number];
        expect(columns.get(id, word)).toBe(value);
        columns.zero(id);
        expect(columns.get(id, word)).toBe(0);
        for (let i = 0; i < stride; i++) columns.set(id, i, model.get(`${id} ${i}`) ?? 0);
      }
      columns.dispose();
      expect(account.usedBytes).toBe(0);
    }),
    { numRuns: 20 },
  );
});

it('no page of columns is larger than 8 MiB, however wide they are', () => {
  for (const stride of [1, 64, 65, 1000, 1 << 20]) {
    const account = new QuotaAccount('test', Infinity);
    const columns = new WordColumns(account, stride);
    columns.ensure(columns.mask);
    expect(Math.max(...columns.pages.map((page) => page.byteLength))).toBeLessThanOrEqual(8 << 20);
  }
});

it('columns beyond the quota stay as they were', () => {
  const columns = new IntColumns(new QuotaAccount('test', 3000), 2);
  columns.ensure(100);
  columns.set(100, 1, 7);
  expect(() => columns.ensure(1000)).toThrow(expect.objectContaining({ code: 'ERR_STATE_QUOTA' }));
  expect(columns.get(100, 1)).toBe(7);
});
