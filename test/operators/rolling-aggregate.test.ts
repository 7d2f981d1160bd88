import { describe, expect, it } from 'vitest';
import { rollingAggregateTransformation } from '../../src/operators/index.ts';
import type { RollingKind } from '../../src/operators/index.ts';
import { f64, i32, i8, nullable, record, utf8 } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessInput } from '../support/operator-harness.ts';

const Sale = record('Sale', { shop: utf8, price: nullable(f64), id: i32 });
const typed: HarnessInput = { type: Sale, keyBy: ['shop'] };
const untyped: HarnessInput = { keyBy: ['shop'] };

function run(
  kind: RollingKind,
  prices: readonly (number | null)[],
  input: HarnessInput,
): unknown[] {
  const harness = new OperatorHarness(rollingAggregateTransformation(kind, 'price'), {
    inputs: [input],
  });
  harness.pushAll(prices.map((price, id) => ({ shop: 'a', price, id })));
  return harness.rows.map((row) => {
    const { price, id } = row as { price: number | null; id: number };
    return [price, id];
  });
}

describe.each([
  ['on bytes', typed],
  ['on the heap', untyped],
])('rolling aggregates %s', (_, input) => {
  it('sum, min and max keep the other fields of the first row', () => {
    expect(run('sum', [3, 1, 2], input)).toEqual([
      [3, 0],
      [4, 0],
      [6, 0],
    ]);
    expect(run('min', [3, 1, 2], input)).toEqual([
      [3, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(run('max', [1, 3, 2], input)).toEqual([
      [1, 0],
      [3, 0],
      [3, 0],
    ]);
  });

  it('minBy and maxBy keep the whole row, the first on ties', () => {
    expect(run('minBy', [3, 1, 1, 2], input)).toEqual([
      [3, 0],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(run('maxBy', [1, 3, 3, 2], input)).toEqual([
      [1, 0],
      [3, 1],
      [3, 1],
      [3, 1],
    ]);
  });

  it('null takes no part: the result is null until the first value', () => {
    expect(run('sum', [null, 2, null, 3], input)).toEqual([
      [null, 0],
      [2, 0],
      [2, 0],
      [5, 0],
    ]);
    expect(run('min', [null, null, 4, null], input)).toEqual([
      [null, 0],
      [null, 0],
      [4, 0],
      [4, 0],
    ]);
    expect(run('maxBy', [null, 4, null, 5], input)).toEqual([
      [null, 0],
      [4, 1],
      [4, 1],
      [5, 3],
    ]);
  });

  it('NaN is greater than every number, and -0 less than 0', () => {
    expect(run('max', [1, NaN, 2], input).at(-1)).toEqual([NaN, 0]);
    expect(run('min', [NaN, 1, NaN], input).at(-1)).toEqual([1, 0]);
    expect(run('minBy', [0, -0], input).at(-1)).toEqual([-0, 1]);
    expect(run('maxBy', [0, -0], input).at(-1)).toEqual([0, 0]);
  });
});

describe('a rolling aggregate', () => {
  it('refuses a sum beyond the type of the field, and names field and values', () => {
    const Small = record('Small', { key: i32, n: i8 });
    const harness = new OperatorHarness(rollingAggregateTransformation('sum', 'n'), {
      inputs: [{ type: Small, keyBy: ['key'] }],
    });
    harness.push({ key: 1, n: 100 });
    expect(() => harness.push({ key: 1, n: 28 })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_OVERFLOW',
        message: expect.stringContaining('field n does not fit i8: 100 + 28') as string,
      }),
    );
  });

  it('folds a field that is part of the key, as the key is then kept apart', () => {
    const Pair = record('Pair', { key: i32, n: i32 });
    const harness = new OperatorHarness(rollingAggregateTransformation('sum', 'key'), {
      inputs: [{ type: Pair, keyBy: ['key'] }],
    });
    harness.pushAll([
      { key: 2, n: 1 },
      { key: 3, n: 2 },
      { key: 2, n: 3 },
    ]);
    expect(harness.rows).toEqual([
      { key: 2, n: 1 },
      { key: 3, n: 2 },
      { key: 4, n: 1 },
    ]);
  });

  it('takes plain rows on a typed stream', () => {
    const Pair = record('Pair', { key: i32, n: i32 });
    const harness = new OperatorHarness(rollingAggregateTransformation('sum', 'n'), {
      inputs: [{ type: Pair, keyBy: ['key'] }],
    });
    harness.push({ key: 0, n: 1 });
    harness.push({ key: 5, n: 1 });
    // The harness passes views; a chain may pass what a map before it returned.
    harness.operator.process!({ key: 5, n: 2 }, 7);
    expect(harness.rows.at(-1)).toEqual({ key: 5, n: 3 });
  });

  it('refuses a field that is missing or of the wrong kind', () => {
    const make = (kind: RollingKind, field: string): OperatorHarness =>
      new OperatorHarness(rollingAggregateTransformation(kind, field), { inputs: [typed] });
    for (const [kind, field] of [
      ['sum', 'shop'],
      ['sum', 'nowhere'],
      ['min', 'nowhere'],
    ] as const) {
      expect(() => make(kind, field)).toThrow(
        expect.objectContaining({ code: 'ERR_OPERATORS_FIELD' }),
      );
    }
    const wrong = new OperatorHarness(rollingAggregateTransformation('sum', 'price'), {
      inputs: [untyped],
    });
    wrong.push({ shop: 'a', price: 1 });
    expect(() => wrong.push({ shop: 'a', price: 'two' })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_FIELD',
        message: expect.stringContaining("expected a number in field price, got 'two'") as string,
      }),
    );
  });

  it('emits rows that later rows do not change', () => {
    const harness = new OperatorHarness(rollingAggregateTransformation('sum', 'price'), {
      inputs: [untyped],
    });
    harness.pushAll([1, 2, 3].map((price) => ({ shop: 'a', price })));
    expect(harness.rows.map((row) => (row as { price: number }).price)).toEqual([1, 3, 6]);
  });
});
