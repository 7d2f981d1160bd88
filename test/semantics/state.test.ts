import { describe, expect, test } from 'vitest';

import { aggregatingState, listState, mapState, reducingState, valueState } from 'millrace';
import type { ProcessFunction, StateTtl } from 'millrace';
import type { OperatorTest } from 'millrace/testing';
import { a, b, over } from './rows.ts';
import type { Row } from './rows.ts';

const value = valueState<number>('value');
const list = listState<number>('list');
const map = mapState<string, number>('map');
const least = reducingState<number>('least', (x, y) => Math.min(x, y));
const mean = aggregatingState<number, { sum: number; n: number }, number>('mean', {
  create: () => ({ sum: 0, n: 0 }),
  add: ({ sum, n }, x) => ({ sum: sum + x, n: n + 1 }),
  merge: (x, y) => ({ sum: x.sum + y.sum, n: x.n + y.n }),
  result: ({ sum, n }) => sum / n,
});

/** Keeps each row in every kind of state, and shows it. */
const keeping: ProcessFunction<Row, string, string> = {
  states: [value, list, map, least, mean],
  processElement({ key, n }, context, out) {
    context.getState(value).update(n);
    context.getListState(list).add(n);
    context.getMapState(map).put(`of ${n}`, n);
    context.getReducingState(least).add(n);
    context.getAggregatingState(mean).add(n);
    const shown = [
      context.getState(value).value(),
      [...context.getListState(list).get()].join(' '),
      [...context.getMapState(map).keys()].toSorted().join(' '),
      context.getReducingState(least).get(),
      context.getAggregatingState(mean).get(),
    ];
    out.collect(`${key}: ${shown.join(', ')}`);
  },
};

test('value, list, map, reducing and aggregating state are of one key, and go with it to another parallelism', async () => {
  const run = await over((rows) => rows.keyBy('key').process(keeping), { parallelism: 2 });
  run.push(a(4), 0).push(b(1), 0);
  await run.restore(undefined, 3);
  run.push(a(2), 0).push(b(3), 0);
  await run.restore(undefined, 1);
  run.push(a(6), 0);
  await run.finish();
  expect(run.rows).toEqual([
    'a: 4, 4, of 4, 4, 4',
    'b: 1, 1, of 1, 1, 1',
    'a: 2, 4 2, of 2 of 4, 2, 3',
    'b: 3, 1 3, of 1 of 3, 1, 2',
    'a: 6, 4 2 6, of 2 of 4 of 6, 2, 4',
  ]);
});

/** Writes where n > 0, shows what is there otherwise. */
function lasting(ttl: StateTtl): Promise<OperatorTest<Row, string>> {
  const kept = valueState<number>('kept', { ttl });
  const fn: ProcessFunction<Row, string, string> = {
    states: [kept],
    processElement({ n }, context, out) {
      if (n > 0) context.getState(kept).update(n);
      else out.collect(String(context.getState(kept).value() ?? 'none'));
    },
  };
  return over((rows) => rows.keyBy('key').process(fn));
}

describe('time to live', () => {
  test('counts from creation and writing by default: at the last millisecond it is there, then it is gone', async () => {
    const run = await lasting({ after: 10 });
    run.push(a(1)).advanceProcessingTime(9).push(a(0));
    run.advanceProcessingTime(1).push(a(0)).push(a(2)).advanceProcessingTime(9).push(a(0));
    await run.finish();
    expect(run.rows).toEqual(['1', 'none', '2']);
  });

  test('counts from reading too when asked to', async () => {
    const run = await lasting({ after: 10, update: 'readAndWrite' });
    run.push(a(1));
    for (let i = 0; i < 3; i++) run.advanceProcessingTime(9).push(a(0));
    run.advanceProcessingTime(10).push(a(0));
    await run.finish();
    expect(run.rows).toEqual(['1', '1', '1', 'none']);
  });

  test('may be of event time: the watermark says what is over', async () => {
    const run = await lasting({ after: 10, time: 'event' });
    run.watermark(0).push(a(1), 5).advanceProcessingTime(1000).push(a(0), 6);
    run.watermark(1000).push(a(0), 1001);
    await run.finish();
    expect(run.rows).toEqual(['1', 'none']);
  });
});

describe('operator state', () => {
  const noted = listState<number>('noted');
  const states = (redistribution: 'split' | 'union'): ProcessFunction<Row, string> => ({
    processElement({ key, n }, context, out) {
      const own = context.getOperatorState(noted, redistribution);
      if (key === 'a') own.add(n);
      else out.collect([...own.get()].toSorted((x, y) => x - y).join(' '));
    },
  });
  const after = async (redistribution: 'split' | 'union'): Promise<string[]> => {
    const run = await over((rows) => rows.rebalance().process(states(redistribution)), {
      parallelism: 2,
    });
    for (const n of [1, 2, 3, 4, 5, 6]) run.push(a(n));
    await run.restore(undefined, 3);
    for (let i = 0; i < 3; i++) run.push(b(0));
    await run.finish();
    return run.rows;
  };

  test('of the list kind is split when the parallelism changes, none lost and none doubled', async () => {
    const parts = await after('split');
    const numbers = parts.flatMap((text) => text.split(' ').map(Number));
    expect(numbers.toSorted((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(parts.every((text) => text.split(' ').length === 2)).toBe(true);
  });

  test('of the union kind goes to everyone', async () => {
    expect(await after('union')).toEqual(Array.from({ length: 3 }, () => '1 2 3 4 5 6'));
  });
});
