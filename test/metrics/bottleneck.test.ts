import { expect, test } from 'vitest';

import { backpressureOf, findBottleneck } from '../../src/metrics/bottleneck.ts';
import { readMetrics } from '../../src/metrics/index.ts';
import { inputOf, rawSubtask } from './job-fixture.ts';

test('backpressure is OK up to 10 %, LOW up to 50 %, HIGH above', () => {
  expect([0, 100, 101, 500, 501, 1000].map(backpressureOf)).toEqual([
    'OK',
    'OK',
    'LOW',
    'LOW',
    'HIGH',
    'HIGH',
  ]);
});

test('the bottleneck is the busiest unhindered subtask downstream of a backpressured one', () => {
  const { bottleneck } = readMetrics(
    inputOf([
      rawSubtask({ busyMs: 200, backpressuredMs: 800 }),
      rawSubtask({ busyMs: 1000 }),
      rawSubtask({ busyMs: 700, idleMs: 300 }),
      rawSubtask({ busyMs: 990, idleMs: 10 }),
    ]),
  );
  expect(bottleneck).toBe(3);
});

test('there is no bottleneck when nothing is backpressured, or all of it is', () => {
  const busy = rawSubtask({ busyMs: 1000 });
  const held = rawSubtask({ backpressuredMs: 1000 });
  expect(readMetrics(inputOf([busy, busy, busy, busy])).bottleneck).toBeNull();
  expect(readMetrics(inputOf([held, held, held, held])).bottleneck).toBeNull();
  expect(findBottleneck([], [{ from: 0, to: 1 }])).toBeNull();
});
