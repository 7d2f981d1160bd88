/** What operators of windows, aggregates, joins and rankings keep is read without them. */

import { describe, expect, test } from 'vitest';

import { count, countTrigger, distinct, globalWindow, session, sum, tumbling } from 'millrace';
import { i32, record, utf8 } from 'millrace';
import type { Stream } from 'millrace';
import { testOperator } from 'millrace/testing';

interface Visit {
  user: string;
  n: number;
}
const Visit = record('Visit', { user: utf8, n: i32 });
const rows: readonly Visit[] = [1, 2, 3].map((n) => ({ user: 'ann', n }));

/** What the operator keeps of `ann` after three rows at the times 1, 2 and 3. */
async function kept(operator: (stream: Stream<Visit>) => Stream<unknown>): Promise<object> {
  const run = await testOperator(operator, { type: Visit });
  rows.forEach((row, i) => run.push(row, i + 1));
  const state = await run.state();
  await run.cancel();
  return Object.fromEntries(
    state.filter(({ key }) => key === 'ann').map(({ name, value }) => [name, value]),
  );
}

describe('windows', () => {
  test('of declared aggregates are words by start', async () => {
    const held = await kept((stream) =>
      stream
        .keyBy('user')
        .window(tumbling('10s'))
        .aggregate({ rows: count(), total: sum('n') }),
    );
    expect(held).toEqual({ windows: [{ start: 0, words: [3, 6] }] });
  });

  test('of sessions have their times', async () => {
    const held = await kept((stream) =>
      stream
        .keyBy('user')
        .window(session('10s'))
        .aggregate({ total: sum('n') }),
    );
    expect(held).toMatchObject({ windows: [{ start: 1, end: 10_003, words: [3, 6] }] });
  });

  test('with values of the heap have them beside the words', async () => {
    const held = await kept((stream) =>
      stream
        .keyBy('user')
        .window(tumbling('10s'))
        .aggregate({ ns: distinct('n') }),
    );
    expect(held).toMatchObject({ windows: [{ start: 0, heap: [expect.anything()] }] });
  });

  test('of functions have what they hold', async () => {
    const held = await kept((stream) =>
      stream
        .keyBy('user')
        .window(globalWindow())
        .trigger(countTrigger(9))
        .reduce((a: Visit, b: Visit) => ({ user: a.user, n: a.n + b.n })),
    );
    expect(held).toMatchObject({ windows: [{ filled: true, value: { user: 'ann', n: 6 } }] });
  });
});

describe('running results', () => {
  test('of declared aggregates are words', async () => {
    const held = await kept((stream) =>
      stream.keyBy('user').aggregate({ rows: count(), total: sum('n') }),
    );
    expect(Object.values(held)).toContainEqual(expect.objectContaining({ words: [3, 6] }));
  });

  test('of a fold are its row', async () => {
    const held = await kept((stream) =>
      stream.keyBy('user').reduce((a, b) => ({ user: a.user, n: a.n + b.n })),
    );
    expect(held).toMatchObject({ row: { user: 'ann', n: 6 } });
  });

  test('of a ranking are its rows', async () => {
    const held = await kept((stream) => stream.keyBy('user').topN(2, { by: 'n' }));
    expect(JSON.stringify(held)).toContain('[{"user":"ann","n":1},{"user":"ann","n":2}]');
  });

  test('without duplicates are the row with its time', async () => {
    const held = await kept((stream) => stream.keyBy('user').deduplicate({ keep: 'last' }));
    expect(JSON.stringify(held)).toContain('{"time":3,"row":{"user":"ann","n":3}}');
  });
});
