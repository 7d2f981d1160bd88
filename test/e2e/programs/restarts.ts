/** Cases: jobs that fail and are started again. Prints one JSON line. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput, JobState } from 'millrace';
import { Engine } from 'millrace';
import { failureOf, runCases, waitFor } from '../../support/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-restarts-'));
const job = new URL('../jobs/recovering.ts', import.meta.url);
type Restart = NonNullable<NonNullable<ConfigInput['jobs']>[string]['restart']>;

let logs = 0;
async function attempt(restart: Restart, how: string, times: number): Promise<unknown> {
  await using engine = await Engine.start({
    config: { pool: { threads: 1 }, jobs: { recovering: { restart } } },
  });
  const seen: JobState[] = [];
  const parameters = { how, times, log: join(folder, `${logs++}.log`) };
  const run = await engine.submit(job, { parameters, onState: (state) => void seen.push(state) });
  const result = await run.done.catch(() => undefined);
  return {
    seen,
    restarts: result?.restarts,
    failures: run.failures.map(({ error, restartDelayMs }) => ({
      code: (error as { code?: string }).code,
      restartDelayMs,
    })),
    history: run.failures.map(({ attempt: number, operator, subtask, recovery }) => ({
      attempt: number,
      operator,
      subtask,
      recovered: recovery !== undefined && recovery.durationMs >= 0 && recovery.redoneMs >= 0,
    })),
    // Rows before the failure came once in each attempt, those behind it once.
    collected: run.collected().length,
    jobs: engine.jobs.length,
  };
}

/** The configuration leaves the row out at which the code throws. */
async function leavesOut(): Promise<unknown> {
  await using engine = await Engine.start({
    config: {
      pool: { threads: 1 },
      jobs: { recovering: { operators: { shaky: { onBadRow: 'skip' } } } },
    },
  });
  const told: unknown[] = [];
  const parameters = { how: 'throw', times: 1, log: join(folder, `${logs++}.log`) };
  const run = await engine.submit(job, { parameters, onBadRow: (error) => told.push(error.place) });
  const { state, restarts, metrics } = await run.done;
  const { badRows } = metrics.totals;
  return { state, restarts, badRows, collected: run.collected().length, told };
}

/** It names an operator that cannot. */
async function cannotLeaveOut(): Promise<unknown> {
  await using engine = await Engine.start({
    config: {
      pool: { threads: 1 },
      jobs: { recovering: { operators: { collect: { onBadRow: 'skip' } } } },
    },
  });
  const parameters = { how: 'throw', times: 1, log: join(folder, `${logs++}.log`) };
  return await failureOf(engine.submit(job, { parameters }));
}

async function canceledWhileWaiting(): Promise<unknown> {
  const restart: Restart = { strategy: 'fixed-delay', delay: '1h' };
  await using engine = await Engine.start({
    config: { pool: { threads: 1 }, jobs: { recovering: { restart } } },
  });
  const run = await engine.submit(job, {
    parameters: { how: 'throw', times: 1, log: join(folder, `${logs++}.log`) },
  });
  await waitFor(() => run.state === 'restarting', 'it waits');
  await run.cancel();
  return { state: (await run.done).state, jobs: engine.jobs.length };
}

async function wrongSetting(): Promise<unknown> {
  const restart: Restart = { strategy: 'fixed-delay', maxBackoff: '1s' };
  return failureOf(Engine.start({ config: { jobs: { recovering: { restart } } } }));
}

const fixed = { strategy: 'fixed-delay', delay: 1, attempts: 2 } as const;
await runCases({
  throws: () => attempt(fixed, 'throw', 2),
  exits: () => attempt(fixed, 'exit', 1),
  givesUp: () => attempt(fixed, 'throw', 3),
  none: () => attempt({}, 'throw', 1),
  canceledWhileWaiting,
  leavesOut,
  cannotLeaveOut,
  wrongSetting,
});
rmSync(folder, { recursive: true });
