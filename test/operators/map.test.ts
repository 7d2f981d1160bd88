import { expect, it } from 'vitest';

import { i32, record } from 'millrace';
import type { Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import { mapTransformation } from '../../src/operators/index.ts';

const N = record('N', { n: i32 });

it('map gives one row for each row, with its timestamp', async () => {
  const test = await inEveryMode(
    (options) =>
      testOperator((rows: Stream<{ n: number }>) => rows.map((row) => row.n * 2), {
        type: N,
        ...options,
      }),
    (rows) => rows.push({ n: 1 }, 10).push({ n: 2 }),
  );
  expect(test.emitted).toEqual([
    { row: 2, timestamp: 10 },
    { row: 4, timestamp: undefined },
  ]);
});

it('map is one expression for the driver', () => {
  const transformation = mapTransformation((n: number) => n * 2);
  expect(transformation).toMatchObject({ kind: 'map', params: {}, keyed: false });
  expect(transformation.create({} as never).fused?.form).toBe('map');
});
