import { expect, test } from 'vitest';

import { createLatencyRecorder, LATENCY_US_MAX, mergeLatency } from '../../src/metrics/index.ts';

test('merging recorders of several threads counts every value', async () => {
  const [a, b] = [await createLatencyRecorder(), await createLatencyRecorder()];
  for (let us = 1; us <= 1000; us++) a.record(us);
  b.record(5000);
  const summary = await mergeLatency([a.encode(), b.encode()]);
  expect(summary.count).toBe(1001);
  expect(summary.p50Us).toBe(501);
  expect(summary.p99Us).toBe(991);
  expect(summary.maxUs).toBeGreaterThanOrEqual(5000);
  expect(summary.maxUs).toBeLessThan(5005);
});

test('values outside the range count at its ends', async () => {
  const recorder = await createLatencyRecorder();
  recorder.record(0.2);
  recorder.record(1e12);
  const summary = await mergeLatency([recorder.encode()]);
  expect(summary.count).toBe(2);
  expect(summary.p50Us).toBe(1);
  expect(summary.maxUs / LATENCY_US_MAX).toBeCloseTo(1, 2);
});

test('nothing recorded is an empty summary', async () => {
  const recorder = await createLatencyRecorder();
  const empty = {
    count: 0,
    meanUs: 0,
    p50Us: 0,
    p90Us: 0,
    p99Us: 0,
    p999Us: 0,
    p9999Us: 0,
    maxUs: 0,
  };
  expect(await mergeLatency([])).toEqual(empty);
  expect(await mergeLatency([recorder.encode()])).toEqual(empty);
});
