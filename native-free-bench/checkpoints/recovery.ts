/**
 * Time from a crash to the first row behind the restored state, with 100 MB of state over two workers.
 *
 *     2 x (generate -> key group ===> sum -> count), checkpoints to a folder
 *
 * With a new thread (the code of an operator ends it) and without (the code throws). The answer is the number of keys that reach
 * their last sum, each exactly once. Goal: 1 s. There is no ceiling: nothing hand-written does the same.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beside } from '../beside.ts';
import { startEngine } from '../engine.ts';
import { expectAnswer, parameter, spread } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const keyCount = parameter('keys', 2000, 800_000);
const passCount = parameter('passes over the keys', 8, 8);
const rateOfRows = parameter('rows per second', 10_000, 1_000_000);
const runCount = parameter('runs', 1, 5);
/** Checkpoints before the crash: the first is whole. */
const CHECKPOINTS = 2;

/** Milliseconds from the crash to the first row of each subtask that goes on, the earlier one. */
async function recover(options: BenchOptions, how: 'throws' | 'exits'): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-recovery-'));
  const keys = keyCount(options);
  const passes = passCount(options);
  try {
    const checkpoint = { interval: options.smoke ? 50 : 500, directory: join(folder, 'state') };
    const restart = { strategy: 'fixed-delay', attempts: 3, delay: 1 } as const;
    await using engine = await startEngine({
      pool: { threads: 2 },
      jobs: { recovery: { checkpoint, restart } },
    });
    let taken = 0;
    const run = await engine.submit(beside('recovery-job', import.meta.url), {
      parameters: { keys, passes, rowsPerSecond: rateOfRows(options), folder, how },
      onCheckpoint: () => {
        if (++taken === CHECKPOINTS) writeFileSync(join(folder, 'go'), '');
      },
    });
    await run.done;
    const last = (run.collected() as readonly number[]).reduce((sum, one) => sum + one, 0);
    expectAnswer(keys, last, 'keys of recovery');
    const timesIn = (name: string): number[] =>
      readFileSync(join(folder, name), 'utf8').trim().split('\n').map(Number);
    return Math.min(...timesIn('first-rows')) - Math.min(...timesIn('crashed'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const how of ['throws', 'exits'] as const) {
    const times: number[] = [];
    for (let i = 0; i < runCount(options); i++) times.push(await recover(options, how));
    const { median, min, max } = spread(times);
    const name = how === 'throws' ? 'recovery' : 'recovery, with a new thread';
    results.push({ name, unit: 'ms', value: median, ceiling: null, ratio: null, min, max });
  }
  return results;
}

export const benchmark: Benchmark = {
  name: 'recovery',
  topology: '2 x (generate -> key group ===> sum -> count), one of which crashes',
  threads: 2,
  run,
};
