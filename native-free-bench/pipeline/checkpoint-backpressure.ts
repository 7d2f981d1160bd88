/**
 * How long a checkpoint takes while all rings are full behind a slow operator: barriers that overtake rows against aligned ones.
 *
 *     worker 0: generate ═══ rebalance ═══ pass on ═══ key group ═══ sum -> slow -> collect      (twice, on worker 0 and worker 1)
 *
 * Each run fills the rings, asks for one checkpoint, then lets the rest run fast and checks the sums. The state is small: the time is that
 * of the barriers, and for unaligned ones of writing the rows on their way. Goal: unaligned within 1 s, however slow the sink.
 */

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beside } from '../beside.ts';
import { startEngine } from '../engine.ts';
import { expectAnswer, pairs, parameter, spread } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const JOB = 'checkpoint-backpressure';
const KEYS = 64;
const GOAL_MS = 1000;
const rowCount = parameter('rows per run', 40_000, 80_000);
const sinkUs = parameter('microseconds of the sink a row', 20, 1000);
const fillMs = parameter('ms until the rings are full', 300, 1500);
const pairCount = parameter('pairs', 1, 5);

interface Checkpoint {
  readonly durationMs: number;
  readonly bytes: number;
}

/** One checkpoint of a job whose rings are full. */
async function take(mode: 'aligned' | 'unaligned', options: BenchOptions): Promise<Checkpoint> {
  const folder = mkdtempSync(join(tmpdir(), `${JOB}-`));
  const fast = join(folder, 'fast');
  try {
    await using engine = await startEngine({
      pool: { threads: 2 },
      jobs: { [JOB]: { checkpoint: { directory: folder, mode } } },
    });
    const rows = rowCount(options);
    const run = await engine.submit(beside(`${JOB}-job`, import.meta.url), {
      parallelism: 2,
      parameters: { rows, sinkMs: sinkUs(options) / 1000, fast },
    });
    while (run.state !== 'running' && run.failures.length === 0) await sleep(10);
    await sleep(fillMs(options));
    const { durationMs, folder: taken } = await run.checkpoint();
    const bytes = readdirSync(taken).reduce(
      (sum, name) => sum + statSync(join(taken, name)).size,
      0,
    );
    writeFileSync(fast, '');
    await run.done;
    const sums = new Map(
      (run.collected() as readonly { key: number; value: number }[]).map(({ key, value }) => [
        key,
        value,
      ]),
    );
    for (let key = 0; key < KEYS; key++) {
      let sum = 0;
      for (let i = key; i < rows; i += KEYS) sum += i;
      expectAnswer(sum, sums.get(key), `sum of key ${key}`);
    }
    return { durationMs, bytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const bytes: number[] = [];
  const alignedBytes: number[] = [];
  const taking = (mode: 'aligned' | 'unaligned', into: number[]) => async (): Promise<number> => {
    const checkpoint = await take(mode, options);
    into.push(checkpoint.bytes);
    return checkpoint.durationMs;
  };
  const found = await pairs(
    taking('unaligned', bytes),
    taking('aligned', alignedBytes),
    pairCount(options),
  );
  return [
    {
      name: JOB,
      unit: 'ms',
      value: found.a.median,
      ceiling: null,
      ratio: found.ratio.median,
      ratioMin: found.ratio.min,
      ratioMax: found.ratio.max,
      max: found.a.max,
      goalMs: GOAL_MS,
      aligned: found.b,
      // Rows on their way, and little else.
      bytes: spread(bytes).median,
      alignedBytes: spread(alignedBytes).median,
    },
  ];
}

export const benchmark: Benchmark = {
  name: JOB,
  topology: '2 x (generate === rebalance === pass on === key group === sum -> slow -> collect)',
  threads: 2,
  run,
};
