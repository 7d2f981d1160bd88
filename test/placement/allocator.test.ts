/** Placements of small plans that can be checked by eye. */

import { beforeAll, describe, expect, test } from 'vitest';

import { formatError, GiB, MiB } from '../../src/base/index.ts';
import { ringMemoryBytes } from '../../src/exchange/index.ts';
import { place, resolveConfig, shortageError, usageOf } from '../../src/placement/index.ts';
import type { Config, ConfigInput, Placement, Shortage } from '../../src/placement/index.ts';
import { buildMachine, buildPlan } from './plan-builder.ts';

const machine = buildMachine(2, 4 * GiB);
const plan = buildPlan(
  [
    { operators: ['source', 'filter'], parallelism: 1, async: true },
    { operators: ['sum!', 'map'], parallelism: 2 },
  ],
  [{ from: 0, to: 1 }],
);
let defaults: Config;
beforeAll(async () => {
  defaults = await resolveConfig({});
});

const configOf = (input: ConfigInput): Promise<Config> => resolveConfig(input);

function placed(result: Placement | Shortage): Placement {
  if (!result.fits) throw shortageError(result);
  return result;
}

function short(result: Placement | Shortage): Shortage {
  if (result.fits) throw new Error('expected a shortage, got a placement');
  return result;
}

