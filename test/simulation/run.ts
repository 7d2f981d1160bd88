/**
 * `npm run simulate -- [seed] [--runs N] [--only kind,kind]`: random small jobs through the real runtime, in one thread, against
 * naive models; one child process per core. The same seed gives the same run. Seeds follow each other from the one given
 * (default 1; `random` draws one). Exits with 1 when a run gave something else than its model, and says how to repeat it.
 */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { failureText, kindOf, KINDS, simulate } from './simulate.ts';

const RUNS = 1000;
const FAILURES_MAX = 5;
const CHILDREN_MAX = 8;

interface Order {
  readonly seed: number;
  readonly runs: number;
  readonly kinds: readonly string[];
}

/** What a child does: seeds `first`, `first + step`, … */
interface Share extends Order {
  readonly first: number;
  readonly step: number;
}

function orderOf(args: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { runs: { type: 'string' }, only: { type: 'string' } },
  });
  const [text = '1'] = positionals;
  const seed = text === 'random' ? Date.now() % 2 ** 31 : Number(text);
  const runs = Number(values.runs ?? RUNS);
  const kinds = values.only?.split(',') ?? KINDS;
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new TypeError(`--only ${KINDS.join(',')}, got ${unknown}`);
  if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(runs) || runs < 1) {
    throw new TypeError(
      `expected a seed of 0 or more and --runs of 1 or more, got ${args.join(' ')}`,
    );
  }
  return { seed, runs, kinds };
}

async function work({ seed, runs, kinds, first, step }: Share): Promise<void> {
  let failures = 0;
  for (let i = first; i < runs && failures < FAILURES_MAX; i += step) {
    const failure = await simulate(seed + i, kindOf(seed + i, kinds));
    if (failure !== undefined) failures++;
    process.send!({ failure: failure && failureText(failure) });
  }
}

async function main(args: readonly string[]): Promise<number> {
  const order = orderOf(args);
  const children = Math.min(availableParallelism(), CHILDREN_MAX, order.runs);
  const startedMs = performance.now();
  process.stdout.write(`seed ${order.seed}, ${order.runs} runs of ${order.kinds.join(', ')}\n`);
  let done = 0;
  const failures: string[] = [];
  const shares = Array.from({ length: children }, (_, first): Share => {
    return { ...order, first, step: children };
  });
  const codes = await Promise.all(
    shares.map((share) => {
      const child: ChildProcess = fork(import.meta.filename, [JSON.stringify(share)]);
      child.on('message', ({ failure }: { readonly failure?: string }) => {
        done++;
        if (failure === undefined) return;
        failures.push(failure);
        process.stdout.write(`\n${failure}\n`);
      });
      return new Promise<number>((resolve) => {
        child.on('exit', (code) => resolve(code ?? 1));
      });
    }),
  );
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${done} runs, ${failures.length} failures, ${seconds} s\n`);
  return failures.length > 0 || codes.some((code) => code !== 0) ? 1 : 0;
}

const [share] = process.argv.slice(2);
if (process.send !== undefined && share !== undefined) {
  await work(JSON.parse(share) as Share);
  process.disconnect?.();
} else process.exitCode = await main(process.argv.slice(2));
