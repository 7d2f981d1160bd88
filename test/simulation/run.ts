/**
 * `npm run simulate -- [seed] [--runs N] [--only kind,kind]`: random small jobs through the real runtime, in one thread, against
 * naive models, or (kind `crashes`) through the whole engine with crashes and a failing disk; one child process per core. The same seed gives the same run. Seeds follow each other from the one given
 * (default 1; `random` draws one). Exits with 1 when a run gave something else than its model, and says how to repeat it.
 */

import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { CRASHES, crashFailureText, simulateCrashes } from './crashes/simulate-crashes.ts';
import { failureText, kindOf, KINDS as KINDS_OF_JOBS, simulate } from './simulate.ts';

const KINDS = [...KINDS_OF_JOBS, CRASHES];

const RUNS = 1000;
const FAILURES_MAX = 5;
const CHILDREN_MAX = 8;
/** Runs of one child: V8 keeps the text of all code that is made from strings, some 200 KB a run. */
const SHARE_RUNS_MAX = 500;

interface Order {
  readonly seed: number;
  readonly runs: number;
  readonly kinds: readonly string[];
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

/** What a child does. */
async function work({ seed, runs, kinds }: Order): Promise<void> {
  for (let i = seed; i < seed + runs; i++) {
    const kind = kindOf(i, kinds);
    if (kind === CRASHES) {
      const failure = await simulateCrashes(i);
      process.send!({ failure: failure && crashFailureText(failure) });
    } else {
      const failure = await simulate(i, kind);
      process.send!({ failure: failure && failureText(failure) });
    }
  }
}

/** Runs a share in a process of its own; true when it came to its end. */
function inChild(share: Order, told: (failure: string | undefined) => void): Promise<boolean> {
  const child = fork(import.meta.filename, [JSON.stringify(share)]);
  child.on('message', ({ failure }: { readonly failure?: string }) => told(failure));
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function main(args: readonly string[]): Promise<number> {
  const order = orderOf(args);
  const { seed, runs, kinds } = order;
  const children = Math.min(availableParallelism(), CHILDREN_MAX);
  const shareRuns = Math.min(SHARE_RUNS_MAX, Math.ceil(runs / children));
  const startedMs = performance.now();
  process.stdout.write(`seed ${seed}, ${runs} runs of ${kinds.join(', ')}\n`);
  let next = seed;
  let done = 0;
  let failures = 0;
  let broken = false;
  const told = (failure: string | undefined): void => {
    done++;
    if (failure === undefined) return;
    failures++;
    process.stdout.write(`\n${failure}\n`);
  };
  const one = async (): Promise<void> => {
    while (next < seed + runs && failures < FAILURES_MAX && !broken) {
      const from = next;
      next = Math.min(from + shareRuns, seed + runs);
      if (!(await inChild({ seed: from, runs: next - from, kinds }, told))) broken = true;
    }
  };
  await Promise.all(Array.from({ length: children }, one));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${done} runs, ${failures} failures, ${seconds} s\n`);
  return failures > 0 || broken || done < runs ? 1 : 0;
}

const [share] = process.argv.slice(2);
if (process.send !== undefined && share !== undefined) {
  await work(JSON.parse(share) as Order);
  process.disconnect?.();
} else process.exitCode = await main(process.argv.slice(2));