describe('slot sharing', () => {
  test('puts subtask i of every chain on one worker and spreads slots', () => {
    const { workers } = placed(place(plan, machine, defaults));
    expect(workers.map(({ subtasks }) => subtasks)).toEqual([[0, 1], [2]]);
    expect(workers.map(({ hostsAsync }) => hostsAsync)).toEqual([true, false]);
  });

  test('puts several slots on a worker when there are fewer workers', () => {
    const wide = buildPlan([{ operators: ['a'], parallelism: 5 }], []);
    const { workers, subtasks } = placed(place(wide, machine, defaults));
    expect(workers.map((worker) => worker.subtasks)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
    expect(new Set(subtasks.map(({ slot }) => slot)).size).toBe(5);
  });

  test('keeps groups apart in slots of their own', () => {
    const grouped = buildPlan(
      [
        { operators: ['a'], parallelism: 1 },
        { operators: ['b'], parallelism: 1, group: 'heavy' },
      ],
      [],
    );
    const { subtasks } = placed(place(grouped, machine, defaults));
    expect(subtasks.map(({ slot, worker }) => [slot, worker])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test('obeys a pin for every subtask of the chain', async () => {
    const config = await configOf({ jobs: { job: { operators: { map: { worker: 1 } } } } });
    const { workers, subtasks } = placed(place(plan, machine, config));
    expect(workers.map((worker) => worker.subtasks)).toEqual([[0], [1, 2]]);
    expect(subtasks[1]!.reason).toBe('pinned to worker 1 by the configuration');
  });
});

describe('CPU', () => {
  test('is shared equally by subtasks without a quota', () => {
    const { subtasks } = placed(place(plan, machine, defaults));
    expect(subtasks.map(({ cpu, cpuGuaranteed }) => [cpu, cpuGuaranteed])).toEqual([
      [500, false],
      [500, false],
      [1000, false],
    ]);
  });

  test('goes to quotas first, which add up over the operators of a chain', async () => {
    const operators = { source: { cpu: '200m' }, filter: { cpu: 0.1 } };
    const config = await configOf({ jobs: { job: { operators } } });
    const { subtasks } = placed(place(plan, machine, config));
    const [source, ...sums] = subtasks;
    expect([source!.cpu, source!.cpuGuaranteed]).toEqual([300, true]);
    expect(sums.every(({ cpuGuaranteed }) => !cpuGuaranteed)).toBe(true);
  });

  test('quotas that no spread holds are packed', async () => {
    const four = buildPlan(
      ['a', 'b', 'c', 'd'].map((name) => ({ operators: [name], parallelism: 1, group: name })),
      [],
    );
    const cpus = { a: 500, b: 400, c: 400, d: 600 };
    const operators = Object.fromEntries(
      Object.entries(cpus).map(([name, cpu]) => [name, { cpu: `${cpu}m` }]),
    );
    const { workers } = placed(
      place(four, machine, await configOf({ jobs: { job: { operators } } })),
    );
    expect(workers.map(({ cpuUsed }) => cpuUsed).toSorted((a, b) => a - b)).toEqual([900, 1000]);
  });

  test('quotas beyond the pool are refused with the sum', async () => {
    const config = await configOf({ jobs: { job: { defaults: { cpu: '800m' } } } });
    const shortage = short(place(plan, machine, config));
    expect(shortage).toMatchObject({ resource: 'cpu', needed: 2400, available: 2000 });
    expect(shortage.advice).toContain('cpu in jobs.job');
  });

  test('a slot that fits no single worker is refused with its chains', async () => {
    const operators = { source: { cpu: '700m' }, sum: { cpu: '500m' } };
    const shortage = short(place(plan, machine, await configOf({ jobs: { job: { operators } } })));
    expect(shortage.term).toBe('slot 0 of group default (source -> filter; sum -> map)');
    expect(shortage).toMatchObject({ resource: 'cpu', needed: 1200, available: 1000 });
    expect(shortage.advice).toContain('slot-sharing groups');
  });
});

describe('memory', () => {
  test('is the sum of named terms', () => {
    const { subtasks, workers, process, memoryUsedBytes } = placed(place(plan, machine, defaults));
    expect(subtasks[1]!.memory).toMatchObject([
      { name: 'rings of edge filter -> sum', bytes: ringMemoryBytes(MiB) },
      { name: 'state of sum', bytes: subtasks[1]!.stateBytes },
    ]);
    expect(subtasks[0]!.memory).toEqual([
      {
        name: 'overdraft of edge filter -> sum',
        bytes: 16 * MiB,
        reason: '2 channels x 8 MiB at most',
      },
    ]);
    expect(workers[0]!.memory.map(({ name }) => name)).toEqual([
      'thread baseline',
      'heap limit',
      'overdraft of edge filter -> sum',
      'rings of edge filter -> sum',
      'state of sum',
    ]);
    expect(process).toMatchObject([{ name: 'reserve of the process', bytes: 256 * MiB }]);
    expect(memoryUsedBytes).toBeLessThanOrEqual(3 * GiB);
  });

  test('of state without a quota is an equal share of half of what is left', () => {
    const { subtasks, memoryUsedBytes, memoryLimitBytes } = placed(place(plan, machine, defaults));
    expect(subtasks[1]!.operatorState).toEqual({ sum: subtasks[2]!.stateBytes });
    const left = memoryLimitBytes - memoryUsedBytes;
    expect(Math.abs(left - 2 * subtasks[1]!.stateBytes)).toBeLessThan(4 * MiB);
  });

  test('that is short names the first term that does not fit and the whole sum', async () => {
    const wide = buildPlan(
      [
        { operators: ['filter'], parallelism: 1 },
        { operators: ['sum!'], parallelism: 2 },
      ],
      [{ from: 0, to: 1 }],
      64 * MiB,
    );
    const config = await configOf({ pool: { memory: '900MiB', heap: '256MiB' } });
    const shortage = short(place(wide, machine, config));
    expect(shortage).toMatchObject({ resource: 'memory', term: 'rings of edge filter -> sum' });
    expect(shortage.available).toBe((900 - 256 - 2 * 12 - 2 * 256) * MiB);
    expect(shortage.advice).toContain('exchange.ring');
    expect(shortage.terms.map(({ name }) => name)).toEqual([
      'reserve of the process',
      'thread baseline',
      'heap limit',
      'rings of edge filter -> sum',
      'overdraft of edge filter -> sum',
      'state of sum',
    ]);
    expect(formatError(shortageError(shortage))).toContain(
      'ERR_PLACEMENT_SHORT: The job does not fit: rings of edge filter -> sum needs 128 MiB, 108 MiB available',
    );
  });

  test('of a quota of state that does not fit is refused', async () => {
    const config = await configOf({ jobs: { job: { operators: { sum: { state: '2GiB' } } } } });
    const shortage = short(place(plan, machine, config));
    expect(shortage).toMatchObject({ resource: 'memory', term: 'state of sum', needed: 4 * GiB });
    expect(shortage.advice).toContain('state of operator sum');
  });

  test('of a heap quota beyond the worker is refused', async () => {
    const config = await configOf({
      pool: { heap: '128MiB' },
      jobs: { job: { operators: { sum: { heap: '100MiB' }, map: { heap: '50MiB' } } } },
    });
    const shortage = short(place(plan, machine, config));
    expect(shortage).toMatchObject({ resource: 'heap', needed: 150 * MiB, available: 128 * MiB });
    expect(shortage.advice).toContain('pool.heap');
  });
});

describe('several jobs', () => {
  test('share the pool: what runs already is taken', () => {
    const first = placed(place(plan, machine, defaults));
    const second = placed(place(plan, machine, defaults, usageOf([first])));
    expect(second.memoryTakenBytes).toBeGreaterThan(0);
    expect(second.memoryUsedBytes).toBeGreaterThan(first.memoryUsedBytes);
    // The worker with two best-effort subtasks has more load, so the second job's larger slot avoids it.
    expect(second.workers.map(({ subtasks }) => subtasks)).toEqual([[2], [0, 1]]);
    expect(second.workers.map(({ cpuTaken }) => cpuTaken)).toEqual([666, 333]);
  });
});

describe('contradictions', () => {
  test('one chain pinned to two workers is an error', async () => {
    const operators = { sum: { worker: 0 }, map: { worker: 1 } };
    const config = await configOf({ jobs: { job: { operators } } });
    expect(() => place(plan, machine, config)).toThrow(
      expect.objectContaining({ code: 'ERR_PLACEMENT_PIN' }),
    );
  });

  test('a pin beyond the pool is a shortage of workers', async () => {
    const config = await configOf({ jobs: { job: { operators: { sum: { worker: 2 } } } } });
    const shortage = short(place(plan, machine, config));
    expect(shortage).toMatchObject({ resource: 'slots', needed: 3, available: 2, unit: 'workers' });
  });

  test('exclusive pinning with fewer CPUs than workers is a shortage', async () => {
    const config = await configOf({ pool: { threads: 3, pin: 'exclusive' } });
    const shortage = short(place(plan, machine, config));
    expect(shortage).toMatchObject({ resource: 'cpu', needed: 3, available: 2, unit: 'workers' });
  });
});
