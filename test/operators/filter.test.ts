import { expect, it } from 'vitest';

import { i32, record } from 'millrace';
import type { Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import { filterTransformation } from '../../src/operators/index.ts';

const N = record('N', { n: i32 });

it('filter passes the rows for which the function holds, in order, with their timestamps', async () => {
  const test = await inEveryMode(
    (options) =>
      testOperator((rows: Stream<{ n: number }>) => rows.filter((row) => row.n > 1), {
        type: N,
        ...options,
      }),
    (rows) => [3, 1, 2].forEach((n, i) => rows.push({ n }, i)),
  );
  expect(test.emitted).toEqual([
    { row: { n: 3 }, timestamp: 0 },
    { row: { n: 2 }, timestamp: 2 },
  ]);
});

it('filter is one expression for the driver', () => {
  expect(filterTransformation(() => true).create({} as never).fused?.form).toBe('filter');
});
