/**
 * One benchmark in a process of its own, so that no other benchmark's type feedback, garbage or warm code touches it; in smoke runs,
 * which measure nothing, all that are asked for of one file.
 * Started by `run-file.ts` with the file's path, `smoke` or `full`, the names and the peers, separated by commas, and values of
 * parameters as JSON; answers by messages, never on stdout.
 */

import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';

import { usedParameters } from './harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from './harness.ts';

/** What the child tells its parent. */
export type BenchMessage = { readonly name: string } & (
  | { readonly kind: 'described'; readonly topology: string; readonly threads: number }
  | Ended
);

/** How one ended. */
type Ended =
  | { readonly kind: 'skipped'; readonly reason: string }
  | {
      readonly kind: 'measured';
      readonly results: readonly BenchResult[];
      readonly parameters: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'failed'; readonly reason: string };

if (process.send !== undefined) {
  const [path = '', size, names = '', peers = '', parameters = '{}'] = process.argv.slice(2);
  const options: BenchOptions = {
    smoke: size === 'smoke',
    peers: peers.split(',').filter(Boolean),
    parameters: JSON.parse(parameters) as Record<string, number>,
  };
  let failed = false;
  for (const name of names.split(',')) {
    const ended = await end(path, name, options);
    failed ||= ended.kind === 'failed';
    await tell({ name, ...ended });
  }
  process.exit(failed ? 1 : 0);
}

/** Resolves when it is sent. */
function tell(message: BenchMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

async function end(path: string, name: string, options: BenchOptions): Promise<Ended> {
  try {
    return await measure(path, name, options);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', reason };
  }
}

async function measure(path: string, name: string, options: BenchOptions): Promise<Ended> {
  const benchmark = await load(path, name);
  if (typeof benchmark === 'string') return { kind: 'skipped', reason: benchmark };
  if (benchmark.name !== name) {
    throw new Error(
      `expected the benchmark's name to be its file's, ${name}, got ${benchmark.name}`,
    );
  }
  const { topology, threads } = benchmark;
  await tell({ name, kind: 'described', topology, threads });
  const cpus = availableParallelism();
  if (cpus < threads) {
    return {
      kind: 'skipped',
      reason: `needs ${threads} threads at once, this machine has ${cpus}`,
    };
  }
  const results = await benchmark.run(options);
  const odd = results.find((result) => !Number.isFinite(result.value));
  if (odd !== undefined)
    throw new Error(`expected a finite value of ${odd.name}, got ${odd.value}`);
  return { kind: 'measured', results, parameters: usedParameters() };
}

/** The benchmark of a file, or why it cannot be loaded: an installed package lacks what only its development needs. */
async function load(path: string, name: string): Promise<Benchmark | string> {
  try {
    const loaded = (await import(pathToFileURL(path).href)) as {
      readonly benchmark?: Benchmark;
      readonly benchmarks?: readonly Benchmark[];
    };
    const found = loaded.benchmark ?? loaded.benchmarks?.find((each) => each.name === name);
    if (found === undefined) throw new Error(`expected ${path} to export a benchmark ${name}`);
    return found;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, missing] = /^Cannot find package '([^']+)'/.exec(message) ?? [];
    if (code !== 'ERR_MODULE_NOT_FOUND' || missing === undefined || path.endsWith('.ts'))
      throw error;
    return `needs the package ${missing}, which is not installed`;
  }
}
