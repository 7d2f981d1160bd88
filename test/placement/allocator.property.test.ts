/** The allocator's laws over random plans, machines and configurations. */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { MiB } from '../../src/base/index.ts';
import { demandsOf, edgeTerms } from '../../src/placement/demand.ts';
import { explainPlacement, place, resolveConfig, usageOf } from '../../src/placement/index.ts';
import type { Config, Machine, MemoryTerm, Placement } from '../../src/placement/index.ts';
import type { PhysicalPlan } from '../../src/plan/index.ts';
import { buildMachine, buildPlan } from './plan-builder.ts';
import type { ChainSpec, EdgeSpec } from './plan-builder.ts';

let base: Config;
beforeAll(async () => {
  base = await resolveConfig({});
});

interface Case {
  readonly plan: PhysicalPlan;
  readonly machine: Machine;
  readonly config: Config;
}

/** A setting that is left out `weight` times as often as it is given. */
const rarely = <T>(weight: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const operatorConfig = fc.record({
  cpu: rarely(2, fc.integer({ min: 1, max: 700 })),
  heap: rarely(
    3,
    fc.integer({ min: 1, max: 60 }).map((n) => n * MiB),
  ),
  state: rarely(
    2,
    fc.integer({ min: 1, max: 64 }).map((n) => n * MiB),
  ),
  worker: rarely(8, fc.nat(2)),
});

const chainSpec = fc.record({
  parallelism: fc.integer({ min: 1, max: 5 }),
  stateful: fc.boolean(),
  group: fc.constantFrom('default', 'other'),
  async: fc.boolean(),
  config: operatorConfig,
});

const cases: fc.Arbitrary<Case> = fc
  .record({
    chains: fc.array(chainSpec, { minLength: 1, maxLength: 5 }),
    forward: fc.boolean(),
    cpus: fc.integer({ min: 1, max: 8 }),
    memory: fc.integer({ min: 512, max: 8192 }),
    threads: fc.option(fc.integer({ min: 1, max: 6 }), { nil: 'auto' as const }),
    pin: fc.constantFrom('none' as const, 'none' as const, 'soft' as const, 'exclusive' as const),
  })
  .map(({ chains, forward, cpus, memory, threads, pin }) => {
    const specs = chains.map((chain, at): ChainSpec => ({
      operators: [`op${at}${chain.stateful ? '!' : ''}`],
      parallelism: chain.parallelism,
      group: chain.group,
      async: chain.async,
    }));
    const edges = specs.slice(1).map((_, at): EdgeSpec => ({ from: at, to: at + 1, forward }));
    const operators = chains.map(
      ({ config }, at) => [`op${at}`, withoutUndefined(config)] as const,
    );
    return {
      plan: buildPlan(specs, edges, 64 * 1024),
      machine: buildMachine(cpus, memory * MiB),
      config: {
        ...base,
        pool: { ...base.pool, threads, pin },
        exchange: { ...base.exchange, overdraft: 256 * 1024 },
        jobs: {
          job: {
            restart: {},
            checkpoint: {},
            defaults: {},
            operators: Object.fromEntries(operators),
          },
        },
      },
    };
  });

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}

const bytesOf = (terms: readonly MemoryTerm[]): number =>
  terms.reduce((sum, { bytes }) => sum + bytes, 0);

function whenPlaced(law: (placement: Placement, at: Case) => void): void {
  let placed = 0;
  fc.assert(
    fc.property(cases, (at) => {
      const placement = place(at.plan, at.machine, at.config);
      if (!placement.fits) return;
      placed++;
      law(placement, at);
    }),
    { numRuns: 200 },
  );
  expect(placed).toBeGreaterThan(20);
}

test('every subtask is placed exactly once, on a worker of the pool', () => {
  whenPlaced(({ workers, subtasks }, { plan }) => {
    expect(subtasks.map(({ subtask }) => subtask)).toEqual(plan.subtasks.map(({ id }) => id));
    const onWorkers = workers.flatMap((worker) => worker.subtasks).toSorted((a, b) => a - b);
    expect(onWorkers).toEqual(plan.subtasks.map(({ id }) => id));
    for (const { subtask, worker } of subtasks)
      expect(workers[worker]!.subtasks).toContain(subtask);
  });
});

test('sums are equal: of subtasks, of workers, of the whole', () => {
  whenPlaced((placement) => {
    for (const worker of placement.workers) {
      const mine = worker.subtasks.map((id) => placement.subtasks[id]!);
      expect(worker.cpuUsed).toBe(mine.reduce((sum, { cpu }) => sum + cpu, 0));
      const own = worker.memory.slice(0, 2);
      expect(bytesOf(worker.memory)).toBe(
        bytesOf(own) + mine.reduce((sum, { memory }) => sum + bytesOf(memory), 0),
      );
    }
    const whole = placement.workers.reduce((sum, { memory }) => sum + bytesOf(memory), 0);
    expect(placement.memoryUsedBytes).toBe(whole + bytesOf(placement.process));
    for (const { operatorState, stateBytes } of placement.subtasks)
      expect(stateBytes).toBe(Object.values(operatorState).reduce((sum, bytes) => sum + bytes, 0));
  });
});

