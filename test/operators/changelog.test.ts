import { describe, expect, it } from 'vitest';

import { f64, i32, record } from 'millrace';
import type { OperatorStream, Stream } from 'millrace';
import { inEveryMode, testOperator, testOperator2 } from 'millrace/testing';
import type { Change } from 'millrace/testing';
import type { RecordType } from '../../src/record/index.ts';

interface Point {
  k: number;
  v: number;
}
const Point: RecordType<Point> = record('Point', { k: i32, v: f64 });
const twice = (n: number): number[] => [n, n + 1];

describe('operators on one row at a time keep its kind', () => {
  const cases: readonly [string, (numbers: Stream<number>) => Stream<number>, number[]][] = [
    ['map', (numbers) => numbers.map((n) => n), [1]],
    ['filter', (numbers) => numbers.filter(() => true), [1]],
    ['flatMap, returned', (numbers) => numbers.flatMap(twice), [1, 2]],
    [
      'flatMap, collected',
      (numbers) =>
        numbers.flatMap<number>((n, out) => {
          out.collect(n, 7);
          out.collect(n + 1);
        }),
      [1, 2],
    ],
  ];
  it.each(cases)('%s', async (_, build, results) => {
    const test = await inEveryMode(
      (options) => testOperator(build, options),
      (numbers) => numbers.pushChange('updateBefore', 1, 5).pushChange('delete', 1, 5).push(1, 5),
    );
    expect(test.emitted.map(({ change, row }) => [change, row])).toEqual(
      ['updateBefore', 'delete', undefined].flatMap((change) =>
        results.map((row) => [change, row]),
      ),
    );
  });

  it.each([
    ['coMap', false, [1]],
    ['coFlatMap', true, [1, 2]],
  ] as const)('%s', async (_, flat, results) => {
    const one = (n: number): number => n;
    const test = await inEveryMode(
      (options) =>
        testOperator2((a: Stream<number>, b: Stream<number>) => {
          const both = a.connect(b);
          return flat ? both.flatMap(twice, twice) : both.map(one, one);
        }, options),
      (script) => {
        script.first.pushChange('updateBefore', 1, 5);
        script.second.pushChange('delete', 1, 5);
        script.first.push(1, 5);
      },
    );
    expect(test.emitted.map(({ change, row }) => [change, row])).toEqual(
      ['updateBefore', 'delete', undefined].flatMap((change) =>
        results.map((row) => [change, row]),
      ),
    );
  });
});

describe('rolling operators take inserts only', () => {
  const sum = (points: Stream<Point>): OperatorStream<Point> => points.keyBy('k').sum('v');
  const reduce = (points: Stream<Point>): OperatorStream<Point> =>
    points.keyBy('k').reduce((a) => a);
  it.each([
    ['sum on bytes', sum, Point],
    ['sum on the heap', sum, undefined],
    ['reduce on bytes', reduce, Point],
    ['reduce on the heap', reduce, undefined],
  ] as const)('%s', async (_, build, type) => {
    const kinds: readonly [Change, string][] = [
      ['updateBefore', '-U'],
      ['updateAfter', '+U'],
      ['delete', '-D'],
    ];
    for (const [change, op] of kinds) {
      const test = await testOperator(
        (points: Stream<Point>) => build(points).name('under-test'),
        type === undefined ? {} : { type },
      );
      test.push({ k: 1, v: 2 });
      expect(() => test.pushChange(change, { k: 1, v: 2 })).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_CHANGELOG',
          message: `Operator under-test takes inserts only, got a row of kind ${op}`,
        }),
      );
      expect(test.rows).toHaveLength(1);
      await test.cancel();
    }
  });
});
