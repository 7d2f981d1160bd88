import { describe, expect, it } from 'vitest';
import {
  coFlatMapTransformation,
  coMapTransformation,
  filterTransformation,
  flatMapTransformation,
  mapTransformation,
  reduceTransformation,
  rollingAggregateTransformation,
  sinkTransformation,
} from '../../src/operators/index.ts';
import type { Transformation } from '../../src/operators/index.ts';
import { f64, i32, NO_TIMESTAMP, record, RowKind } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessOptions } from '../support/operator-harness.ts';

const Point = record('Point', { k: i32, v: f64 });

describe('operators on one row at a time keep its kind', () => {
  const twice = (n: number): number[] => [n, n + 1];
  const cases: readonly [string, Transformation, unknown[]][] = [
    ['map', mapTransformation((n: number) => n), [1]],
    ['filter', filterTransformation(() => true), [1]],
    ['flatMap, returned', flatMapTransformation(twice), [1, 2]],
    [
      'flatMap, collected',
      flatMapTransformation<number, number>((n, out) => {
        out.collect(n, 7);
        out.collect(n + 1);
      }),
      [1, 2],
    ],
    [
      'coMap',
      coMapTransformation(
        (n: number) => n,
        (n: number) => n,
      ),
      [1],
    ],
    ['coFlatMap', coFlatMapTransformation(twice, twice), [1, 2]],
  ];
  it.each(cases)('%s', (name, transformation, rows) => {
    const two = name.startsWith('co');
    const harness = new OperatorHarness(transformation, { inputs: two ? [{}, {}] : [{}] });
    harness.push(1, 5, 0, RowKind.updateBefore);
    harness.push(1, 5, two ? 1 : 0, RowKind.delete);
    harness.push(1, 5, 0);
    expect(harness.changes).toEqual(
      ['-U', '-D', '+I'].flatMap((op) => rows.map((row) => [op, row])),
    );
  });
});

describe('rolling operators take inserts only', () => {
  const typed: HarnessOptions = { inputs: [{ type: Point, keyBy: ['k'] }] };
  const heap: HarnessOptions = { inputs: [{ keyBy: ['k'] }] };
  const sum = rollingAggregateTransformation('sum', 'v');
  const reduce = reduceTransformation<{ v: number }>((a) => a);
  it.each([
    ['sum on bytes', sum, typed],
    ['sum on the heap', sum, heap],
    ['reduce on bytes', reduce, typed],
    ['reduce on the heap', reduce, heap],
  ] as const)('%s', (_, transformation, options) => {
    const harness = new OperatorHarness(transformation, options);
    harness.push({ k: 1, v: 2 });
    for (const kind of [RowKind.updateBefore, RowKind.updateAfter, RowKind.delete]) {
      expect(() => harness.push({ k: 1, v: 2 }, NO_TIMESTAMP, 0, kind)).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_CHANGELOG',
          message: `Operator under-test takes inserts only, got a row of kind ${['', '-U', '+U', '-D'][kind]}`,
        }),
      );
    }
    expect(harness.rows).toHaveLength(1);
  });
});

it('a sink operator hands the kind to the writer', () => {
  const kinds: unknown[] = [];
  const harness = new OperatorHarness(
    sinkTransformation({
      kind: 'list',
      params: {},
      functions: {},
      async: false,
      createWriter: () => ({ write: (_row, _at, kind) => void kinds.push(kind), close: () => {} }),
    }),
  );
  harness.push(1, 0, 0, RowKind.delete);
  harness.push(1, 0);
  expect(kinds).toEqual([RowKind.delete, RowKind.insert]);
});