test('the terms of all subtasks sum to the terms of the edges', () => {
  fc.assert(
    fc.property(cases, ({ plan, config }) => {
      const bySubtask = demandsOf(plan, config).reduce(
        (sum, { channels }) => sum + bytesOf(channels),
        0,
      );
      expect(bySubtask).toBe(bytesOf(edgeTerms(plan, config)));
    }),
  );
});

test('nothing exceeds its capacity', () => {
  whenPlaced((placement, { machine, config }) => {
    expect(placement.memoryUsedBytes).toBeLessThanOrEqual(placement.memoryLimitBytes);
    let capacity = 0;
    for (const worker of placement.workers) {
      capacity += worker.cpuCapacity;
      expect(worker.cpuUsed).toBeLessThanOrEqual(worker.cpuCapacity);
      const heap = worker.subtasks.reduce((sum, id) => sum + placement.subtasks[id]!.heapBytes, 0);
      expect(heap).toBeLessThanOrEqual(worker.heapLimitBytes);
    }
    expect(capacity).toBeLessThanOrEqual(machine.cpuMilli);
    if (config.pool.pin === 'exclusive') {
      const cpus = placement.workers.flatMap((worker) => worker.cpus);
      expect(new Set(cpus).size).toBe(placement.workers.length);
    }
  });
});

test('the same input gives the same output', () => {
  fc.assert(
    fc.property(cases, ({ plan, machine, config }) => {
      const first = place(plan, machine, config);
      const second = place(
        structuredClone(plan),
        structuredClone(machine),
        structuredClone(config),
      );
      expect(second).toEqual(first);
      expect(explainPlacement(second, plan)).toBe(explainPlacement(first, plan));
    }),
  );
});

test('two subtasks of one operator never share a slot, and a slot is on one worker', () => {
  whenPlaced(({ subtasks }, { plan }) => {
    const workerOf = new Map<number, number>();
    const seen = new Set<string>();
    for (const { subtask, slot, worker } of subtasks) {
      const key = `${slot}:${plan.subtasks[subtask]!.chain}`;
      expect(seen.has(key)).toBe(false);
      seen.add(key);
      expect(workerOf.get(slot) ?? worker).toBe(worker);
      workerOf.set(slot, worker);
    }
  });
});

test('a pin to a worker is obeyed', () => {
  whenPlaced(({ subtasks }, { plan, config }) => {
    for (const { subtask, worker } of subtasks) {
      const { name } = plan.chains[plan.subtasks[subtask]!.chain]!.operators[0]!;
      const pinned = config.jobs['job']!.operators[name]!.worker;
      expect(pinned ?? worker).toBe(worker);
    }
  });
});

test('a shortage names more than is available, and a setting to change', () => {
  let refused = 0;
  fc.assert(
    fc.property(cases, ({ plan, machine, config }) => {
      const shortage = place(plan, machine, config);
      if (shortage.fits) return;
      refused++;
      expect(shortage.needed).toBeGreaterThan(shortage.available);
      expect(shortage.advice).toMatch(/pool\.|exchange\.|jobs\./);
    }),
    { numRuns: 200 },
  );
  expect(refused).toBeGreaterThan(5);
});

test('jobs placed one after another stay within the pool together', () => {
  fc.assert(
    fc.property(fc.array(cases, { minLength: 2, maxLength: 4 }), (several) => {
      const { machine, config } = several[0]!;
      const running: Placement[] = [];
      for (const { plan } of several) {
        const placement = place(plan, machine, config, usageOf(running));
        if (!placement.fits) continue;
        running.push(placement);
        expect(placement.memoryUsedBytes).toBeLessThanOrEqual(placement.memoryLimitBytes);
        for (const worker of placement.workers)
          expect(worker.cpuUsed + worker.cpuTaken).toBeLessThanOrEqual(worker.cpuCapacity);
      }
      const usage = usageOf(running);
      for (const worker of usage.workers) {
        expect(worker.cpuGuaranteed).toBeLessThanOrEqual(running[0]!.workers[0]!.cpuCapacity);
        expect(worker.heapBytes).toBeLessThanOrEqual(running[0]!.workers[0]!.heapLimitBytes);
      }
    }),
    { numRuns: 60 },
  );
});

test('an explanation is ASCII and at most 80 columns wide', () => {
  fc.assert(
    fc.property(cases, ({ plan, machine, config }) => {
      for (const line of explainPlacement(place(plan, machine, config), plan).split('\n'))
        expect(line).toMatch(/^[\x20-\x7e]{0,80}$/);
    }),
  );
});
