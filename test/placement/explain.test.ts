/** The explanation as a whole: what people see before a job starts. */

import { expect, test } from 'vitest';

import { GiB } from '../../src/base/index.ts';
import { explainPlacement, place, resolveConfig } from '../../src/placement/index.ts';
import type { ConfigInput } from '../../src/placement/index.ts';
import { buildMachine, buildPlan } from './plan-builder.ts';

const plan = buildPlan(
  [
    { operators: ['flights', 'delayed'], parallelism: 1, async: true },
    { operators: ['mean delay by origin!'], parallelism: 2 },
    { operators: ['csv'], parallelism: 1, async: true },
  ],
  [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ],
  1 << 20,
  'airport-delays',
);

const explain = async (config: ConfigInput): Promise<string> =>
  explainPlacement(place(plan, buildMachine(2, 4 * GiB), await resolveConfig(config)), plan);

test('a placement is explained by worker, with every term of the sum', async () => {
  const text = await explain({
    pool: { heap: '256MiB', pin: 'exclusive' },
    jobs: { 'airport-delays': { operators: { csv: { worker: 1, cpu: '100m', heap: '16MiB' } } } },
  });
  expect(text).toMatchInlineSnapshot(`
    "Job airport-delays fits.
      workers  2
      cpu      2 of 2
      memory   1.9 GiB of 3 GiB

    Worker 0: cpu 1 of 1, memory 853 MiB, CPUs 0, async
      [1/1] flights -> delayed
          cpu 500m share; slot 0 of group default, least loaded worker with room
      [1/2] mean delay by origin
          cpu 500m share; slot 0 of group default, least loaded worker with room
          12 MiB  thread baseline                     isolate, stacks, modules
         256 MiB  heap limit                          pool.heap
          16 MiB  overdraft of edge delayed -> mean delay by origin
                  2 channels x 8 MiB at most
           1 MiB  rings of edge delayed -> mean delay by origin
                  1 channel x 1 MiB and control words
           8 MiB  overdraft of edge mean delay by origin -> csv
                  1 channel x 8 MiB at most
         560 MiB  state of mean delay by origin       a share of what is left

    Worker 1: cpu 1 of 1, memory 839 MiB, CPUs 1, async
      [2/2] mean delay by origin
          cpu 900m share; slot 1 of group default, least loaded worker with room
      [1/1] csv
          cpu 100m quota, heap 16 MiB; pinned to worker 1 by the configuration
          12 MiB  thread baseline                     isolate, stacks, modules
         256 MiB  heap limit                          pool.heap
           1 MiB  rings of edge delayed -> mean delay by origin
                  1 channel x 1 MiB and control words
           8 MiB  overdraft of edge mean delay by origin -> csv
                  1 channel x 8 MiB at most
         560 MiB  state of mean delay by origin       a share of what is left
           2 MiB  rings of edge mean delay by origin -> csv
                  2 channels x 1 MiB and control words

    Memory, the sum
         256 MiB  reserve of the process
                  main thread, garbage collection and I/O helpers
         853 MiB  worker 0                            see above
         839 MiB  worker 1                            see above
         1.9 GiB  =                                   of 3 GiB

    Notes
      memory limit: pool.memory 75% of 4 GiB, total memory
    "
  `);
});

test('a shortage of memory is explained with the term that is short marked in the sum', async () => {
  const text = await explain({ pool: { memory: '800MiB', heap: '256MiB' } });
  expect(text).toMatchInlineSnapshot(`
    "Job airport-delays does not fit: too little memory.
      short      overdraft of edge delayed -> mean delay by origin
      needed     16 MiB
      available  6 MiB
      what to do Lower exchange.overdraft, or lower jobs.airport-delays.parallelism,
          or raise pool.memory.

    Memory, the sum
         256 MiB  reserve of the process
                  main thread, garbage collection and I/O helpers
          24 MiB  thread baseline
                  2 workers x 12 MiB: isolate, stacks, modules
         512 MiB  heap limit                          2 workers x 256 MiB: pool.heap
           2 MiB  rings of edge delayed -> mean delay by origin
                  2 channels x 1 MiB and control words
    >     16 MiB  overdraft of edge delayed -> mean delay by origin
                  2 channels x 8 MiB at most
           2 MiB  rings of edge mean delay by origin -> csv
                  2 channels x 1 MiB and control words
          16 MiB  overdraft of edge mean delay by origin -> csv
                  2 channels x 8 MiB at most
          32 MiB  state of mean delay by origin
                  2 x 16 MiB, a share of what is left
         860 MiB  =
    "
  `);
});

test('a shortage of CPU is explained with what to change', async () => {
  const text = await explain({ jobs: { 'airport-delays': { defaults: { cpu: 1 } } } });
  expect(text).toMatchInlineSnapshot(`
    "Job airport-delays does not fit: too little cpu.
      short      cpu quotas of job airport-delays
      needed     4 CPU
      available  2 CPU
      what to do Lower cpu in jobs.airport-delays, or raise pool.threads if the
          machine has more CPUs.
    "
  `);
});
