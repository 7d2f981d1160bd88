/**
 * Sessions of 100,000 keys, rows half a second out of order, all on one thread: source, exchange and windows.
 *
 *     worker 0: generate === key group ===> sessions -> checksum
 *
 * Goal: ≥ 2 M rows/s.
 */

import { beside } from '../beside.ts';
import { parameter, spread } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { expectedSessions } from './session-window-rows.ts';
import { runSteady } from './steady-run.ts';

const rowCount = parameter('rows per run', 200_000, 20_000_000);
const runCount = parameter('runs', 1, 5);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const expected = expectedSessions(rows);
  const rates: number[] = [];
  for (let i = 0; i < runCount(options); i++) {
    const rate = await runSteady({
      module: beside('session-window-job', import.meta.url),
      job: 'sessions',
      threads: 1,
      parameters: { rows },
      expected,
    });
    rates.push(rate);
  }
  const { median, min, max } = spread(rates);
  return [
    { name: 'session-window', unit: 'rows/s', value: median, ceiling: null, ratio: null, min, max },
  ];
}

export const benchmark: Benchmark = {
  name: 'session-window',
  topology: 'worker 0: generate === key group ===> sessions, gap 1.5 s -> checksum',
  threads: 1,
  run,
};
