/**
 * What a user waits for: from starting the command to the first row that its job prints. Beside it, as ceiling, a Node process that
 * prints the same and does nothing else.
 *
 *     shell -> node -> millrace run -> engine -> worker 0: one row -> print -> stdout
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beside, execArgvOf } from '../beside.ts';
import { expectAnswer, pairs, parameter } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const pairCount = parameter('pairs', 1, 7);
const COMMAND = fileURLToPath(import.meta.resolve('#src/cli/cli-main'));

/** Milliseconds until a Node process with these arguments has printed `ready`. */
async function untilFirstOutput(...argv: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 2] });
  const ended = once(child, 'exit');
  const [first] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string];
  const elapsedMs = performance.now() - startMs;
  expectAnswer('ready\n', first, 'first output');
  await ended;
  return elapsedMs;
}

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const job = fileURLToPath(beside('first-output-job', import.meta.url));
  const command = [...execArgvOf(import.meta.url), COMMAND, 'run', job, '--quiet'];
  const runCommand = (): Promise<number> => untilFirstOutput(...command);
  // The first run fills the compile cache, as the first run after an installation does.
  const first = await runCommand();
  const plain = (): Promise<number> => untilFirstOutput('-e', 'process.stdout.write("ready\\n")');
  const found = await pairs(runCommand, plain, pairCount(options));
  return [
    {
      name: 'first-output',
      unit: 'ms',
      value: found.a.median,
      ceiling: found.b.median,
      ratio: found.ratio.median,
      min: found.a.min,
      max: found.a.max,
      first,
    },
  ];
}

export const benchmark: Benchmark = {
  name: 'first-output',
  topology: 'shell -> node -> millrace run -> engine -> worker 0: one row -> print -> stdout',
  threads: 2,
  run,
};
