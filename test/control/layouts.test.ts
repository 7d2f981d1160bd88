/** What a running job may be given in place of its subtasks: planned and placed, or refused before anything stops. */

import { beforeAll, expect, test } from 'vitest';

import { GiB } from '../../src/base/index.ts';
import { collect, fromAsyncIterable, fromCollection } from '../../src/connectors/index.ts';
import type { Source } from '../../src/connectors/index.ts';
import { Layouts } from '../../src/control/layouts.ts';
import type { LayoutsInput } from '../../src/control/layouts.ts';
import { sameLayout, withSizes } from '../../src/control/relocation.ts';
import type { Layout } from '../../src/control/run-request.ts';
import { buildGraph, job } from '../../src/graph/index.ts';
import { place, resolveConfig, shortageError, usageOf } from '../../src/placement/index.ts';
import type { Config, ConfigInput } from '../../src/placement/index.ts';
import { defaultPlanSettings, makePlan } from '../../src/plan/index.ts';
import { buildMachine } from '../placement/plan-builder.ts';

const machine = buildMachine(2, 4 * GiB);
const UNSIZED = { parallelism: undefined, operators: {} };
let config: Config;
beforeAll(async () => {
  config = await resolveConfig({ pool: { threads: 2 } });
});

/** `numbers -> doubled`, by key into `kept`, which has one subtask by the job's own word. */
function made(
  source: Source<number>,
  using: Config = config,
): { readonly layouts: Layouts; readonly present: Layout } {
  const counted = job('counted', (env) => {
    env
      .fromSource(source)
      .name('numbers')
      .map((n) => 2 * n)
      .name('doubled')
      .uid('doubled-uid')
      .keyBy((n) => n)
      .reduce((a, b) => a + b)
      .name('kept')
      .setParallelism(1)
      .sinkTo(collect());
  });
  const graph = buildGraph(counted);
  const settings = defaultPlanSettings({ maxParallelism: 8 }, { parallelism: 2 });
  const plan = makePlan(graph, settings);
  const placement = place(plan, machine, using);
  if (!placement.fits) throw shortageError(placement);
  const input: LayoutsInput = {
    graph,
    settings,
    config: using,
    machine,
    taken: () => usageOf([]),
  };
  return { layouts: new Layouts(input), present: { plan, placement } };
}

const parallelismOf = ({ plan }: Layout): Record<string, number> =>
  Object.fromEntries(
    plan.chains.flatMap((chain) =>
      chain.operators.map(({ name }) => [name, chain.parallelism] as const),
    ),
  );

test('a number is for operators without one of their own, a name for one that has', () => {
  const { layouts, present } = made(fromCollection([1, 2, 3]));
  const wider = layouts.resized(withSizes(UNSIZED, 4), present);
  expect(parallelismOf(wider)).toMatchObject({ doubled: 4, kept: 1 });
  const sizes = withSizes(withSizes(UNSIZED, { kept: 3, 'doubled-uid': 5 }), 2);
  expect(parallelismOf(layouts.resized(sizes, present))).toMatchObject({ doubled: 5, kept: 3 });
  expect(wider.plan.maxParallelism).toBe(8);
  expect(sameLayout(present, layouts.resized(UNSIZED, present))).toBe(true);
  expect(sameLayout(present, wider)).toBe(false);
});

test.each([
  ['more than maxParallelism', 9, 'ERR_PLAN_SETTING'],
  ['an operator that is not there', { doubld: 2 }, 'ERR_PLAN_OPERATOR'],
  ['no subtask', { kept: 0 }, 'ERR_PLAN_SETTING'],
])('%s is refused', (_, to, code) => {
  const { layouts, present } = made(fromCollection([1]));
  expect(() => layouts.resized(withSizes(UNSIZED, to), present)).toThrow(
    expect.objectContaining({ code }),
  );
});

test('a move takes one subtask, or all of a chain, and leaves the others where they are', () => {
  const { layouts, present } = made(fromCollection([1]));
  const workers = ({ placement }: Layout): number[] =>
    placement.subtasks.map(({ worker }) => worker);
  const [first] = present.plan.chains.find(({ name }) => name.includes('doubled'))!.subtasks;
  const other = 1 - workers(present)[first!]!;
  const move = { chain: 'doubled', subtask: 0, worker: other };
  const moved = layouts.moved(move, present);
  expect(workers(moved)).toEqual(workers(present).with(first!, other));
  const all = layouts.moved({ chain: 'doubled-uid', subtask: undefined, worker: 1 }, present);
  const { subtasks } = present.plan.chains.find(({ name }) => name.includes('doubled'))!;
  expect(subtasks.map((id) => workers(all)[id])).toEqual([1, 1]);
});

test('a move to a worker without room is a shortage', async () => {
  const quotas: ConfigInput = {
    pool: { threads: 2 },
    jobs: { counted: { operators: { doubled: { cpu: 0.6 } } } },
  };
  const { layouts, present } = made(fromCollection([1]), await resolveConfig(quotas));
  const move = { chain: 'doubled', subtask: undefined, worker: 0 };
  expect(() => layouts.moved(move, present)).toThrow(
    expect.objectContaining({ code: 'ERR_PLACEMENT_SHORT' }),
  );
});

test.each([
  ['chain', { chain: 'doubld', subtask: undefined, worker: 0 }, "Did you mean 'doubled'?"],
  ['subtask', { chain: 'kept', subtask: 1, worker: 0 }, 'a subtask of kept from 0 to 0'],
  ['worker', { chain: 'kept', subtask: 0, worker: 2 }, 'a worker from 0 to 1'],
])('a move of or to a %s that is not there is refused', (_, move, words) => {
  const { layouts, present } = made(fromCollection([1]));
  expect(() => layouts.moved(move, present)).toThrow(
    expect.objectContaining({
      code: 'ERR_CONTROL_MOVE',
      message: expect.stringContaining(words) as string,
    }),
  );
});

test('a source that cannot hand over what it has read ahead is refused', () => {
  const iterable = (replayable: boolean): Source<number> =>
    fromAsyncIterable(() => [1, 2], undefined, { replayable });
  const { layouts, present } = made(iterable(false));
  expect(() => layouts.resized(withSizes(UNSIZED, 1), present)).toThrow(
    expect.objectContaining({ code: 'ERR_CONTROL_RESCALE' }),
  );
  const again = made(iterable(true));
  expect(parallelismOf(again.layouts.resized(withSizes(UNSIZED, 1), again.present))).toMatchObject({
    doubled: 1,
  });
});
