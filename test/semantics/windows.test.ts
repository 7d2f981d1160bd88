import { describe, expect, test } from 'vitest';

import {
  count,
  countEvictor,
  countTrigger,
  cumulative,
  globalWindow,
  keepRow,
  purgingTrigger,
  session,
  sliding,
  sum,
  tumbling,
} from 'millrace';
import type { WindowAssigner } from 'millrace';
import { a, b, over, Row, shown, stamped } from './rows.ts';

/**
 * What windows of one key give for rows at these times, each row being its time. Declared aggregates, which are folded in
 * slices, must see the same windows.
 */
async function given(assigner: WindowAssigner, times: readonly number[]): Promise<string[]> {
  const test = await over((rows) => shown(rows.keyBy('key').window(assigner)));
  const declared = await over((rows) =>
    rows
      .keyBy('key')
      .window(assigner)
      .aggregate({ rows: count(), total: sum('n') }),
  );
  for (const time of times) {
    test.push(a(time), time);
    declared.push(a(time), time);
  }
  await test.finish();
  await declared.finish();
  const folded = test.rows.map((text) => {
    const [window, ...numbers] = text.split(' ');
    return `${window} ${numbers.length} ${numbers.reduce((x, y) => x + Number(y), 0)}`;
  });
  expect(
    declared.rows.map(({ key, windowStart, windowEnd, rows, total }) => {
      return `${key}[${windowStart},${windowEnd}) ${rows} ${total}`;
    }),
  ).toEqual(folded);
  return stamped(test);
}

describe('a window', () => {
  test('is [start, end): a row at its end is in the next; results carry end - 1', async () => {
    expect(await given(tumbling(10), [0, 9, 10])).toEqual(['a[0,10) 0 9 @9', 'a[10,20) 10 @19']);
  });

  test('starts at ts - floorMod(ts - offset, slide), also for negative timestamps', async () => {
    expect(await given(tumbling(10), [-1, -10, -11])).toEqual([
      'a[-20,-10) -11 @-11',
      'a[-10,0) -10 -1 @-1',
    ]);
    expect(await given(tumbling(10, { offset: 3 }), [2, 3, -7, -8])).toEqual([
      'a[-17,-7) -8 @-8',
      'a[-7,3) -7 2 @2',
      'a[3,13) 3 @12',
    ]);
    expect(await given(tumbling(10, { offset: '-3ms' }), [6, 7])).toEqual([
      'a[-3,7) 6 @6',
      'a[7,17) 7 @16',
    ]);
  });

  test('of size s and slide p holds a row in at most ceil(s / p); rows in gaps belong to none', async () => {
    expect(await given(sliding(10, 4), [8])).toEqual([
      'a[0,10) 8 @9',
      'a[4,14) 8 @13',
      'a[8,18) 8 @17',
    ]);
    expect(await given(sliding(10, 4), [11])).toEqual(['a[4,14) 11 @13', 'a[8,18) 11 @17']);
    expect(await given(sliding(4, 10), [-1, 0, 3, 4, 9, 10])).toEqual([
      'a[0,4) 0 3 @3',
      'a[10,14) 10 @13',
    ]);
    const gap = await over((rows) =>
      rows.keyBy('key').window(sliding(4, 10)).aggregate({ n: count() }),
    );
    gap.push(a(1), 5);
    await gap.finish();
    expect(gap.rows).toEqual([]);
    expect(gap.counters['lateRowsDropped'] ?? 0).toBe(0);
  });

  test('a row between windows is late from its own timestamp on, not one earlier', async () => {
    for (const [watermark, late] of [
      [4, 0],
      [5, 1],
    ] as const) {
      const general = await over((rows) => shown(rows.keyBy('key').window(sliding(4, 10))));
      const declared = await over((rows) =>
        rows.keyBy('key').window(sliding(4, 10)).aggregate({ rows: count() }),
      );
      for (const test of [general, declared]) {
        test.watermark(watermark).push(a(1), 5);
        expect(test.counters['lateRowsDropped'] ?? 0).toBe(late);
        await test.finish();
        expect(test.rows).toEqual([]);
      }
    }
  });

  test('that grows by steps up to a size holds all rows since its beginning', async () => {
    expect(await given(cumulative(30, 10), [-1, 0, 10, 29])).toEqual([
      'a[-30,0) -1 @-1',
      'a[0,10) 0 @9',
      'a[0,20) 0 10 @19',
      'a[0,30) 0 10 29 @29',
    ]);
  });

  test('without rows does not fire', async () => {
    const test = await over((rows) =>
      rows.keyBy('key').window(tumbling(10)).aggregate({ rows: count() }),
    );
    test.push(a(1), 5).watermark(1000).push(a(2), 1001);
    await test.finish();
    expect(test.rows.map(({ windowStart }) => windowStart)).toEqual([0, 1000]);
  });

  test('over a whole stream sees all keys, also when its rows are folded where they are produced', async () => {
    for (const preAggregate of ['on', 'off', 'auto'] as const) {
      for (const parallelism of [1, 2]) {
        const test = await over(
          (rows) =>
            rows
              .map(({ key, n }) => ({ key, n }), Row)
              .windowAll(tumbling(10))
              .aggregate({ rows: count(), total: sum('n') }, { preAggregate }),
          { parallelism },
        );
        test.push(a(1), 1).push(b(2), 9).push(b(4), 10);
        await test.finish();
        const inTime = test.rows.toSorted((x, y) => x.windowStart - y.windowStart);
        expect(inTime).toEqual([
          { windowStart: 0, windowEnd: 10, rows: 2, total: 3 },
          { windowStart: 10, windowEnd: 20, rows: 1, total: 4 },
        ]);
      }
    }
  });
});

