import fc from 'fast-check';
import { expect, test } from 'vitest';

import { i32, record, utf8 } from 'millrace';
import type { RecordType } from 'millrace';
import { HEAD_WORDS, JoinRows } from '../../../src/operators/join/join-rows.ts';
import { sameValue } from '../../../src/operators/join/same-value.ts';
import { compileCodec } from '../../../src/record/codec-compiler.ts';
import { RowViewBase } from '../../../src/record/index.ts';
import {
  ByteReader,
  ByteWriter,
  IntColumns,
  NO_REF,
  QuotaAccount,
} from '../../../src/state/index.ts';

interface Item {
  readonly n: number;
  readonly text: string;
}
const Item: RecordType<Item> = record('Item', { n: i32, text: utf8 });

function rowsOf(typed: boolean): {
  readonly rows: JoinRows;
  readonly account: QuotaAccount;
  readonly held: Map<number, number>;
} {
  const account = new QuotaAccount('test', Infinity);
  const held = new Map<number, number>();
  const keys = {
    retain: (id: number) => void held.set(id, (held.get(id) ?? 0) + 1),
    release: (id: number) => void held.set(id, held.get(id)! - 1),
  };
  const type = typed ? Item : undefined;
  const codec = typed ? compileCodec(Item) : undefined;
  const heads = new IntColumns(new QuotaAccount('heads', Infinity), HEAD_WORDS);
  const options = { name: 'left', keys, account, type, codec, heads, headWord: 2 } as const;
  return { rows: new JoinRows(options), account, held };
}

/** All rows of a key, forwards; checked against the way backwards. */
function listed(rows: JoinRows, id: number): { row: unknown; time: number; mark: number }[] {
  const found: { row: unknown; time: number; mark: number }[] = [];
  for (let ref = rows.first(id); ref !== NO_REF; ref = rows.next(ref)) {
    const shown = rows.show(ref);
    const row = shown instanceof RowViewBase ? shown.copy() : shown;
    found.push({ row, time: rows.timeOf(ref), mark: rows.markOf(ref) });
  }
  const back: number[] = [];
  for (let ref = rows.last(id); ref !== NO_REF; ref = rows.previous(ref)) {
    back.push(rows.timeOf(ref));
  }
  expect(back.toReversed()).toEqual(found.map(({ time }) => time));
  return found;
}

const actions = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('insert' as const),
        id: fc.nat(3),
        n: fc.nat(5),
        length: fc.nat(300),
        time: fc.integer({ min: -5, max: 5 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('removeEqual' as const, 'dropBefore' as const, 'dropRange' as const),
        id: fc.nat(3),
        n: fc.nat(5),
        length: fc.nat(300),
        time: fc.integer({ min: -5, max: 5 }),
      }),
    },
  ),
  { maxLength: 60 },
);

test.for([[true], [false]])(
  'the rows of a key come in the order of time, equal times in that of insertion; a key is retained once (typed: %s)',
  ([typed]) => {
    fc.assert(
      fc.property(actions, (script) => {
        const { rows, account, held } = rowsOf(typed!);
        const model = new Map<number, { row: Item; time: number; mark: number }[]>();
        for (const action of script) {
          const { id, n, length, time } = action;
          const row = { n, text: 'x'.repeat(length % (n + 1)) };
          const list = model.get(id) ?? [];
          model.set(id, list);
          switch (action.do) {
            case 'insert': {
              rows.insert(id, row, time, n);
              const at = list.findIndex((other) => other.time > time);
              list.splice(at < 0 ? list.length : at, 0, { row, time, mark: n });
              break;
            }
            case 'removeEqual': {
              const ref = rows.findEqual(id, row);
              const at = list.findLastIndex((other) => sameValue(other.row, row));
              expect(ref !== NO_REF).toBe(at >= 0);
              if (ref !== NO_REF) rows.remove(id, ref);
              if (at >= 0) list.splice(at, 1);
              break;
            }
            case 'dropBefore':
              rows.dropBefore(id, time);
              model.set(
                id,
                list.filter((other) => other.time >= time),
              );
              break;
            case 'dropRange':
              rows.dropRange(id, time, time + 3);
              model.set(
                id,
                list.filter((other) => other.time < time || other.time >= time + 3),
              );
          }
        }
        let size = 0;
        const copy = rowsOf(typed!);
        for (const [id, list] of model) {
          expect(listed(rows, id)).toEqual(list);
          expect(held.get(id) ?? 0).toBe(list.length > 0 ? 1 : 0);
          expect(rows.has(id)).toBe(list.length > 0);
          size += list.length;
          for (const time of [-6, -1, 0, 5]) {
            const last = rows.lastUntil(id, time);
            const first = rows.firstFrom(id, time);
            expect(last === NO_REF ? undefined : rows.timeOf(last)).toBe(
              list.findLast((other) => other.time <= time)?.time,
            );
            expect(first === NO_REF ? undefined : rows.timeOf(first)).toBe(
              list.find((other) => other.time >= time)?.time,
            );
          }
          if (list.length === 0) continue;
          const out = new ByteWriter();
          rows.write(id, out);
          copy.rows.read(id, new ByteReader(out.toBytes()), rows.descriptor);
          expect(listed(copy.rows, id)).toEqual(list);
        }
        expect(rows.size).toBe(size);
        rows.dispose();
        expect(account.usedBytes).toBe(0);
      }),
      { numRuns: 40 },
    );
  },
);

test('values are equal by what they hold, whatever the order of their fields', () => {
  expect(sameValue({ a: 1, b: [1, { c: NaN }] }, { b: [1, { c: NaN }], a: 1 })).toBe(true);
  expect(sameValue({ a: -0 }, { a: 0 })).toBe(true);
  expect(sameValue({ a: 1 }, { a: 1, b: undefined })).toBe(false);
  expect(sameValue([1, 2], { 0: 1, 1: 2 })).toBe(false);
  expect(sameValue(new Date(5), new Date(5))).toBe(true);
  expect(sameValue(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]]))).toBe(true);
  expect(sameValue(new Set([1]), new Map([[1, 1]]))).toBe(false);
  expect(sameValue(null, {})).toBe(false);
  expect(sameValue(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
});
