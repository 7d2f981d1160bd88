/** The parts of the latency benchmarks: the open loop, the search for the sustainable rate, histograms. */

import { describe, expect, test } from 'vitest';

import { i32, record } from '../../src/record/index.ts';
import type { SourceContext, SourceOutput, SourceReader } from '../../src/connectors/index.ts';
import { overridesOf } from '../../native-free-bench/engine.ts';
import { Latencies, quantilesOf } from '../../native-free-bench/latency/histogram.ts';
import { openLoop } from '../../native-free-bench/latency/open-loop.ts';
import { expectedSum } from '../../native-free-bench/latency/record-latency-rows.ts';
import { findSustainable } from '../../native-free-bench/latency/sustainable.ts';

const Row = record('Row', { i: i32 });

describe('an open loop', () => {
  const clock = { ms: 5000 };
  const emitted: [number, number][] = [];
  const output = { emit: () => undefined, full: false } as unknown as SourceOutput<{ i: number }>;

  async function reader(rows: number, rowsPerSecond: number): Promise<SourceReader<{ i: number }>> {
    clock.ms = 5000;
    emitted.length = 0;
    const source = openLoop({
      type: Row,
      rows,
      rowsPerSecond,
      row: (i, dueMs) => {
        emitted.push([i, dueMs]);
        return { i };
      },
    });
    const context = { monotonicMs: () => clock.ms } as SourceContext;
    return source.open({ id: 'all' }, context, undefined);
  }

  test('emits a row when it is due and waits for the next without sleeping', async () => {
    const read = await reader(10, 1000);
    expect(read.poll(output, 100)).toBe('more');
    expect(read.poll(output, 100)).toBe('waiting');
    expect(read.waitMs!()).toBe(0);
    clock.ms += 1;
    expect(read.poll(output, 100)).toBe('more');
    expect(emitted).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test('makes up for a stall, each row with the time it was due', async () => {
    const read = await reader(10, 1000);
    read.poll(output, 100);
    clock.ms += 4;
    read.poll(output, 2);
    read.poll(output, 100);
    expect(emitted).toEqual([0, 1, 2, 3, 4].map((i) => [i, i]));
    clock.ms += 1000;
    expect(read.poll(output, 100)).toBe('end');
    expect(emitted.at(-1)).toEqual([9, 9]);
  });

  test('lets its worker sleep when the next row is far', async () => {
    const read = await reader(10, 10);
    read.poll(output, 100);
    expect(read.poll(output, 100)).toBe('waiting');
    expect(read.waitMs!()).toBeCloseTo(99);
  });
});

describe('the sustainable rate', () => {
  test('is found by bisection to the precision of its trials', async () => {
    const asked: number[] = [];
    const found = await findSustainable(1000, 7, async (rate) => {
      asked.push(rate);
      return rate <= 640;
    });
    expect(asked).toHaveLength(8);
    expect(asked.at(-1)).toBe(found.rowsPerSecond);
    expect(found.rowsPerSecond).toBeLessThanOrEqual(640);
    expect(found.rowsPerSecond).toBeGreaterThan(640 - 1000 / 2 ** 7 - 1);
  });

  test('is not one that passed by luck', async () => {
    let trials = 0;
    const found = await findSustainable(1000, 7, async (rate) => {
      trials++;
      // Lucky at 500, 750 and 875.
      return trials <= 3 || rate <= 640;
    });
    expect(found.rowsPerSecond).toBeLessThanOrEqual(640);
    expect(found.rowsPerSecond).toBeGreaterThan(640 * 0.9 - 1);
    expect(found.trials).toBe(trials);
  });

  test('is an error when no trial passed', async () => {
    await expect(findSustainable(1000, 3, async () => false)).rejects.toThrow(/3 trials/);
  });
});

test('a histogram counts tenths of a microsecond to three digits', () => {
  const latencies = new Latencies();
  for (let i = 1; i <= 1000; i++) latencies.record(i / 1000);
  latencies.record(1e9);
  const { count, p50, p99, max } = quantilesOf(latencies.encode());
  expect(count).toBe(1001);
  expect(Math.abs(p50 - 501)).toBeLessThan(1);
  expect(Math.abs(p99 - 991)).toBeLessThan(1);
  expect(max).toBeGreaterThanOrEqual(1e8 * 0.999);
});

test('the sum of the rows is that of a plain loop', () => {
  for (const rows of [1, 65_535, 65_536, 200_001]) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += 2 * (i & 0xffff);
    expect(expectedSum(rows)).toBe(sum);
  }
});

test('the settings of a benchmark become overrides, one for each leaf', () => {
  const own = { pool: { threads: 2 }, jobs: { 'a.b': { operators: { sum: { worker: 1 } } } } };
  expect(overridesOf(own)).toEqual([
    '"pool"."threads"=2',
    '"jobs"."a.b"."operators"."sum"."worker"=1',
  ]);
});
