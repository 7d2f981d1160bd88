/** Cases: how jobs and engines begin and end. Prints one JSON line. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from 'millrace';
import type { JobState } from '../../../src/control/index.ts';
import { failureOf, runCases, unhandled, waitFor } from '../../support/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-lifecycle-'));
const job = (name: string): URL => new URL(`../jobs/${name}.ts`, import.meta.url);
const endless = job('endless');
const config = { pool: { threads: 2 } };
const engine = await Engine.start({ config });

async function spinning(on: Engine = engine): ReturnType<Engine['submit']> {
  const run = await on.submit(endless, { parameters: { source: 'spin' } });
  await waitFor(() => run.metrics().totals.sinkRows > 10_000, 'rows flow');
  return run;
}

async function states(end: 'finish' | 'cancel' | 'stop' | 'fail'): Promise<unknown> {
  const seen: JobState[] = [];
  const onState = (state: JobState): void => void seen.push(state);
  if (end === 'finish' || end === 'fail') {
    const shape = end === 'fail' ? 'failing' : 'numbers';
    const run = await engine.submit(end === 'fail' ? job('failing') : job('strain'), {
      parameters: { shape, where: 'map', ...(end === 'fail' ? {} : { rows: 10 }) },
      onState,
    });
    await run.done.catch(() => undefined);
    return { seen, last: run.state, jobs: engine.jobs.length };
  }
  const run = await engine.submit(endless, { parameters: { source: 'spin' }, onState });
  await waitFor(() => run.state === 'running', 'it runs');
  await run[end]();
  const { state } = await run.done;
  return { seen, last: run.state, state, jobs: engine.jobs.length };
}

async function cancelDeploying(): Promise<unknown> {
  const log = join(folder, 'deploying.log');
  const seen: JobState[] = [];
  const run = await engine.submit(job('slow-to-open'), {
    parameters: { log },
    onState: (state) => seen.push(state),
  });
  await waitFor(() => logOf(log).includes('opening'), 'the source opens');
  await run.cancel();
  await waitFor(() => logOf(log).includes('closed'), 'the reader is closed');
  return { seen, log: logOf(log) };
}

function logOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

async function stopDrains(): Promise<unknown> {
  const file = join(folder, 'drained.jsonl');
  const run = await engine.submit(endless, { parameters: { source: 'file', file } });
  await waitFor(() => run.metrics().totals.sinkRows > 5000, 'rows flow');
  await run.stop();
  const { state, metrics } = await run.done;
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  const numbers = rows.map((line) => (JSON.parse(line) as { n: number }).n);
  const made = metrics.operators[0]!.rowsOut;
  return {
    state,
    made,
    written: rows.length,
    distinct: new Set(numbers).size,
    largest: numbers.reduce((a, b) => Math.max(a, b)),
    seen: metrics.operators.find(({ kind }) => kind === 'process')!.counters['seen'],
  };
}

async function cancelLeavesNoFile(): Promise<unknown> {
  const file = join(folder, 'canceled.jsonl');
  const run = await engine.submit(endless, { parameters: { source: 'file', file } });
  await waitFor(() => run.metrics().totals.sinkRows > 5000, 'rows flow');
  await run.cancel();
  return readdirSync(folder).filter((name) => name.startsWith('canceled'));
}

async function ended(source: string, how: 'stop' | 'cancel'): Promise<unknown> {
  const run = await engine.submit(endless, { parameters: { source, rowsPerSecond: 5 } });
  await waitFor(() => run.state === 'running', 'it runs');
  await new Promise((resolve) => setTimeout(resolve, 30));
  await run[how]();
  const { state } = await run.done;
  const rows = run.collected() as { n: number }[];
  return { state, gap: rows.findIndex((row, i) => row.n !== i) };
}

async function abort(): Promise<unknown> {
  const controller = new AbortController();
  const run = await engine.submit(endless, {
    parameters: { source: 'spin' },
    signal: controller.signal,
  });
  await waitFor(() => run.state === 'running', 'it runs');
  const rows = run.rows().next();
  controller.abort(new Error('enough'));
  const [done, iterated] = await Promise.all([failureOf(run.done), failureOf(rows)]);
  const before = await failureOf(
    engine.submit(endless, { parameters: { source: 'spin' }, signal: controller.signal }),
  );
  return {
    done: done.message,
    iterated: iterated.message,
    before: before.message,
    state: run.state,
  };
}

async function unawaited(): Promise<unknown> {
  const run = await engine.submit(job('failing'), { parameters: { where: 'map' } });
  await waitFor(() => run.state === 'failed', 'it failed');
  await new Promise((resolve) => setTimeout(resolve, 20));
  return run.state;
}

async function disposed(): Promise<unknown> {
  let run;
  {
    await using own = await Engine.start({ config });
    run = await spinning(own);
  }
  return { state: run.state, done: (await run.done).state };
}

async function closeTwiceAndSubmit(): Promise<unknown> {
  const own = await Engine.start({ config });
  const run = await spinning(own);
  const late = own.submit(endless, { parameters: { source: 'spin' } });
  const [first, second] = [own.close(), own.close()];
  const [during] = await Promise.all([failureOf(late), first]);
  const after = await failureOf(own.submit(endless, { parameters: { source: 'spin' } }));
  return { same: first === second, state: run.state, during: during.code, after: after.code };
}

async function closeAtOnce(): Promise<unknown> {
  const own = await Engine.start({ config });
  await own.close();
  const alive = own.workers().filter((worker) => worker.alive).length;
  const other = await Engine.start({ config });
  const ready = other.ready();
  await other.close();
  await ready.catch(() => undefined);
  return { alive, left: other.workers().filter((worker) => worker.alive).length };
}

/** A function that never returns holds its thread: closing ends it all the same. */
async function closeStuck(source: string): Promise<unknown> {
  const own = await Engine.start({ config, closeGraceMs: 200 });
  const run = await own.submit(endless, { parameters: { source }, parallelism: 1 });
  await waitFor(() => run.state === 'running', 'it runs');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await own.close();
  return { state: run.state, done: (await run.done).state };
}