describe('sessions', () => {
  test('that overlap or touch are one; a millisecond more apart they are two', async () => {
    expect(await given(session(10), [0, 9])).toEqual(['a[0,19) 0 9 @18']);
    expect(await given(session(10), [0, 10])).toEqual(['a[0,20) 0 10 @19']);
    expect(await given(session(10), [0, 11])).toEqual(['a[0,10) 0 @9', 'a[11,21) 11 @20']);
    expect(await given(session(10), [-20, -10, -31])).toEqual([
      'a[-31,-21) -31 @-22',
      'a[-20,0) -20 -10 @-1',
    ]);
    // The last one joins two that stood apart.
    expect(await given(session(10), [0, 20, 10])).toEqual(['a[0,30) 0 10 20 @29']);
  });

  test('of other keys do not merge', async () => {
    const test = await over((rows) => shown(rows.keyBy('key').window(session(10))));
    test.push(a(1), 0).push(b(2), 5);
    await test.finish();
    expect(test.rows.toSorted()).toEqual(['a[0,10) 1', 'b[5,15) 2']);
  });

  test('may take their gap from the row', async () => {
    const byRow = session<Row>(({ n }) => n);
    const test = await over((rows) => shown(rows.keyBy('key').window(byRow)));
    test.push(a(3), 0).push(a(1), 3).push(a(50), 100).push(a(1), 150);
    await test.finish();
    expect(test.rows).toEqual(['a[0,4) 1 3', 'a[100,151) 1 50']);
  });

  test('take a late row while the window it merges into is alive; merged past its clean-up it is late', async () => {
    const run = async (watermark: number): Promise<readonly [string[], number[]]> => {
      const test = await over(
        (rows) =>
          shown(
            rows.keyBy('key').window(session(10)).allowedLateness(5).sideOutputLateData('late'),
          ),
        { sideOutputs: [{ tag: 'late', type: Row }] },
      );
      // [0, 10) merged with [5, 15): its clean-up is at 14 + 5.
      test.push(a(1), 5).watermark(watermark).push(a(2), 0);
      const late = test.sideOutput<Row>('late').rows.map(({ n }) => n);
      await test.finish();
      return [test.rows, late];
    };
    // Alone it would be late from 14 on.
    expect(await run(13)).toEqual([['a[0,15) 1 2'], []]);
    expect(await run(18)).toEqual([['a[5,15) 1', 'a[0,15) 1 2'], []]);
    expect(await run(19)).toEqual([['a[5,15) 1'], [2]]);
  });
});

