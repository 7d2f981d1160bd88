/** How many workers, where, and with how much heap. */

import { expect, test } from 'vitest';

import { GiB, MiB } from '../../src/base/index.ts';
import { poolOf, resolveConfig, workerHeapLimits } from '../../src/placement/index.ts';
import type { ConfigInput, Machine, Pool } from '../../src/placement/index.ts';
import { buildMachine } from './plan-builder.ts';

const poolFor = async (machine: Machine, pool: ConfigInput['pool'] = {}): Promise<Pool> =>
  poolOf(machine, await resolveConfig({ pool }));

test('automatic threads are the usable CPUs less the reserve, but two where there are two CPUs', async () => {
  const threads: number[] = [];
  for (const cpus of [1, 2, 3, 4, 8])
    threads.push((await poolFor(buildMachine(cpus, GiB))).threads);
  expect(threads).toEqual([1, 2, 2, 3, 7]);
});

test('a quota rounds up to threads, which then share it', async () => {
  const pool = await poolFor(buildMachine(8, GiB, { cpuMilli: 1500 }));
  expect([pool.threads, pool.workerCpuMilli]).toEqual([2, 750]);
  expect(pool.notes[0]).toContain('750m each');
});

test('memory is a share of the machine, or bytes', async () => {
  const machine = buildMachine(2, 4 * GiB);
  expect((await poolFor(machine)).memoryLimitBytes).toBe(3 * GiB);
  expect((await poolFor(machine, { memory: '50%' })).memoryLimitBytes).toBe(2 * GiB);
  const above = await poolFor(machine, { memory: '8GiB' });
  expect(above.memoryLimitBytes).toBe(8 * GiB);
  expect(above.notes.join()).toContain("more than the machine's 4 GiB");
});

test('automatic heap is half of a share, at most 512 MiB', async () => {
  expect((await poolFor(buildMachine(2, 64 * GiB))).heapLimitBytes).toBe(512 * MiB);
  expect((await poolFor(buildMachine(2, GiB))).heapLimitBytes).toBe(128 * MiB);
  expect((await poolFor(buildMachine(2, 128 * MiB))).heapLimitBytes).toBe(24 * MiB);
});

test('a heap limit sets both generations and sums to itself', () => {
  for (const total of [24, 64, 100, 512, 4096]) {
    const limits = workerHeapLimits(total * MiB);
    expect(limits.maxYoungGenerationSizeMb + limits.maxOldGenerationSizeMb).toBe(total);
    expect(limits.maxYoungGenerationSizeMb).toBeLessThanOrEqual(64);
  }
});

test('soft pinning gives every worker the CPUs of the pool, exclusive one each from the top', async () => {
  const machine = buildMachine(4, GiB);
  const soft = await poolFor(machine, { pin: 'soft', cpus: '1-3', threads: 2 });
  expect(soft.workerCpus).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  const exclusive = await poolFor(machine, { pin: 'exclusive' });
  expect(exclusive.workerCpus).toEqual([[1], [2], [3]]);
});

test('pinning that the machine cannot do is a note', async () => {
  const machine = buildMachine(2, GiB);
  const none = { available: false, reason: 'no taskset' };
  const pool = await poolFor(
    { ...machine, capabilities: { ...machine.capabilities, pin: none } },
    { pin: 'soft' },
  );
  expect(pool.workerCpus).toEqual([[], []]);
  expect(pool.notes).toContain('pool.pin soft has no effect: no taskset');
});

test('a CPU the process may not use is an error', async () => {
  await expect(poolFor(buildMachine(2, GiB), { cpus: '0-3' })).rejects.toMatchObject({
    code: 'ERR_PLACEMENT_CPUS',
    details: { usable: '0-1', got: '2-3' },
  });
});

test('--max-old-space-size beside a configured heap is an error, alone a note', async () => {
  const machine = buildMachine(2, GiB, { maxOldSpaceFrom: 'NODE_OPTIONS' });
  await expect(poolFor(machine, { heap: '64MiB' })).rejects.toMatchObject({
    code: 'ERR_PLACEMENT_HEAP_FLAG',
    details: { setting: 'pool.heap', where: 'NODE_OPTIONS' },
  });
  expect((await poolFor(machine)).notes.join()).toContain('NODE_OPTIONS');
  const quota = await resolveConfig({ jobs: { a: { operators: { b: { heap: '1MiB' } } } } });
  expect(() => poolOf(machine, quota)).toThrow(
    expect.objectContaining({ code: 'ERR_PLACEMENT_HEAP_FLAG' }),
  );
});
