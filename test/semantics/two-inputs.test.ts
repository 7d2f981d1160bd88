import { describe, expect, test } from 'vitest';

import { f64, mapState, record, tumbling, utf8 } from 'millrace';
import type { IntervalJoined, Stream } from 'millrace';
import { testOperator2 } from 'millrace/testing';
import type { OperatorTest, OperatorTestOptions2 } from 'millrace/testing';
import { a, b, over, Row } from './rows.ts';

type Two<U> = Promise<OperatorTest<Row, U, Row>>;

function both<U>(
  build: (left: Stream<Row>, right: Stream<Row>) => Stream<U>,
  options: OperatorTestOptions2<Row, Row> = {},
): Two<U> {
  return testOperator2(build, { first: Row, second: Row, ...options });
}

const pair = (l: Row | undefined, r: Row | undefined): string => `${l?.n ?? '-'}|${r?.n ?? '-'}`;

describe('connect and union', () => {
  test('connected streams have one watermark, the smaller one, and one state per key', async () => {
    const run = await both((left, right) =>
      left
        .keyBy('key')
        .connect(right.keyBy('key'))
        .process<string>({
          processElement1({ n }, context) {
            context.getState('n', 0).update(n);
          },
          processElement2({ n }, context, out) {
            out.collect(`${context.getState('n', 0).value() + n}`);
          },
        }),
    );
    run.first.push(a(1), 5).watermark(9);
    run.second.push(a(2), 3).push(b(2), 4).watermark(4);
    expect(run.rows).toEqual(['3', '2']);
    expect(run.watermarks).toEqual([4]);
    await run.finish();
  });

  test('a stream may be united with itself: every row twice', async () => {
    const run = await over((rows) => rows.union(rows).map(({ n }) => n));
    run.push(a(1), 1).push(a(2), 2);
    await run.finish();
    expect(run.rows.toSorted((x, y) => x - y)).toEqual([1, 1, 2, 2]);
  });
});

describe('the interval join', () => {
  const joined = (
    how: (join: IntervalJoined<Row, Row>) => IntervalJoined<Row, Row>,
    options: OperatorTestOptions2<Row, Row> = {},
  ): Two<string> =>
    both(
      (left, right) =>
        how(left.keyBy('key').intervalJoin(right.keyBy('key')).between('-2ms', 3)).process(pair),
      options,
    );

  test('takes pairs with left + lower <= right <= left + upper; the larger timestamp is that of the result', async () => {
    const run = await joined((join) => join);
    run.first.push(a(0), 10);
    for (const time of [7, 8, 10, 13, 14]) run.second.push(a(time), time);
    expect(run.emitted).toEqual([
      { row: '0|8', timestamp: 10 },
      { row: '0|10', timestamp: 10 },
      { row: '0|13', timestamp: 13 },
    ]);
    await run.finish();
  });

  test('leaves the bounds out where they are exclusive, also below zero', async () => {
    const lower = await joined((join) => join.lowerBoundExclusive());
    lower.first.push(a(0), -10);
    for (const time of [-12, -11, -7]) lower.second.push(a(time), time);
    expect(lower.rows).toEqual(['0|-11', '0|-7']);
    await lower.finish();
    const upper = await joined((join) => join.upperBoundExclusive());
    upper.first.push(a(0), -10);
    for (const time of [-12, -8, -7]) upper.second.push(a(time), time);
    expect(upper.rows).toEqual(['0|-12', '0|-8']);
    await upper.finish();
  });

  test('is inner, by key, whatever side comes first', async () => {
    const run = await joined((join) => join);
    run.second.push(a(1), 10).push(b(2), 10);
    run.first.push(a(3), 10).push(a(4), 50);
    await run.finish();
    expect(run.rows).toEqual(['3|1']);
  });

  test('sends rows behind the watermark to the side outputs, those at it not', async () => {
    const run = await joined(
      (join) => join.sideOutputLeftLateData('left').sideOutputRightLateData('right'),
      {
        sideOutputs: [
          { tag: 'left', type: Row },
          { tag: 'right', type: Row },
        ],
      },
    );
    run.watermark(20);
    run.first.push(a(19), 19).push(a(20), 20);
    run.second.push(a(19), 19).push(a(20), 20);
    await run.finish();
    expect(run.rows).toEqual(['20|20']);
    expect(run.sideOutput('left').rows).toEqual([a(19)]);
    expect(run.sideOutput('right').rows).toEqual([a(19)]);
  });

  test('drops state when the watermark makes a match impossible', async () => {
    const run = await joined((join) => join);
    run.first.push(a(1), 10);
    run.second.push(a(2), 30);
    run.watermark(13);
    expect(await run.state()).not.toEqual([]);
    run.watermark(33);
    expect(await run.state()).toEqual([]);
    await run.finish();
  });
});

