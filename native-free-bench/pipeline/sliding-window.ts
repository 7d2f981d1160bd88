/**
 * Count and sum by key: sliding windows of 60 s every second against tumbling windows of 60 s, on the same rows and threads.
 *
 *     worker 0: generate   === key group ===>   worker 1: window -> checksum
 *
 * Every row is in 60 sliding windows and in one tumbling window; sixty times as many results. Goal: ratio ≥ 0.5.
 */

import { beside } from '../beside.ts';
import { pairs, parameter } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { expectedWindows } from './windows-rows.ts';
import { runSteady } from './steady-run.ts';

const SIZE_MS = 60_000;
const SLIDE_MS = 1000;
const rowCount = parameter('rows per run', 200_000, 20_000_000);
const pairCount = parameter('pairs', 1, 5);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const runWith = async (slideMs: number): Promise<() => Promise<number>> => {
    const expected = expectedWindows(rows, SIZE_MS, slideMs);
    return () =>
      runSteady({
        module: beside('windows-job', import.meta.url),
        job: 'windows',
        threads: 2,
        operators: { generate: { worker: 0 }, window: { worker: 1 } },
        parameters: { rows, sizeMs: SIZE_MS, slideMs },
        expected,
      });
  };
  const found = await pairs(await runWith(SLIDE_MS), await runWith(SIZE_MS), pairCount(options));
  return [
    {
      name: 'sliding-window',
      unit: 'rows/s',
      value: found.a.median,
      ceiling: found.b.median,
      ratio: found.ratio.median,
      ratioMin: found.ratio.min,
      ratioMax: found.ratio.max,
    },
  ];
}

export const benchmark: Benchmark = {
  name: 'sliding-window',
  topology: 'worker 0: generate === key group ===> worker 1: sliding 60 s / 1 s -> checksum',
  threads: 2,
  run,
};
