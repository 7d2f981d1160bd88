/** Cases: user code that does not return. Prints one JSON line. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from 'millrace';
import type { StuckStep } from 'millrace';
import type { Plain } from '../../../src/operators/index.ts';
import { reportOf, runCases, waitFor } from '../../support/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-watchdog-'));
const job = (name: string): URL => new URL(`../jobs/${name}.ts`, import.meta.url);
const restart = { strategy: 'fixed-delay', delay: 1, attempts: 1 } as const;

/** An engine, and what it says of steps. */
interface Watched {
  readonly engine: Engine;
  readonly steps: StuckStep[];
  readonly messages: string[];
}

async function watched(action: 'warn' | 'fail'): Promise<Watched> {
  const steps: StuckStep[] = [];
  const messages: string[] = [];
  const engine = await Engine.start({
    config: {
      pool: { threads: 2, watchdog: { stepTimeout: 800, action } },
      jobs: {
        stuck: { restart, operators: { made: { worker: 1 }, holding: { worker: 1 } } },
        measure: { restart, operators: { measured: { worker: 0 } } },
      },
    },
    onStuckStep: (step) => void steps.push(step),
    log: ({ message }) => void messages.push(message),
  });
  return { engine, steps, messages };
}
const failing = await watched('fail');
const warning = await watched('warn');
const other = await failing.engine.submit(job('measure'), { parameters: { rows: 1000 } });

let logs = 0;
async function holds(how: string, on: Watched): Promise<Record<string, unknown>> {
  const { engine, steps, messages } = on;
  steps.length = 0;
  messages.length = 0;
  const parameters: Record<string, Plain> = { how, times: 1, log: join(folder, `${logs++}.log`) };
  const run = await engine.submit(job('stuck'), { parameters });
  const result = await run.done;
  if (on === warning) {
    await waitFor(() => messages.includes('step returned'), 'its return is told');
  }
  return {
    state: result.state,
    failures: run.failures.map(({ error }) => reportOf(error)),
    rows: run.collected().length,
    steps: steps.map(({ stack, ...step }) => ({ ...step, innermost: stack[0] })),
    messages: messages.filter((message) => message.startsWith('step')),
    alive: engine.workers().map(({ alive }) => alive),
  };
}

/** What became of the job on the thread that nobody held. */
async function neighbour(): Promise<unknown> {
  const { restarts, state } = await other.done;
  return { restarts, state, rows: other.collected().map((row) => (row as { n: number }).n) };
}

/** Workers that have nothing to do turn from time to time, and are left alone. */
async function parked(): Promise<unknown> {
  const { engine, steps } = failing;
  const turns = engine.workers().map((worker) => worker.turns);
  const before = steps.length;
  await new Promise((resolve) => setTimeout(resolve, 2600));
  await waitFor(
    () => engine.workers().every((worker, id) => worker.turns > turns[id]!),
    'they still turn',
  );
  return { steps: steps.slice(before), alive: engine.workers().map(({ alive }) => alive) };
}

await runCases({
  loop: () => holds('loop', failing),
  regex: () => holds('regex', failing),
  wait: () => holds('wait', failing),
  neighbour,
  slowAndParked: async () => {
    const [slow, idle] = await Promise.all([holds('slow', warning), parked()]);
    return { slow, parked: idle };
  },
  close: async () => void (await Promise.all([failing.engine.close(), warning.engine.close()])),
});
rmSync(folder, { recursive: true });
