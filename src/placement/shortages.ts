/** The ways in which a job does not fit, other than memory, each with advice that names the setting. */

import { formatBytes, formatCpu } from '../base/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { SubtaskDemand } from './demand.ts';
import type { Shortage } from './placement.ts';
import type { Pool } from './pool.ts';
import type { Slot, WorkerRoom } from './slots.ts';

/** Exclusive pinning with fewer CPUs than workers. */
export function exclusiveShortage(plan: PhysicalPlan, pool: Pool): Shortage | undefined {
  if (pool.cpusMissing === 0) return undefined;
  return {
    fits: false,
    job: plan.job,
    resource: 'cpu',
    term: 'a CPU of its own for every worker (pool.pin: exclusive)',
    needed: pool.threads,
    available: pool.cpus.length,
    unit: 'workers',
    advice: `Lower pool.threads to ${pool.cpus.length}, or set pool.pin: soft.`,
    terms: [],
  };
}

/** A pin to a worker that does not exist. */
export function pinShortage(
  plan: PhysicalPlan,
  pool: Pool,
  demands: readonly SubtaskDemand[],
): Shortage | undefined {
  const beyond = demands.find(({ worker }) => worker !== undefined && worker >= pool.threads);
  if (beyond === undefined) return undefined;
  return {
    fits: false,
    job: plan.job,
    resource: 'slots',
    term: `worker ${beyond.worker} for chain ${beyond.chain.name}`,
    needed: beyond.worker! + 1,
    available: pool.threads,
    unit: 'workers',
    advice: `Set its worker to 0 .. ${pool.threads - 1}, or raise pool.threads.`,
    terms: [],
  };
}

/** Quotas of the whole job against what the whole pool has left. */
export function cpuShortage(
  plan: PhysicalPlan,
  demands: readonly SubtaskDemand[],
  room: readonly WorkerRoom[],
): Shortage | undefined {
  const needed = demands.reduce((total, { cpu }) => total + (cpu ?? 0), 0);
  const available = room.reduce((total, { cpuFree }) => total + cpuFree, 0);
  if (needed <= available) return undefined;
  return {
    fits: false,
    job: plan.job,
    resource: 'cpu',
    term: `cpu quotas of job ${plan.job}`,
    needed,
    available,
    unit: 'milli-cores',
    advice: `Lower cpu in jobs.${plan.job}, or raise pool.threads if the machine has more CPUs.`,
    terms: [],
  };
}

/** A slot that no worker can hold beside what is there already. */
export function slotShortage(
  plan: PhysicalPlan,
  pool: Pool,
  slot: Slot,
  room: readonly WorkerRoom[],
): Shortage {
  const candidates = slot.worker === undefined ? room : [room[slot.worker]!];
  const cpuFree = Math.max(...candidates.map((free) => free.cpuFree));
  // Where its CPU quota fits, its heap quota does not.
  const heapFree = Math.max(
    0,
    ...candidates.filter((free) => free.cpuFree >= slot.cpu).map((free) => free.heapFree),
  );
  const chains = slot.subtasks.map((id) => plan.chains[plan.subtasks[id]!.chain]!.name);
  const where = slot.worker === undefined ? '' : ` on worker ${slot.worker}`;
  const term = `slot ${slot.position} of group ${slot.group}${where} (${chains.join('; ')})`;
  const split =
    chains.length > 1
      ? ', or give its chains slot-sharing groups of their own so that they part'
      : '';
  if (slot.cpu > cpuFree) {
    return {
      fits: false,
      job: plan.job,
      resource: 'cpu',
      term,
      needed: slot.cpu,
      available: cpuFree,
      unit: 'milli-cores',
      advice: `Lower cpu in jobs.${plan.job} (a worker has ${formatCpu(pool.workerCpuMilli)})${split}.`,
      terms: [],
    };
  }
  return {
    fits: false,
    job: plan.job,
    resource: 'heap',
    term,
    needed: slot.heapBytes,
    available: heapFree,
    unit: 'bytes',
    advice: `Raise pool.heap (${formatBytes(pool.heapLimitBytes)} a worker), lower heap in jobs.${plan.job}${split}.`,
    terms: [],
  };
}
