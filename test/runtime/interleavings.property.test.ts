/** Law of one-thread runs: what a job gives depends on its input alone, not on the order of the steps. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect, generator } from '../../src/connectors/index.ts';
import { job } from '../../src/graph/index.ts';
import type { Job } from '../../src/graph/index.ts';
import { f64, i32, record } from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

const Reading = record('Reading', { key: i32, value: f64 });

function readings(
  count: number,
  splits: number,
): ReturnType<typeof generator<{ key: number; value: number }>> {
  return generator({
    type: Reading,
    count,
    splits,
    row: (i, out) => {
      out.key = i % 7;
      out.value = i;
      return out;
    },
  });
}

const ROWS = 600;

/** filter, map, keyed sum; the last sum of a key is the sum of all its values. */
const keyedSum: Job = job('keyed-sum', (env) => {
  env
    .fromSource(readings(ROWS, 4))
    .filter((row) => row.value % 3 !== 0)
    .map((row) => ({ key: row.key, value: row.value * 2 }), Reading)
    .keyBy('key')
    .sum('value')
    .sinkTo(collect());
});

function expectedSums(): Map<number, number> {
  const sums = new Map<number, number>();
  for (let i = 0; i < ROWS; i++) {
    if (i % 3 !== 0) sums.set(i % 7, (sums.get(i % 7) ?? 0) + 2 * i);
  }
  return sums;
}

/** A source that splits into two paths that meet again. */
const diamond: Job = job('diamond', (env) => {
  const source = env.fromSource(readings(ROWS, 2));
  const even = source.filter((row) => row.value % 2 === 0).rebalance();
  const odd = source
    .filter((row) => row.value % 2 === 1)
    .map((row) => ({ key: row.key, value: -row.value }), Reading)
    .rebalance();
  even.union(odd).keyBy('key').sum('value').sinkTo(collect());
});

/** One row becomes many: far more than the rings hold. */
const burst: Job = job('burst', (env) => {
  env
    .fromSource(readings(6, 1))
    .flatMap<{ key: number; value: number }>((row, out) => {
      for (let i = 0; i < 2000; i++) out.collect({ key: i % 5, value: row.value });
    }, Reading)
    .keyBy('key')
    .sum('value')
    .sinkTo(collect());
});

/** Parallelism 1 → p → 1. */
const hourglass: Job = job('hourglass', (env) => {
  env
    .fromSource(readings(ROWS, 4))
    .setParallelism(1)
    .rebalance()
    .map((row) => ({ key: row.key, value: row.value + 1 }), Reading)
    .keyBy('key')
    .sum('value')
    .setParallelism(1)
    .sinkTo(collect())
    .setParallelism(1);
});

/** The largest value seen of each key: with positive values the final sum. */
function finals(rows: readonly unknown[] | undefined): Map<number, number> {
  const last = new Map<number, number>();
  for (const row of (rows ?? []) as { key: number; value: number }[]) last.set(row.key, row.value);
  return last;
}

const options = fc.record({
  seed: fc.integer(),
  parallelism: fc.constantFrom(1, 2, 4),
  chaining: fc.boolean(),
  codegen: fc.boolean(),
  ringBytes: fc.constantFrom(4096, 8192, 65_536),
  stepRowsMax: fc.constantFrom(1, 3, 64, 1024),
  guardRows: fc.boolean(),
  refuseSteps: fc.boolean(),
});

describe('a job in one thread, in any order of steps', () => {
  it('gives the keyed sums of the model', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        const { collected } = await runJob(keyedSum, chosen);
        expect(collected['default']).toHaveLength(400);
        expect(finals(collected['default'])).toEqual(expectedSums());
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the order of rows per key and channel', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        const { collected } = await runJob(keyedSum, { ...chosen, parallelism: 1 });
        const last = new Map<number, number>();
        for (const { key, value } of collected['default'] as { key: number; value: number }[]) {
          expect(value).toBeGreaterThan(last.get(key) ?? -1);
          last.set(key, value);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('joins a diamond without a deadlock and without losing a row', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        const { collected } = await runJob(diamond, chosen);
        const rows = collected['default'] as { key: number; value: number }[];
        expect(rows).toHaveLength(ROWS);
        const expected = new Map<number, number>();
        for (let i = 0; i < ROWS; i++) {
          expected.set(i % 7, (expected.get(i % 7) ?? 0) + (i % 2 === 0 ? i : -i));
        }
        expect(finals(rows)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('survives a flatMap that emits far more than its rings hold', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        const { collected } = await runJob(burst, chosen);
        const rows = collected['default']!;
        expect(rows).toHaveLength(12_000);
        expect(finals(rows)).toEqual(new Map([0, 1, 2, 3, 4].map((key) => [key, 400 * 15])));
      }),
      { numRuns: 12 },
    );
  });

  it('runs 1 to p to 1', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        const { collected } = await runJob(hourglass, chosen);
        expect(collected['default']).toHaveLength(ROWS);
        const expected = new Map<number, number>();
        for (let i = 0; i < ROWS; i++) expected.set(i % 7, (expected.get(i % 7) ?? 0) + i + 1);
        expect(finals(collected['default'])).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
