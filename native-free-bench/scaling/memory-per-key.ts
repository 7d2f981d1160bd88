/**
 * Resident memory of the whole process at 10^5, 10^6 and 10^7 keys of a rolling sum: a process of its own for each.
 *
 *     worker 0: generate === key group ===> sum of each key
 *
 * The value is the most that was resident. Beside it: what was resident before the job, the difference by key, and the engine's own
 * account of its state.
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beside, execArgvOf } from '../beside.ts';
import { parameter } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const keysMost = parameter('most keys', 10_000, 10_000_000);
/** Sizes of a run: a tenth each of the next. */
const SIZES = 3;
const MIB = 1024 * 1024;

interface Memory {
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly stateBytes: number;
}

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const most = keysMost(options);
  const results: BenchResult[] = [];
  for (let i = options.smoke ? 0 : SIZES - 1; i >= 0; i--) {
    const keys = most / 10 ** i;
    const { idleBytes, peakBytes, stateBytes } = await measure(keys);
    results.push({
      name: `memory-${keys}-keys`,
      unit: 'MiB',
      value: peakBytes / MIB,
      ceiling: null,
      ratio: null,
      keys,
      idleMiB: idleBytes / MIB,
      bytesPerKey: Math.round((peakBytes - idleBytes) / keys),
      stateBytesPerKey: Math.round(stateBytes / keys),
    });
  }
  return results;
}

function measure(keys: number): Promise<Memory> {
  const { promise, resolve, reject } = Promise.withResolvers<Memory>();
  const entry = fileURLToPath(beside('memory-child-main', import.meta.url));
  const child = fork(entry, [String(keys)], {
    execArgv: [...execArgvOf(import.meta.url)],
    stdio: ['ignore', 2, 'inherit', 'ipc'],
  });
  let memory: Memory | undefined;
  child.on('message', (message: Memory) => {
    memory = message;
  });
  child.on('error', reject);
  child.on('exit', (code) => {
    if (memory !== undefined) resolve(memory);
    else
      reject(new Error(`expected the process with ${keys} keys to answer, it ended with ${code}`));
  });
  return promise;
}

export const benchmark: Benchmark = {
  name: 'memory-per-key',
  topology: 'a process for each: worker 0: generate === key group ===> sum of each key',
  threads: 1,
  run,
};