describe('allowed lateness', () => {
  test.each([0, 1, 7])(
    'of %i: a row is dropped when end - 1 + lateness is at or before the watermark, not one earlier',
    async (lateness) => {
      const run = async (watermark: number): Promise<readonly [string[], number]> => {
        const test = await over((rows) =>
          shown(rows.keyBy('key').window(tumbling(10)).allowedLateness(lateness)),
        );
        test.push(a(1), 5).watermark(watermark);
        test.push(a(2), 5);
        const dropped = test.counters['lateRowsDropped'] ?? 0;
        await test.finish();
        const declared = await over((rows) =>
          rows
            .keyBy('key')
            .window(tumbling(10))
            .allowedLateness(lateness)
            .aggregate({ total: sum('n') }),
        );
        declared.push(a(1), 5).watermark(watermark).push(a(2), 5);
        expect(declared.counters['lateRowsDropped'] ?? 0).toBe(dropped);
        await declared.finish();
        expect(declared.rows.map(({ total }) => total)).toEqual(
          test.rows.map((text) => (text.endsWith(' 2') ? 3 : 1)),
        );
        return [test.rows, dropped];
      };
      const cleanUp = 9 + lateness;
      const inTime = lateness === 0 ? ['a[0,10) 1 2'] : ['a[0,10) 1', 'a[0,10) 1 2'];
      expect(await run(cleanUp - 1)).toEqual([inTime, 0]);
      expect(await run(cleanUp)).toEqual([['a[0,10) 1'], 1]);
      expect(await run(cleanUp + 1)).toEqual([['a[0,10) 1'], 1]);
    },
  );

  test('a late row that is still allowed fires its window at once', async () => {
    const test = await over((rows) =>
      shown(rows.keyBy('key').window(tumbling(10)).allowedLateness(5)),
    );
    test.push(a(1), 5).watermark(9);
    expect(test.rows).toEqual(['a[0,10) 1']);
    test.push(a(2), 6);
    expect(test.rows).toEqual(['a[0,10) 1', 'a[0,10) 1 2']);
    test.watermark(13).push(a(3), 9);
    expect(stamped(test)).toEqual(['a[0,10) 1 @9', 'a[0,10) 1 2 @9', 'a[0,10) 1 2 3 @9']);
    await test.finish();
    expect(test.rows).toHaveLength(3);
  });

  test('a row late for some of its windows goes to the others; late for all, to the side output, else it is counted', async () => {
    const run = (side: boolean) =>
      over(
        (rows) => {
          const windows = rows.keyBy('key').window(sliding(10, 5));
          return shown(side ? windows.sideOutputLateData('late') : windows);
        },
        side ? { sideOutputs: [{ tag: 'late', type: Row }] } : {},
      );
    const aside = await run(true);
    aside.watermark(9).push(a(7), 7).push(a(2), 2).push(a(-1), 9);
    expect(aside.sideOutput<Row>('late').emitted).toEqual([{ row: a(2), timestamp: 2 }]);
    expect(aside.counters['lateRowsDropped'] ?? 0).toBe(0);
    await aside.finish();
    expect(aside.rows).toEqual(['a[5,15) -1 7']);
    const counted = await run(false);
    counted.watermark(9).push(a(7), 7).push(a(2), 2);
    expect(counted.counters['lateRowsDropped']).toBe(1);
    await counted.finish();
  });

  test('state of a window is cleaned when the watermark reaches end - 1 + lateness', async () => {
    const test = await over((rows) =>
      rows
        .keyBy('key')
        .window(tumbling(10))
        .allowedLateness(5)
        .reduce((x, y) => ({ ...keepRow(x), n: x.n + y.n })),
    );
    test.push(a(1), 5).watermark(13);
    expect(await test.state()).not.toEqual([]);
    test.watermark(14);
    expect(await test.state()).toEqual([]);
    await test.finish();
  });
});

describe('triggers and evictors', () => {
  test('the global window fires only by a trigger', async () => {
    const test = await over((rows) =>
      shown(rows.keyBy('key').window(globalWindow()).trigger(countTrigger(3))),
    );
    test.push(a(1)).push(a(2)).push(b(9)).push(a(3)).push(a(4)).watermark(1_000_000);
    expect(test.rows.map((text) => text.slice(text.indexOf(' ') + 1))).toEqual(['1 2 3']);
    await test.finish();
    expect(test.rows).toHaveLength(1);
  });

  test('countWindow(n) purges; countWindow(n, slide) keeps the last n', async () => {
    const numbers = async (size: number, slide?: number): Promise<string[]> => {
      const test = await over((rows) => shown(rows.keyBy('key').countWindow(size, slide)));
      for (const n of [1, 2, 3, 4, 5, 6, 7]) test.push(a(n));
      await test.finish();
      return test.rows.map((text) => text.slice(text.indexOf(' ') + 1));
    };
    expect(await numbers(3)).toEqual(['1 2 3', '4 5 6']);
    expect(await numbers(3, 2)).toEqual(['1 2', '2 3 4', '4 5 6']);
    expect(await numbers(2, 3)).toEqual(['2 3', '5 6']);
  });

  test('a purging trigger starts the window again from empty', async () => {
    const test = await over((rows) =>
      shown(
        rows
          .keyBy('key')
          .window(tumbling(100))
          .trigger(purgingTrigger(countTrigger(2))),
      ),
    );
    for (const n of [1, 2, 3, 4, 5]) test.push(a(n), n);
    await test.finish();
    expect(test.rows).toEqual(['a[0,100) 1 2', 'a[0,100) 3 4']);
  });

  test('an evictor that leaves nothing gives declared aggregates no result, and a function no rows', async () => {
    const none = await over((rows) =>
      rows
        .keyBy('key')
        .window(tumbling(10))
        .evictor(countEvictor(0))
        .aggregate({ rows: count(), total: sum('n') })
        .rebalance()
        .map((row) => row),
    );
    none.push(a(1), 1);
    await none.finish();
    expect(none.rows).toEqual([]);
    const seen = await over((rows) =>
      shown(rows.keyBy('key').window(tumbling(10)).evictor(countEvictor(0))),
    );
    seen.push(a(1), 1);
    await seen.finish();
    expect(seen.rows).toEqual(['a[0,10) ']);
  });

  test('a fold may be followed by a function that sees key, window and the folded value', async () => {
    const test = await over((rows) =>
      rows
        .keyBy('key')
        .window(tumbling(10))
        .reduce<string>((x, y) => ({ ...keepRow(x), n: x.n + y.n }), {
          process: ([folded], { key, window }, out) =>
            out.collect(`${key} ${window.start} ${window.end} ${folded!.n}`),
        }),
    );
    test.push(a(1), 1).push(a(2), 2);
    await test.finish();
    expect(test.rows).toEqual(['a 0 10 3']);
  });
});
