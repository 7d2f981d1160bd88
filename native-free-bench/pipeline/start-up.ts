/**
 * Time from `engine.submit` to the first row at the sink, with workers that were never used and with warm ones.
 *
 *     submit -> plan -> place -> deploy === mailboxes ===> worker 0: one -> map === ring ===> worker 1: sum -> collect
 *
 * Cold: the engine was started just before, so its threads start and import the package meanwhile. Warm: the same job ran
 * before. Goals: cold ≤ 250 ms, warm ≤ 30 ms. There is no ceiling: nothing hand-written does the same.
 *
 * A checkout runs from its sources, where a thread loads some 500 modules one by one; a package is bundled. So in a checkout the
 * package is built as well, and its command measures itself.
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { Engine } from 'millrace';
import { beside, endingOf } from '../beside.ts';
import { builtPackage } from '../built-package.ts';
import { startEngine } from '../engine.ts';
import { expectAnswer, parameter, spread } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const engineCount = parameter('engines', 1, 7);
const warmCount = parameter('warm submissions', 2, 10);

/** Milliseconds from submission to the first row. */
async function firstRow(engine: Engine): Promise<number> {
  const startMs = performance.now();
  const run = await engine.submit(beside('start-up-job', import.meta.url));
  const rows = run.rows();
  const { value } = await rows.next();
  const elapsedMs = performance.now() - startMs;
  expectAnswer({ n: 2 }, value, 'first row');
  await rows.return();
  await run.done;
  return elapsedMs;
}

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  const operators = { one: { worker: 0 }, sum: { worker: 1 } };
  for (let i = 0; i < engineCount(options); i++) {
    await using engine = await startEngine({
      pool: { threads: 2 },
      jobs: { 'start-up': { operators } },
    });
    cold.push(await firstRow(engine));
    await firstRow(engine);
    for (let j = 0; j < warmCount(options); j++) warm.push(await firstRow(engine));
  }
  // The first engine also pays for the main thread's own imports, which a program pays once.
  const own = [
    result('start-up, cold', cold.length > 1 ? cold.slice(1) : cold, 250),
    result('start-up, warm', warm, 30),
  ];
  const unbuilt = endingOf(import.meta.url) === '.ts';
  return unbuilt && !options.smoke ? [...own, ...packaged()] : own;
}

/** What the built package's own command measures. */
function packaged(): BenchResult[] {
  const { folder, dispose } = builtPackage();
  try {
    const command = join(folder, 'dist', 'cli', 'cli-main.js');
    const text = execFileSync(process.execPath, [command, 'bench', 'start-up', '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { results } = JSON.parse(text) as { readonly results: readonly BenchResult[] };
    expectAnswer(2, results.length, 'results of the built package');
    return results.map((one) => ({ ...one, name: `${one.name}, built package` }));
  } finally {
    dispose();
  }
}

function result(name: string, samples: readonly number[], goalMs: number): BenchResult {
  const { median, min, max } = spread(samples);
  return { name, unit: 'ms', value: median, ceiling: null, ratio: null, min, max, goalMs };
}

export const benchmark: Benchmark = {
  name: 'start-up',
  topology: 'submit -> deploy -> worker 0: one -> map === ring ===> worker 1: sum -> collect',
  threads: 2,
  run,
};
