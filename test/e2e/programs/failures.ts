/** Cases: what happens when user code fails. Prints one JSON line. */

import { Engine } from 'millrace';
import type { JobRun } from '../../../src/control/index.ts';
import type { Plain } from '../../../src/operators/index.ts';
import { failureOf, runCases, waitFor } from '../../support/cases.ts';
import type { ErrorReport } from '../../support/cases.ts';

const job = (name: string): URL => new URL(`../jobs/${name}.ts`, import.meta.url);
const engine = await Engine.start({ config: { pool: { threads: 2 } } });
const interpreted = await Engine.start({ config: { pool: { threads: 2 } }, codegen: false });

/** Fails a job beside one that runs on, and says what both came to. */
async function fails(
  parameters: Record<string, Plain>,
  on: Engine = engine,
): Promise<ErrorReport & { neighbour: string }> {
  const neighbour = await on.submit(job('endless'), { parameters: { source: 'spin' } });
  const run = await on.submit(job('failing'), { parameters });
  const failure = await failureOf(run.done);
  const rows = neighbour.metrics().totals.sinkRows;
  await waitFor(() => neighbour.metrics().totals.sinkRows > rows + 1000, 'the neighbour runs on');
  const { state } = neighbour;
  await neighbour.cancel();
  return { ...failure, neighbour: state };
}

const mortal = await Engine.start({
  config: {
    pool: { threads: 2, heap: '64MiB' },
    jobs: {
      deadly: { parallelism: 1, operators: { deadly: { worker: 1 } } },
      survivor: { operators: { made: { worker: 0 } } },
      measure: {
        restart: { strategy: 'fixed-delay', delay: 1, attempts: 1 },
        operators: { measured: { worker: 0 } },
      },
    },
  },
});
const survivor = await mortal.submit(job('survivor'));

/** One thread dies with the jobs it hosted; a job on the other thread lives on, and the engine takes new ones. */
async function dies(how: string): Promise<unknown> {
  const run = await mortal.submit(job('deadly'), { parameters: { how } });
  const failure = await failureOf(run.done);
  const rows = survivor.metrics().totals.sinkRows;
  await waitFor(() => survivor.metrics().totals.sinkRows > rows + 1000, 'the survivor runs on');
  const again: JobRun = await mortal.submit(job('strain'), {
    parameters: { shape: 'diamond', rows: 500 },
  });
  await again.done;
  return {
    failure,
    state: run.state,
    survivor: survivor.state,
    again: again.collected().length,
    alive: mortal.workers().map((worker) => worker.alive),
  };
}

/** What became of a job on the other thread while this one died in each way. */
async function neighbour(deaths: () => Promise<unknown>): Promise<unknown> {
  const rows = 1500;
  const run = await mortal.submit(job('measure'), { parameters: { rows } });
  await deaths();
  const { state, restarts } = await run.done;
  const exact = run.collected().every((row, at) => (row as { n: number }).n === at);
  return { state, restarts, rows: run.collected().length, exact, failures: run.failures.length };
}

async function bothFail(): Promise<unknown> {
  const failures: ErrorReport[] = [];
  for (let i = 0; i < 10; i++) {
    const run = await engine.submit(job('failing'), { parameters: { where: 'both' } });
    failures.push(await failureOf(run.done));
  }
  return { failures, jobs: engine.jobs.length };
}

async function smallestHeap(): Promise<unknown> {
  await using own = await Engine.start({ config: { pool: { threads: 1, heap: '24MiB' } } });
  const outcome = await own
    .submit(job('strain'), { parameters: { shape: 'numbers', rows: 10 } })
    .then(
      async (run) => (await run.done).state as string,
      (error: { code: string }) => error.code,
    );
  return outcome;
}

const places = [
  'generator',
  'timestamp',
  'filter',
  'map',
  'keyBy',
  'reduce',
  'process',
  'watermark',
  'sink',
  'asyncSink',
  'iterable',
  'open',
  'finish',
  'close',
];
const cases: Record<string, () => unknown> = {};
for (const where of places) {
  cases[`generated ${where}`] = () => fails({ where });
  cases[`interpreted ${where}`] = () => fails({ where }, interpreted);
}
for (const what of ['text', 'nothing', 'bare', 'trap', 'cyclic', 'close too']) {
  cases[`thrown ${what}`] = () => fails({ where: 'map', what });
  if (what !== 'close too') cases[`rejected ${what}`] = () => fails({ where: 'iterable', what });
}

await runCases({
  ...cases,
  bothFail,
  exit: () => dies('exit'),
  rejection: () => dies('rejection'),
  timer: () => dies('timer'),
  heap: () => dies('heap'),
  overflow: () => dies('overflow'),
  abort: () => dies('abort'),
  neighbour: () =>
    neighbour(async () => {
      for (const how of ['exit', 'timer', 'heap']) await dies(how);
    }),
  smallestHeap,
  close: async () => {
    await Promise.all([engine, interpreted, mortal].map((one) => one.close()));
  },
});