async function uncloneableParameters(): Promise<unknown> {
  const parameters = { source: 'spin', f: (() => 1) as never };
  const failure = await failureOf(engine.submit(endless, { parameters }).then((run) => run.done));
  return { failure, jobs: engine.jobs.length };
}

/** Observers are the user's code; what they throw is theirs, and the job goes on. */
async function observerThrows(): Promise<unknown> {
  const run = await engine.submit(job('strain'), {
    parameters: { shape: 'printed', rows: 10 },
    onState: () => {
      throw new Error('onState');
    },
    onPrint: () => {
      throw new Error('onPrint');
    },
  });
  const { state } = await run.done;
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { state, thrown: unhandled.splice(0).toSorted() };
}

async function overAdmission(): Promise<unknown> {
  await using own = await Engine.start({
    config: {
      pool: { threads: 2, memory: '700MiB', reserve: { memory: '64MiB' }, heap: '64MiB' },
      jobs: { endless: { operators: { process: { state: '150MiB' } } } },
    },
  });
  const submit = (name: string): ReturnType<Engine['submit']> =>
    own.submit(endless, { parameters: { source: 'file', file: join(folder, name) } });
  const outcomes = await Promise.allSettled([submit('a.jsonl'), submit('b.jsonl')]);
  return {
    fulfilled: outcomes.filter(({ status }) => status === 'fulfilled').length,
    codes: outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
    ),
    jobs: own.jobs.length,
  };
}

await runCases({
  statesFinish: () => states('finish'),
  statesCancel: () => states('cancel'),
  statesStop: () => states('stop'),
  statesFail: () => states('fail'),
  cancelDeploying,
  stopDrains,
  cancelLeavesNoFile,
  stopSlow: () => ended('slow', 'stop'),
  cancelSlow: () => ended('slow', 'cancel'),
  stopIterable: () => ended('iterable', 'stop'),
  cancelIterable: () => ended('iterable', 'cancel'),
  stopSilent: () => ended('silent', 'stop'),
  cancelSilent: () => ended('silent', 'cancel'),
  cancelPending: () => ended('pending', 'cancel'),
  abort,
  unawaited,
  uncloneableParameters,
  observerThrows,
  disposed,
  closeTwiceAndSubmit,
  closeAtOnce,
  closeStuck: () => closeStuck('stuck'),
  closePending: () => closeStuck('pending'),
  overAdmission,
  close: async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  },
});