describe('the window join', () => {
  const run = async (
    build: (left: Stream<Row>, right: Stream<Row>) => Stream<unknown>,
  ): Promise<readonly unknown[]> => {
    const joined = await both(build);
    joined.first.push(a(1), 1).push(a(2), 2).push(b(3), 15);
    joined.second.push(a(4), 9).push(a(5), 10).push(b(6), 15);
    await joined.finish();
    return joined.emitted.map(({ row, timestamp }) => `${String(row)} @${timestamp}`).toSorted();
  };
  const windows = tumbling(10);

  test('gives all pairs of one key and window, with end - 1', async () => {
    expect(
      await run((l, r) => l.join(r).where('key').equalTo('key').window(windows).apply(pair)),
    ).toEqual(['1|4 @9', '2|4 @9', '3|6 @19']);
  });

  test('of the left, right and full kinds gives the rows that stand alone as well', async () => {
    const left = await run((l, r) =>
      l.leftJoin(r).where('key').equalTo('key').window(windows).apply(pair),
    );
    expect(left).toEqual(['1|4 @9', '2|4 @9', '3|6 @19']);
    const right = await run((l, r) =>
      l.rightJoin(r).where('key').equalTo('key').window(windows).apply(pair),
    );
    expect(right).toEqual(['-|5 @19', '1|4 @9', '2|4 @9', '3|6 @19']);
    const full = await run((l, r) =>
      r.fullJoin(l).where('key').equalTo('key').window(windows).apply(pair),
    );
    expect(full).toEqual(['4|1 @9', '4|2 @9', '5|- @19', '6|3 @19']);
  });

  test('coGroup sees both sides, also when one is empty', async () => {
    expect(
      await run((l, r) =>
        l
          .coGroup(r)
          .where('key')
          .equalTo('key')
          .window(windows)
          .apply<string>((x, y, out) => {
            out.collect(
              `${Array.from(x, ({ n }) => n).join(' ')}|${Array.from(y, ({ n }) => n).join(' ')}`,
            );
          }),
      ),
    ).toEqual(['1 2|4 @9', '3|6 @19', '|5 @19']);
  });
});

describe('other joins', () => {
  test('the regular join keeps rows for its time to live, and no longer', async () => {
    const run = await both((l, r) => l.keyBy('key').join(r.keyBy('key'), { ttl: 10 }).apply(pair));
    run.first.push(a(1), 1);
    run.advanceProcessingTime(9);
    run.second.push(a(2), 2);
    run.advanceProcessingTime(1);
    run.second.push(a(3), 3);
    await run.finish();
    expect(run.rows).toEqual(['1|2']);
  });

  test("the temporal join takes the version of the row's time: at its timestamp the new one", async () => {
    const run = await both((l, r) => l.keyBy('key').leftTemporalJoin(r.keyBy('key')).apply(pair));
    run.second.push(a(10), 10).push(a(20), 20);
    for (const time of [9, 10, 19, 20, 25]) run.first.push(a(time), time);
    expect(run.rows).toEqual([]);
    run.watermark(19);
    expect(run.rows).toEqual(['9|-', '10|10', '19|10']);
    await run.finish();
    expect(run.rows.slice(3)).toEqual(['20|20', '25|20']);
  });
});

describe('broadcast state', () => {
  const rules = mapState<string, number>('rules');
  const limited = (parallelism: number): Two<string> =>
    both(
      (left, right) =>
        left
          .keyBy('key')
          .connect(right.broadcast(rules))
          .process<string>({
            processElement({ key, n }, context, out) {
              const state = context.getBroadcastState(rules);
              expect('put' in state && typeof state.put === 'function' && tryPut(state)).toBe(
                false,
              );
              out.collect(`${key} ${n <= (state.get(key) ?? 0)}`);
            },
            processBroadcastElement({ key, n }, context) {
              context.getBroadcastState(rules).put(key, n);
            },
          }),
      { parallelism },
    );
  function tryPut(state: object): boolean {
    try {
      (state as { put(key: string, value: number): void }).put('a', 1000);
      return true;
    } catch {
      return false;
    }
  }

  test('is written by the broadcast side alone, is in every subtask, and survives another parallelism', async () => {
    const run = await limited(3);
    const keys = 'a b c d e f'.split(' ');
    for (const key of keys) run.second.push({ key, n: 5 }, 0);
    for (const parallelism of [3, 5, 1]) {
      await run.restore(undefined, parallelism);
      for (const key of keys) run.first.push({ key, n: 5 }, 0).push({ key, n: 6 }, 0);
    }
    await run.finish();
    expect(run.rows.filter((text) => text.endsWith('true'))).toHaveLength(3 * keys.length);
    expect(run.rows).toHaveLength(6 * keys.length);
  });
});

const Named = record('Named', { key: utf8, n: f64, name: utf8 });

test('the lookup join asks an outside table, and left keeps the rows without an answer', async () => {
  const run = await over((rows) =>
    rows
      .leftLookupJoin(({ key }) => Promise.resolve(key === 'a' ? 'Ann' : undefined))
      .apply((row, name) => ({ ...row, name: name ?? 'nobody' }), Named),
  );
  run.push(a(1), 1).push(b(2), 2);
  await run.finish();
  expect(run.rows.map(({ name }) => name)).toEqual(['Ann', 'nobody']);
});
