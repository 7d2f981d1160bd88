/** What reaches the planner, and whether the configuration's names exist in the plan. */

import { expect, test } from 'vitest';

import { checkConfigAgainstPlan, planSettings, resolveConfig } from '../../src/placement/index.ts';
import { buildPlan } from './plan-builder.ts';

const plan = buildPlan(
  [
    { operators: ['source', 'filter'], parallelism: 1 },
    { operators: ['sum!'], parallelism: 2 },
  ],
  [{ from: 0, to: 1 }],
);

test('without any setting the parallelism is the number of worker threads', async () => {
  expect(planSettings(await resolveConfig({}), 'job', {}, 3)).toEqual({
    parallelism: 3,
    maxParallelism: undefined,
    operatorParallelism: {},
    chaining: true,
    pruning: true,
    strictTypes: false,
    executionMode: 'streaming',
    ringBytes: 1 << 20,
  });
});

test('code overrides defaults, the configuration overrides code', async () => {
  const code = { parallelism: 4, strictTypes: true, executionMode: 'batch' } as const;
  const silent = planSettings(await resolveConfig({}), 'job', code, 2);
  expect(silent).toMatchObject({ parallelism: 4, strictTypes: true, executionMode: 'batch' });
  const config = await resolveConfig({
    jobs: {
      job: {
        parallelism: 6,
        strictTypes: false,
        operators: { sum: { parallelism: 2 }, filter: { cpu: 1 } },
      },
      other: { parallelism: 9 },
    },
  });
  expect(planSettings(config, 'job', code, 2)).toMatchObject({
    parallelism: 6,
    strictTypes: false,
    executionMode: 'batch',
    operatorParallelism: { sum: 2 },
  });
});

test('an operator that the plan does not have is an error with the nearest name', async () => {
  const config = await resolveConfig({
    jobs: { job: { operators: { som: { cpu: 1 }, filter: { cpu: 1 }, nothing: { cpu: 1 } } } },
  });
  const check = (): unknown => checkConfigAgainstPlan(config, plan);
  expect(check).toThrow(
    expect.objectContaining({
      code: 'ERR_CONFIG_OPERATOR',
      hint: 'Did you mean "sum"?',
      message: 'Expected the name of an operator of job job (source, filter, sum), got som',
    }),
  );
  expect(check).toThrow(
    expect.objectContaining({
      details: expect.objectContaining({
        problems: [
          expect.objectContaining({ hint: 'Did you mean "sum"?' }),
          expect.objectContaining({ hint: 'Name the operator in the code with .name().' }),
        ],
      }),
    }),
  );
});

test('a job that the configuration nearly names is a warning, other jobs are none', async () => {
  const near = await resolveConfig({ jobs: { jobs: { parallelism: 2 } } });
  expect(checkConfigAgainstPlan(near, plan)).toMatchObject([{ code: 'WARN_CONFIG_JOB' }]);
  const far = await resolveConfig({ jobs: { 'airport-delays': { parallelism: 2 } } });
  expect(checkConfigAgainstPlan(far, plan)).toEqual([]);
});
