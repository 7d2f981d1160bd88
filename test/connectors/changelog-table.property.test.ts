/** The table of a changelog against a plain list and a plain map. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChangelogTable } from '../../src/connectors/index.ts';
import { RowKind } from '../../src/record/index.ts';

const value = fc.oneof(
  fc.constantFrom(0, -0, NaN, 1, 1n, '1', true, null, undefined),
  fc.constantFrom([1], ['1'], new Uint8Array([1])),
);
const row = fc.record({ k: fc.constantFrom('a', 'b', 'c'), v: value }, { noNullPrototype: true });
const changes = fc.array(fc.tuple(fc.constantFrom(...Object.values(RowKind)), row), {
  maxLength: 30,
});
const adds = (kind: RowKind): boolean => kind === RowKind.insert || kind === RowKind.updateAfter;

test('without a key a row is there as often as it was added less taken away, in any order of changes', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const table = new ChangelogTable();
      const reversed = new ChangelogTable();
      for (const [kind, change] of list) table.apply(kind, change);
      for (const [kind, change] of list.toReversed()) reversed.apply(kind, change);
      const expected: unknown[] = [];
      const rows = list.map(([, change]) => change);
      const distinct = rows.filter((a, i) => rows.findIndex((b) => same(a, b)) === i);
      for (const one of distinct) {
        const count = list
          .filter(([, change]) => same(change, one))
          .reduce((sum, [kind]) => sum + (adds(kind) ? 1 : -1), 0);
        for (let i = 0; i < count; i++) expected.push(one);
      }
      for (const actual of [table.rows(), reversed.rows()]) {
        expect(actual).toHaveLength(expected.length);
        for (const one of distinct) {
          const count = (all: unknown[]): number => all.filter((other) => same(one, other)).length;
          expect(count(actual)).toBe(count(expected));
        }
      }
    }),
  );
});

test('with a key there is at most one row a key: the last one added and not taken away since', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const table = new ChangelogTable(['k']);
      const model = new Map<string, unknown>();
      for (const [kind, change] of list) {
        table.apply(kind, change);
        if (adds(kind)) model.set(change.k, change);
        else model.delete(change.k);
      }
      expect(new Set(table.rows())).toEqual(new Set(model.values()));
    }),
  );
});

test('the order of fields does not matter, and keys that are 0 and -0 are equal', () => {
  const table = new ChangelogTable();
  table.apply(RowKind.insert, { a: 1, b: 2 });
  table.apply(RowKind.delete, { b: 2, a: 1 });
  expect(table.rows()).toEqual([]);
  const keyed = new ChangelogTable(['a']);
  keyed.apply(RowKind.insert, { a: 0 });
  keyed.apply(RowKind.delete, { a: -0 });
  expect(keyed.rows()).toEqual([]);
});

/** Deep equality with `Object.is` for values. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    return Object.is(a, b);
  }
  if (a.constructor !== b.constructor) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) =>
      same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}
