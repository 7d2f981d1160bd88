/** Latency at fixed shares of the sustainable rate, beside what the machine itself took away meanwhile. */

import { parameter } from '../harness.ts';
import type { BenchOptions, BenchResult } from '../harness.ts';
import { quantilesOf } from './histogram.ts';
import type { Quantiles } from './histogram.ts';
import { withHiccups } from './hiccups.ts';
import { findSustainable, QUEUE_MS } from './sustainable.ts';

/** Shares of the sustainable rate in percent. */
const LOADS = [10, 50, 80];

/** One run at a rate. */
export interface Load {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Rows due before are not timed. */
  readonly warmMs: number;
}

/** What a run comes to: encoded histograms. */
export interface LoadAnswer {
  readonly latency: string;
  /** Of the last third of the time. */
  readonly lastThird: string;
}

/** What is measured. */
export interface LatencyBenchmark {
  readonly name: string;
  /** Runs one load and checks its answer. */
  readonly run: (load: Load) => Promise<LoadAnswer>;
  /** Rows per second in a closed loop of so many rows. */
  readonly closedLoop: (rows: number) => Promise<number>;
  /** Bars at 50 % load, in microseconds. */
  readonly goals: { readonly p50?: number; readonly p99: number };
}

const closedRows = parameter('rows of the closed loop', 20_000, 8_000_000);
const trialCount = parameter('bisection steps', 1, 7);
const trialMs = parameter('ms of a trial', 200, 2500);
const runMs = parameter('ms of a run', 300, 8000);
const warmMs = parameter('ms of warm-up', 100, 1000);
/** Offered by a smoke run, which finds nothing out. */
const SMOKE_ROWS_PER_SECOND = 20_000;

/** Finds the sustainable rate, then runs the loads; one result a load, its value is the 99th percentile in us. */
export async function measureLoads(
  benchmark: LatencyBenchmark,
  options: BenchOptions,
): Promise<BenchResult[]> {
  const { name, run, goals } = benchmark;
  const warm = warmMs(options);
  const load = (rowsPerSecond: number, timedMs: number): Load => ({
    rows: Math.max(1, Math.round((rowsPerSecond * (warm + timedMs)) / 1000)),
    rowsPerSecond,
    warmMs: warm,
  });
  const closed = await benchmark.closedLoop(closedRows(options));
  const milliseconds = trialMs(options);
  const found = await findSustainable(
    options.smoke ? SMOKE_ROWS_PER_SECOND : closed * 1.1,
    trialCount(options),
    async (rate) => {
      const { lastThird } = await run(load(rate, milliseconds));
      return options.smoke || quantilesOf(lastThird).p50 <= QUEUE_MS * 1000;
    },
  );
  const results: BenchResult[] = [];
  for (const percent of options.smoke ? [50] : LOADS) {
    const rowsPerSecond = Math.round((found.rowsPerSecond * percent) / 100);
    const { result, hiccups } = await withHiccups(() => run(load(rowsPerSecond, runMs(options))));
    const quantiles = quantilesOf(result.latency);
    results.push({
      ...resultOf(`${name}-${percent}`, quantiles, hiccups),
      quantiles,
      hiccups,
      rowsPerSecond,
      sustainableRowsPerSecond: found.rowsPerSecond,
      closedLoopRowsPerSecond: Math.round(closed),
      ...(percent === 50 ? { goals } : {}),
    });
  }
  return results;
}

/** The 99th percentile, against that of the hiccups. */
function resultOf(name: string, quantiles: Quantiles, hiccups: Quantiles): BenchResult {
  return { name, unit: 'us', value: quantiles.p99, ceiling: hiccups.p99, ratio: null };
}
