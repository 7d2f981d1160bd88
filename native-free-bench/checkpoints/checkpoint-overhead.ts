/**
 * What checkpoints cost: rows per second with one every second, against none, at 100 MB of state over two workers.
 *
 *     2 x (generate -> key group ===> sum -> count), checkpoints to a folder
 *
 * Two loads: a tenth of the keys is updated, and all of them are. The first third of the rows is not timed: it brings the state to
 * its size, and its checkpoints are whole. Also given: the longest time between two looks at the rows of a
 * subtask, with checkpoints and without (the machine's own pauses are in both), and the bytes of the first, whole checkpoint
 * and of those after it. The answer is the number of rows. Goals: ≥ 0.95 times the rows, no pause above 10 ms.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beside } from '../beside.ts';
import { startEngine } from '../engine.ts';
import { expectAnswer, pairs, parameter, spread } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import type { Load, SinkAnswer } from './checkpoint-overhead-rows.ts';

/** Part of the rows that is not timed. */
const WARM = 1 / 3;

const rowCount = parameter('rows per run', 60_000, 30_000_000);
const keyCount = parameter('keys', 2000, 800_000);
const intervalMs = parameter('checkpoint interval, ms', 20, 1000);
const pairCount = parameter('pairs', 1, 5);

interface Measured {
  readonly rate: number;
  readonly longestGapMs: number;
  /** Of each checkpoint. */
  readonly bytes: readonly number[];
}

/** @param interval undefined: no checkpoints */
async function measure(
  load: Load,
  rows: number,
  keys: number,
  interval: number | undefined,
): Promise<Measured> {
  const warm = Math.max(keys, Math.round(rows * WARM));
  const directory = mkdtempSync(join(tmpdir(), 'millrace-overhead-'));
  const bytes: number[] = [];
  try {
    const checkpoint = interval === undefined ? {} : { checkpoint: { interval, directory } };
    await using engine = await startEngine({
      pool: { threads: 2 },
      jobs: { 'checkpoint-overhead': checkpoint },
    });
    const run = await engine.submit(beside('checkpoint-overhead-job', import.meta.url), {
      parameters: { rows, keys, load, warm },
      onCheckpoint: (info) => void bytes.push(info.bytes),
    });
    await run.done;
    const found = run.collected() as readonly SinkAnswer[];
    const counted = found.reduce((sum, one) => sum + one.rows, 0);
    expectAnswer(rows, counted, 'rows of checkpoint-overhead');
    const from = Math.min(...found.map(({ firstMs }) => firstMs));
    const to = Math.max(...found.map(({ lastMs }) => lastMs));
    const longestGapMs = Math.max(...found.map((one) => one.longestGapMs));
    return { rate: ((rows - warm) / (to - from)) * 1000, longestGapMs, bytes };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureLoad(load: Load, options: BenchOptions): Promise<BenchResult> {
  const [rows, keys, interval] = [rowCount(options), keyCount(options), intervalMs(options)];
  const gaps = { with: [] as number[], without: [] as number[] };
  const whole: number[] = [];
  const later: number[] = [];
  const found = await pairs(
    async () => {
      const { rate, longestGapMs, bytes } = await measure(load, rows, keys, interval);
      gaps.with.push(longestGapMs);
      const [first, ...others] = bytes;
      if (first !== undefined) whole.push(first);
      later.push(...others);
      return rate;
    },
    async () => {
      const { rate, longestGapMs } = await measure(load, rows, keys, undefined);
      gaps.without.push(longestGapMs);
      return rate;
    },
    pairCount(options),
  );
  return {
    name:
      load === 'hot' ? 'checkpoint-overhead, a tenth of the keys' : 'checkpoint-overhead, all keys',
    unit: 'rows/s',
    value: found.a.median,
    ceiling: found.b.median,
    ratio: found.ratio.median,
    ratioMin: found.ratio.min,
    ratioMax: found.ratio.max,
    longestPauseMs: spread(gaps.with).median,
    longestPauseWithoutMs: spread(gaps.without).median,
    checkpoints: later.length + whole.length,
    firstCheckpointBytes: whole.length === 0 ? null : spread(whole).median,
    laterCheckpointBytes: later.length === 0 ? null : spread(later).median,
  };
}

export const benchmark: Benchmark = {
  name: 'checkpoint-overhead',
  topology: '2 x (generate -> key group ===> sum -> count), with checkpoints against without',
  threads: 2,
  run: async (options) => [
    await measureLoad('hot', options),
    await measureLoad('uniform', options),
  ],
};
