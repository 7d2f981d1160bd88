/** Law of `finish`: a bounded number of rows per call, false until all are out; what is out is in no later snapshot. */

import { describe, expect, it } from 'vitest';

import { i32, record } from 'millrace';
import type { Stream } from 'millrace';
import { testOperator } from 'millrace/testing';
import type { OperatorTest } from 'millrace/testing';
import { FINISH_ROWS_MAX } from '../../src/operators/operator.ts';
import type { Operator } from '../../src/operators/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';

interface Point {
  key: number;
  n: number;
}
const Point: RecordType<Point> = record('Point', { key: i32, n: i32 });
const KEYS: number = 2 * FINISH_ROWS_MAX + 5;

/** A sum in batch mode, and its one instance, whose calls of `finish` can be watched. */
async function batchSum(
  type: RecordType<Point> | undefined,
): Promise<{ test: OperatorTest<Point, Point>; operator: Operator }> {
  const test = await testOperator(
    (points: Stream<Point>) => points.keyBy('key').sum('n').name('sum'),
    {
      ...(type === undefined ? {} : { type }),
      executionMode: 'batch',
      batched: true,
      guardRows: false,
    },
  );
  const { chain } = test.run.subtasks.find((subtask) => subtask.chain.plan.name.startsWith('sum'))!;
  return { test, operator: chain.spec.operators[0]!.operator! };
}

function numbered(count: number): Point[] {
  return Array.from({ length: count }, (_, key) => ({ key, n: 1 }));
}

describe.each([
  ['bytes', Point],
  ['the heap', undefined],
])('a rolling aggregate in batch mode with state on %s', (_, type) => {
  it('emits at most 1,024 results per call of finish, every key once', async () => {
    const { test, operator } = await batchSum(type);
    const finish = operator.finish!.bind(operator);
    const perCall: number[] = [];
    operator.finish = () => {
      const before = test.rows.length;
      const done = finish();
      perCall.push(test.rows.length - before);
      return done;
    };
    test.pushAll(numbered(KEYS));
    await test.finish();
    expect(perCall).toEqual([FINISH_ROWS_MAX, FINISH_ROWS_MAX, 5]);
    expect(new Set(test.rows.map(({ key }) => key)).size).toBe(KEYS);
  });

  it('holds between two calls of finish exactly what it has not emitted', async () => {
    const { test, operator } = await batchSum(type);
    const finish = operator.finish!.bind(operator);
    let held: OperatorSnapshot | undefined;
    let emitted = 0;
    operator.finish = () => {
      const done = finish();
      emitted ||= test.rows.length;
      held ??= operator.snapshot!();
      return done;
    };
    test.pushAll(numbered(KEYS), (_row, i) => i);
    await test.finish();
    const fresh = await batchSum(type);
    fresh.operator.restore!({ keyed: [held!.keyed!], operator: [] });
    await fresh.test.finish();
    const left = test.emitted.slice(emitted);
    expect(left.length).toBe(KEYS - FINISH_ROWS_MAX);
    const order = (a: { row: Point }, b: { row: Point }): number => a.row.key - b.row.key;
    expect(fresh.test.emitted.toSorted(order)).toEqual(left.toSorted(order));
  });
});
