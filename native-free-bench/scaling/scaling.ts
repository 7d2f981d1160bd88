/**
 * What another worker thread brings: the same job on 2, 4, … workers against one.
 *
 *     generate -> map   === key group ===>   sum -> last sum of each key        (each as often as there are workers)
 *
 * The map takes some 100 ns a row. Keys are uniform, or three rows of four are of one key, whose sum one worker has to do alone. The
 * answer is the number of rows and the total. Goal: two workers ≥ 1.7 times one with uniform keys.
 */

import { availableParallelism } from 'node:os';
import { beside } from '../beside.ts';
import { pairs, parameter } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { runSteady } from '../pipeline/steady-run.ts';
import { expectedScaling } from './scaling-rows.ts';
import type { ScalingAnswer, Spread } from './scaling-rows.ts';

const rowCount = parameter('rows per run', 100_000, 12_000_000);
const pairCount = parameter('pairs', 1, 7);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const expected = expectedScaling(rows);
  const runOn = (threads: number, spread: Spread) => (): Promise<number> =>
    runSteady({
      module: beside('scaling-job', import.meta.url),
      job: 'scaling',
      threads,
      parameters: { rows, spread },
      expected,
      answerOf: (collected) => sumOf(collected as readonly ScalingAnswer[]),
    });
  const results: BenchResult[] = [];
  for (let threads = 2; threads <= (options.smoke ? 2 : availableParallelism()); threads *= 2) {
    for (const spread of ['uniform', 'skewed'] as const) {
      const found = await pairs(runOn(threads, spread), runOn(1, spread), pairCount(options));
      results.push({
        name: `scaling-${spread}-${threads}`,
        unit: 'rows/s',
        value: found.a.median,
        ceiling: found.b.median,
        ratio: found.ratio.median,
        ratioMin: found.ratio.min,
        ratioMax: found.ratio.max,
        workers: threads,
      });
    }
  }
  return results;
}

function sumOf(parts: readonly ScalingAnswer[]): ScalingAnswer {
  return parts.reduce((a, b) => ({ n: a.n + b.n, total: a.total + b.total }));
}

export const benchmark: Benchmark = {
  name: 'scaling',
  topology: 'N x (generate -> map === key group ===> sum) against 1 x',
  threads: 2,
  run,
};
