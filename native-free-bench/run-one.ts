/**
 * One benchmark in a process of its own, so that no other benchmark's type feedback, garbage or warm code touches it.
 * Started by `run.ts` with the file's path and `smoke` or `full`; answers by messages, never on stdout.
 */

import { availableParallelism } from 'node:os';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { usedParameters } from './harness.ts';
import type { Benchmark, BenchResult } from './harness.ts';

/** What the child tells its parent. */
export type BenchMessage =
  | { readonly kind: 'described'; readonly topology: string; readonly threads: number }
  | { readonly kind: 'skipped'; readonly reason: string }
  | {
      readonly kind: 'measured';
      readonly results: readonly BenchResult[];
      readonly parameters: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'failed'; readonly reason: string };

if (process.send !== undefined) {
  const [path = '', size] = process.argv.slice(2);
  let outcome: BenchMessage;
  try {
    outcome = await measure(path, size === 'smoke');
  } catch (error) {
    outcome = {
      kind: 'failed',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  process.send(outcome, () => process.exit(outcome.kind === 'failed' ? 1 : 0));
}

async function measure(path: string, smoke: boolean): Promise<BenchMessage> {
  const loaded = await load(path);
  if (typeof loaded === 'string') return { kind: 'skipped', reason: loaded };
  const benchmark = loaded;
  const name = basename(path, extname(path));
  if (benchmark.name !== name) {
    throw new Error(
      `expected the benchmark's name to be its file's, ${name}, got ${benchmark.name}`,
    );
  }
  const { topology, threads } = benchmark;
  const described: BenchMessage = { kind: 'described', topology, threads };
  process.send!(described);
  const cpus = availableParallelism();
  if (cpus < threads) {
    return {
      kind: 'skipped',
      reason: `needs ${threads} threads at once, this machine has ${cpus}`,
    };
  }
  const results = await benchmark.run({ smoke });
  const odd = results.find((result) => !Number.isFinite(result.value));
  if (odd !== undefined)
    throw new Error(`expected a finite value of ${odd.name}, got ${odd.value}`);
  return { kind: 'measured', results, parameters: usedParameters() };
}

/** The benchmark of a file, or why it cannot be loaded: an installed package lacks what only its development needs. */
async function load(path: string): Promise<Benchmark | string> {
  try {
    return ((await import(pathToFileURL(path).href)) as { benchmark: Benchmark }).benchmark;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, missing] = /^Cannot find package '([^']+)'/.exec(message) ?? [];
    if (code !== 'ERR_MODULE_NOT_FOUND' || missing === undefined || path.endsWith('.ts'))
      throw error;
    return `needs the package ${missing}, which is not installed`;
  }
}
