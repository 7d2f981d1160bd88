import { describe, expect, it } from 'vitest';

import { f64, i32, i8, nullable, record, utf8 } from 'millrace';
import type { Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import type { RollingKind } from '../../src/operators/index.ts';
import type { RecordType } from '../../src/record/index.ts';

interface Sale {
  shop: string;
  price: number | null;
  id: number;
}
interface Pair {
  key: number;
  n: number;
}
const Sale: RecordType<Sale> = record('Sale', { shop: utf8, price: nullable(f64), id: i32 });
const Pair: RecordType<Pair> = record('Pair', { key: i32, n: i32 });

/** A fold of prices by shop, on a stream of this type. */
function folding(kind: RollingKind): (sales: Stream<Sale>) => Stream<Sale> {
  return (sales) => sales.keyBy('shop')[kind]('price' as never) as Stream<Sale>;
}

/** Price and id of the results, also of instances that go on from snapshots. */
async function run(
  kind: RollingKind,
  prices: readonly (number | null)[],
  type: RecordType<Sale> | undefined,
): Promise<[number | null, number][]> {
  const { rows } = await inEveryMode(
    (options) => testOperator(folding(kind), type === undefined ? options : { type, ...options }),
    (sales) => sales.pushAll(prices.map((price, id) => ({ shop: 'a', price, id }))),
    { modes: ['batched', 'rescaled'] },
  );
  return rows.map(({ price, id }) => [price, id]);
}

describe.each([
  ['on bytes', Sale],
  ['on the heap', undefined],
])('rolling aggregates %s', (_, type) => {
  it('sum, min and max keep the other fields of the first row', async () => {
    expect(await run('sum', [3, 1, 2], type)).toEqual([
      [3, 0],
      [4, 0],
      [6, 0],
    ]);
    expect(await run('min', [3, 1, 2], type)).toEqual([
      [3, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(await run('max', [1, 3, 2], type)).toEqual([
      [1, 0],
      [3, 0],
      [3, 0],
    ]);
  });

  it('minBy and maxBy keep the whole row, the first on ties', async () => {
    expect(await run('minBy', [3, 1, 1, 2], type)).toEqual([
      [3, 0],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(await run('maxBy', [1, 3, 3, 2], type)).toEqual([
      [1, 0],
      [3, 1],
      [3, 1],
      [3, 1],
    ]);
  });

  it('null takes no part: the result is null until the first value', async () => {
    expect(await run('sum', [null, 2, null, 3], type)).toEqual([
      [null, 0],
      [2, 0],
      [2, 0],
      [5, 0],
    ]);
    expect(await run('min', [null, null, 4, null], type)).toEqual([
      [null, 0],
      [null, 0],
      [4, 0],
      [4, 0],
    ]);
    expect(await run('maxBy', [null, 4, null, 5], type)).toEqual([
      [null, 0],
      [4, 1],
      [4, 1],
      [5, 3],
    ]);
  });

  it('NaN is greater than every number, and -0 less than 0', async () => {
    expect((await run('max', [1, NaN, 2], type)).at(-1)).toEqual([NaN, 0]);
    expect((await run('min', [NaN, 1, NaN], type)).at(-1)).toEqual([1, 0]);
    expect((await run('minBy', [0, -0], type)).at(-1)).toEqual([-0, 1]);
    expect((await run('maxBy', [0, -0], type)).at(-1)).toEqual([0, 0]);
  });
});

describe('a rolling aggregate', () => {
  it('refuses a sum beyond the type of the field, and names field and values', async () => {
    const Small = record('Small', { key: i32, n: i8 });
    const test = await testOperator((rows: Stream<Pair>) => rows.keyBy('key').sum('n'), {
      type: Small,
    });
    test.push({ key: 1, n: 100 });
    expect(() => test.push({ key: 1, n: 28 })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_OVERFLOW',
        message: expect.stringContaining('field n does not fit i8: 100 + 28') as string,
      }),
    );
    await test.cancel();
  });

  it('folds a field that is part of the key, as the key is then kept apart', async () => {
    const { rows } = await inEveryMode(
      (options) =>
        testOperator((pairs: Stream<Pair>) => pairs.keyBy('key').sum('key'), {
          type: Pair,
          ...options,
        }),
      (pairs) => pairs.push({ key: 2, n: 1 }).push({ key: 3, n: 2 }).push({ key: 2, n: 3 }),
    );
    expect(rows).toEqual([
      { key: 2, n: 1 },
      { key: 3, n: 2 },
      { key: 4, n: 1 },
    ]);
  });

  it('folds texts of typed rows by their order', async () => {
    interface Name {
      key: number;
      name: string;
    }
    const Name: RecordType<Name> = record('Name', { key: i32, name: utf8 });
    const { rows } = await inEveryMode(
      (options) =>
        testOperator((names: Stream<Name>) => names.keyBy('key').max('name'), {
          type: Name,
          ...options,
        }),
      (names) => names.pushAll(['b', 'c', 'a'].map((name) => ({ key: 1, name }))),
    );
    expect(rows.map(({ name }) => name)).toEqual(['b', 'c', 'c']);
  });

  it('refuses a field that is missing when the job starts', async () => {
    await expect(
      testOperator((rows: Stream<Pair>) => rows.keyBy('key').sum('nowhere' as 'n'), {
        type: Pair,
      }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/FIELD/u) as string });
  });

  it('refuses a value of the wrong kind', async () => {
    const test = await testOperator((sales: Stream<Sale>) =>
      sales.keyBy('shop').sum('price' as never),
    );
    test.push({ shop: 'a', price: 1, id: 0 });
    expect(() => test.push({ shop: 'a', price: 'two' as never, id: 1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_FIELD',
        message: expect.stringContaining("expected a number in field price, got 'two'") as string,
      }),
    );
    await test.cancel();
  });

  it('emits rows that later rows do not change', async () => {
    const kept: Sale[] = [];
    const test = await testOperator(
      (sales: Stream<Sale>) =>
        folding('sum')(sales).map((sale) => {
          kept.push(sale);
          return sale;
        }),
      { guardRows: false },
    );
    test.pushAll([1, 2, 3].map((price, id) => ({ shop: 'a', price, id })));
    expect(kept.map(({ price }) => price)).toEqual([1, 3, 6]);
    await test.cancel();
  });
});
