import { describe, expect, it } from 'vitest';

import { i32, record, utf8 } from 'millrace';
import type { ProcessFunction, Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import 'millrace/testing/vitest';
import { listState, mapState, valueState } from '../../src/operators/index.ts';

interface Visit {
  user: string;
  page: string;
  n: number;
}
const Visit = record('Visit', { user: utf8, page: utf8, n: i32 });

const count = valueState('count', { initial: 0 });
const last = valueState('last', { type: Visit });
const pages = listState<string>('pages');
const byPage = mapState<string, number>('by-page');

/** Counts visits, keeps the last, and clears a user after a minute of processing time. */
const visits: ProcessFunction<Visit, string, string> = {
  processElement(visit, context, out) {
    const seen = context.getState(count);
    seen.update(seen.value() + visit.n);
    context.getState(last).update(visit);
    context.getListState(pages).add(visit.page);
    const ofPage = context.getMapState(byPage);
    ofPage.put(visit.page, (ofPage.get(visit.page) ?? 0) + 1);
    const timers = context.timerService();
    timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 60_000);
    out.collect(`${context.key} ${seen.value()}`);
  },
  onTimer(_, context, out) {
    context.getState(count).clear();
    out.collect(`${context.key} forgotten`);
  },
};

const rows: Visit[] = ['a', 'b', 'a', 'c', 'a', 'b'].map((user, n) => ({
  user,
  page: `p${n % 2}`,
  n,
}));

describe('keyed state under test', () => {
  it('is read as plain values, by key and name', async () => {
    const test = await testOperator(
      (stream: Stream<Visit>) => stream.keyBy('user').process(visits).name('visits'),
      { type: Visit },
    );
    test.pushAll(rows);
    const state = await test.state();
    const of = (key: string): object =>
      Object.fromEntries(
        state.filter((one) => one.key === key).map((one) => [one.name, one.value]),
      );
    expect(of('b')).toMatchObject({
      count: 6,
      last: { user: 'b', page: 'p1', n: 5 },
      pages: ['p1', 'p1'],
      'by-page': [['p1', 2]],
    });
    const timers = state
      .filter(({ kind }) => kind === 'timers')
      .map(({ key, value }) => [key, value]);
    expect(timers).toEqual(['a', 'b', 'c'].map((key) => [key, [{ namespace: 0, time: 60_000 }]]));
    await test.cancel();
  });

  it('survives fresh instances, with the same and another parallelism', async () => {
    const test = await inEveryMode(
      (options) =>
        testOperator((stream: Stream<Visit>) => stream.keyBy('user').process(visits), {
          type: Visit,
          ...options,
        }),
      (script) => {
        script.pushAll(rows.slice(0, 4)).advanceProcessingTime(60_000).pushAll(rows.slice(4));
      },
      { keyOf: (row) => row.split(' ')[0] },
    );
    expect(test).toEmitInAnyOrder([
      'a 0',
      'b 1',
      'a 2',
      'c 3',
      'a forgotten',
      'b forgotten',
      'c forgotten',
      'a 4',
      'b 5',
    ]);
  });
});
