import { expect, test } from 'vitest';

import type { ProcessFunction, Stream } from 'millrace';
import type { OperatorTest, OperatorTestSettings } from 'millrace/testing';
import { over } from './rows.ts';
import type { Row } from './rows.ts';

/** Registers a timer at `n` (by the clock where the key ends in `!`), takes it back where the key ends in `-`. */
const asking: ProcessFunction<Row, string, string> = {
  processElement({ key, n }, context) {
    const timers = context.timerService();
    if (key.endsWith('!')) timers.registerProcessingTimeTimer(n);
    else if (key.endsWith('-')) timers.deleteEventTimeTimer(n);
    else timers.registerEventTimeTimer(n);
  },
  onTimer(time, { key, timeDomain }, out) {
    out.collect(`${key} ${timeDomain} ${time}`);
  },
};

function timers(options: OperatorTestSettings = {}): Promise<OperatorTest<Row, string>> {
  // The mark belongs to what is asked for, not to the key.
  const byName = (rows: Stream<Row>): Stream<string> =>
    rows.keyBy(({ key }) => key[0]!).process(asking);
  return over(byName, options);
}
const ask = (key: string, n: number): Row => ({ key, n });

test('an event-time timer at t fires when the watermark is t or more, not at t - 1, also below zero', async () => {
  for (const t of [-7, 0, 12]) {
    const run = await timers();
    run.push(ask('a', t), t).watermark(t - 1);
    expect(run.rows).toEqual([]);
    run.watermark(t);
    expect(run.emitted).toEqual([{ row: `a event ${t}`, timestamp: t }]);
    await run.finish();
    expect(run.rows).toHaveLength(1);
  }
});

test('timers are de-duplicated by key, time and domain, and fire in time order within a key', async () => {
  const run = await timers();
  for (const n of [9, 3, 9, -1, 3]) run.push(ask('a', n), 0);
  run.push(ask('b', 9), 0).push(ask('a!', 9)).watermark(20);
  expect(run.rows.filter((text) => text.startsWith('a'))).toEqual([
    'a event -1',
    'a event 3',
    'a event 9',
  ]);
  expect(run.rows).toContain('b event 9');
  run.advanceProcessingTime(9);
  expect(run.rows.at(-1)).toBe('a processing 9');
  await run.finish();
  expect(run.rows).toHaveLength(5);
});

test('a timer registered in the past fires at the next watermark advance, not before', async () => {
  const run = await timers();
  run.watermark(50).push(ask('a', 10), 60);
  expect(run.rows).toEqual([]);
  run.watermark(50);
  expect(run.rows).toEqual([]);
  run.watermark(51);
  expect(run.emitted).toEqual([{ row: 'a event 10', timestamp: 10 }]);
  await run.finish();
});

test('deleting a timer that does not exist does nothing; one that does exist is gone', async () => {
  const run = await timers();
  run.push(ask('a-', 5), 0).push(ask('a', 5), 0).push(ask('b', 5), 0).push(ask('a-', 5), 0);
  run.push(ask('a-', 5), 0).watermark(100);
  expect(run.rows).toEqual(['b event 5']);
  await run.finish();
});

test('timers are keyed state: they survive a restore and move with their key to another parallelism', async () => {
  const run = await timers({ parallelism: 3 });
  const keys = 'a b c d e f g h'.split(' ');
  for (const key of keys) run.push(ask(key, 10), 0).push(ask(`${key}!`, 20));
  for (const parallelism of [1, 4, 2]) await run.restore(undefined, parallelism);
  run.watermark(9).watermark(10);
  expect(run.rows.toSorted()).toEqual(keys.map((key) => `${key} event 10`));
  run.advanceProcessingTime(19);
  expect(run.rows).toHaveLength(keys.length);
  run.advanceProcessingTime(1);
  expect(run.rows).toHaveLength(2 * keys.length);
  await run.finish();
});

test('in batch mode the timers of a key fire at the end, from first to last', async () => {
  const run = await timers({ executionMode: 'batch' });
  for (const n of [2, 1]) for (const key of ['a', 'b']) run.push(ask(key, n), 0);
  run.watermark(50);
  expect(run.rows).toEqual([]);
  await run.finish();
  for (const key of ['a', 'b']) {
    const own = run.rows.filter((text) => text.startsWith(key));
    expect(own).toEqual([`${key} event 1`, `${key} event 2`]);
  }
});
