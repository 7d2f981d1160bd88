/**
 * Count and sum by key and tumbling window when three rows of four are of one key: two threads against one.
 *
 *     worker 0: generate -> fold  ═══ key group ═══  window      (twice, on worker 0 and worker 1)
 *
 * Rows are folded before they are spread, so the hot key loads both threads. Also given: the same without that fold. Goal:
 * two threads ≥ 1.5 times one.
 */

import { beside } from '../beside.ts';
import { pairs, parameter } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { runSteady } from './steady-run.ts';

const rowCount = parameter('rows per run', 200_000, 30_000_000);
const pairCount = parameter('pairs', 1, 5);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  let total = 0;
  for (let i = 0; i < rows; i++) total += i % 1000;
  const expected = { n: rows, total };
  const runOn = (threads: number, preAggregate: 'on' | 'off') => (): Promise<number> =>
    runSteady({
      module: beside('hot-key-job', import.meta.url),
      job: 'hot-key',
      threads,
      parameters: { rows, preAggregate },
      expected,
    });
  const results: BenchResult[] = [];
  for (const preAggregate of ['on', 'off'] as const) {
    const two = runOn(2, preAggregate);
    const found = await pairs(two, runOn(1, preAggregate), pairCount(options));
    results.push({
      name: preAggregate === 'on' ? 'hot-key' : 'hot-key, not folded before',
      unit: 'rows/s',
      value: found.a.median,
      ceiling: found.b.median,
      ratio: found.ratio.median,
      ratioMin: found.ratio.min,
      ratioMax: found.ratio.max,
    });
  }
  return results;
}

export const benchmark: Benchmark = {
  name: 'hot-key',
  topology: '2 x (generate -> fold === key group ===> tumbling 10 s) against 1 x',
  threads: 2,
  run,
};
