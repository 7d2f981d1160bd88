/**
 * The resource allocator: a plan, a machine and a configuration to a placement, or to the term that is short.
 *
 * Pure: no clock, no file, no thread. Laws, each with a property test:
 * - every subtask is placed exactly once, on a worker of the pool;
 * - sums are equal: a worker's CPU and memory are those of its subtasks plus its own, the job's are those of all
 *   workers plus the process's;
 * - nothing exceeds its capacity: CPU and heap of a worker, memory of the pool;
 * - the same input gives the same output;
 * - two subtasks of one operator never share a slot;
 * - a subtask pinned to a worker is on it.
 *
 * CPU quotas, heap quotas and memory are hard. Packing quotas is not exhaustive: a job that only an ideal packing
 * would hold may be refused.
 */

import { workerId } from '../base/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Config } from './config.ts';
import { demandsOf, processTerms, workerTerms } from './demand.ts';
import type { SubtaskDemand } from './demand.ts';
import type { Machine } from './machine.ts';
import { admitMemory } from './memory-admission.ts';
import type { AdmittedMemory } from './memory-admission.ts';
import type {
  MemoryTerm,
  Placement,
  Shortage,
  SubtaskPlacement,
  WorkerPlacement,
} from './placement.ts';
import { poolOf } from './pool.ts';
import type { Pool } from './pool.ts';
import { cpuShortage, exclusiveShortage, pinShortage, slotShortage } from './shortages.ts';
import { assignSlots, makeSlots } from './slots.ts';
import type { Slot, WorkerRoom } from './slots.ts';
import { FREE_WORKER, NOTHING_TAKEN } from './usage.ts';
import type { PoolUsage, WorkerUsage } from './usage.ts';

/**
 * Places a job.
 *
 * @param taken what jobs already running have, see `usageOf`
 * @param pins by subtask, the worker it has to be on, whatever the configuration says
 * @throws ERR_PLACEMENT_PIN, ERR_PLACEMENT_CPUS, ERR_PLACEMENT_HEAP_FLAG for a configuration that contradicts itself
 *   or the machine
 * @example
 * const placement = place(plan, probeMachine(), config);
 * if (!placement.fits) throw shortageError(placement);
 */
export function place(
  plan: PhysicalPlan,
  machine: Machine,
  config: Config,
  taken: PoolUsage = NOTHING_TAKEN,
  pins?: readonly number[],
): Placement | Shortage {
  const pool = poolOf(machine, config);
  const demands = demandsOf(plan, config).map((demand, at) =>
    pins === undefined ? demand : { ...demand, worker: pins[at] },
  );
  const usage = Array.from({ length: pool.threads }, (_, at) => taken.workers[at] ?? FREE_WORKER);
  const room = usage.map((worker) => roomOf(worker, pool));
  const early =
    exclusiveShortage(plan, pool) ??
    pinShortage(plan, pool, demands) ??
    cpuShortage(plan, demands, room);
  if (early !== undefined) return early;
  const slots = makeSlots(demands);
  const assignment = assignSlots(slots, room, estimateOf(demands, usage, pool));
  if (!assignment.fits) return slotShortage(plan, pool, assignment.slot, assignment.room);
  const memory = admitMemory(plan, config, pool, demands, taken.memoryBytes);
  if (!memory.fits) return memory;
  const pinned = pins === undefined ? 'by the configuration' : 'while it runs';
  const subtasks = placeSubtasks(demands, slots, assignment.workers, usage, pool, memory, pinned);
  const workers = usage.map((worker, at) => placeWorker(at, pool, worker, subtasks, demands));
  return {
    fits: true,
    job: plan.job,
    workers,
    subtasks,
    process: processTerms(pool).map(plainTerm),
    memoryTakenBytes: taken.memoryBytes,
    memoryUsedBytes: memory.usedBytes,
    memoryLimitBytes: pool.memoryLimitBytes,
    notes: [
      ...pool.notes,
      `memory limit: ${pool.memoryReason}`,
      ...placementNotes(workers, subtasks),
    ],
  };
}

function roomOf(taken: WorkerUsage, pool: Pool): WorkerRoom {
  return {
    cpuFree: Math.max(0, pool.workerCpuMilli - taken.cpuGuaranteed),
    heapFree: Math.max(0, pool.heapLimitBytes - taken.heapBytes),
    // One milli-core a subtask only breaks ties; real demand is unknown.
    load: taken.cpuGuaranteed + taken.bestEffort,
  };
}

/** Best-effort subtasks are taken to share equally what the quotas of the whole pool leave. */
function estimateOf(
  demands: readonly SubtaskDemand[],
  usage: readonly WorkerUsage[],
  pool: Pool,
): number {
  let quotas = 0;
  let bestEffort = 0;
  for (const { cpu } of demands) {
    quotas += cpu ?? 0;
    if (cpu === undefined) bestEffort++;
  }
  for (const worker of usage) quotas += worker.cpuGuaranteed;
  const left = pool.workerCpuMilli * pool.threads - quotas;
  return Math.max(1, Math.floor(left / Math.max(1, bestEffort)));
}

function placeSubtasks(
  demands: readonly SubtaskDemand[],
  slots: readonly Slot[],
  workers: readonly number[],
  usage: readonly WorkerUsage[],
  pool: Pool,
  memory: AdmittedMemory,
  pinned: string,
): readonly SubtaskPlacement[] {
  const slotOf = new Map(slots.flatMap((slot) => slot.subtasks.map((id) => [id, slot] as const)));
  const share = sharesOf(slots, workers, usage, pool);
  return demands.map(({ subtask, cpu, heap, channels, state, worker: pin }) => {
    const slot = slotOf.get(subtask.id)!;
    const worker = workers[slot.index]!;
    const operatorState = state.map(
      ({ operator, bytes }) => [operator, bytes ?? memory.sharedStateBytes] as const,
    );
    return {
      subtask: subtask.id,
      worker: workerId(worker),
      slot: slot.index,
      cpu: cpu ?? share[worker]!,
      cpuGuaranteed: cpu !== undefined,
      memory: [
        ...channels.map(plainTerm),
        ...state.map(({ operator, bytes }) => ({
          name: `state of ${operator}`,
          bytes: bytes ?? memory.sharedStateBytes,
          reason: bytes === undefined ? 'a share of what is left' : 'its quota',
        })),
      ],
      stateBytes: operatorState.reduce((total, [, bytes]) => total + bytes, 0),
      operatorState: Object.fromEntries(operatorState),
      heapBytes: heap ?? 0,
      reason:
        pin === undefined
          ? `slot ${slot.position} of group ${slot.group}, least loaded worker with room`
          : `pinned to worker ${pin} ${pinned}`,
    };
  });
}

/** By worker: what one best-effort subtask gets, an equal share of what the quotas there leave. */
function sharesOf(
  slots: readonly Slot[],
  workers: readonly number[],
  usage: readonly WorkerUsage[],
  pool: Pool,
): readonly number[] {
  return usage.map((taken, worker) => {
    let quotas = taken.cpuGuaranteed;
    let bestEffort = taken.bestEffort;
    for (const slot of slots) {
      if (workers[slot.index] !== worker) continue;
      quotas += slot.cpu;
      bestEffort += slot.bestEffort;
    }
    return Math.floor(Math.max(0, pool.workerCpuMilli - quotas) / Math.max(1, bestEffort));
  });
}

function placeWorker(
  at: number,
  pool: Pool,
  taken: WorkerUsage,
  subtasks: readonly SubtaskPlacement[],
  demands: readonly SubtaskDemand[],
): WorkerPlacement {
  const mine = subtasks.filter(({ worker }) => worker === at);
  const cpuUsed = mine.reduce((total, { cpu }) => total + cpu, 0);
  const guaranteed = mine.reduce(
    (total, { cpu, cpuGuaranteed }) => total + (cpuGuaranteed ? cpu : 0),
    0,
  );
  const bestEffort = taken.bestEffort + mine.filter(({ cpuGuaranteed }) => !cpuGuaranteed).length;
  const left = Math.max(0, pool.workerCpuMilli - taken.cpuGuaranteed - guaranteed);
  return {
    worker: workerId(at),
    cpus: pool.workerCpus[at]!,
    cpuCapacity: pool.workerCpuMilli,
    cpuUsed,
    cpuTaken: taken.cpuGuaranteed + taken.bestEffort * Math.floor(left / Math.max(1, bestEffort)),
    heapLimitBytes: pool.heapLimitBytes,
    hostsAsync: mine.some(({ subtask }) => demands[subtask]!.chain.async),
    subtasks: mine.map(({ subtask }) => subtask),
    memory: [...workerTerms(pool).map(plainTerm), ...sumByName(mine)],
  };
}

function sumByName(subtasks: readonly SubtaskPlacement[]): readonly MemoryTerm[] {
  const sums = new Map<string, { bytes: number; parts: number; reason: string }>();
  for (const { memory } of subtasks) {
    for (const { name, bytes, reason } of memory) {
      const sum = sums.get(name) ?? { bytes: 0, parts: 0, reason };
      sums.set(name, { bytes: sum.bytes + bytes, parts: sum.parts + 1, reason: sum.reason });
    }
  }
  return [...sums].map(([name, { bytes, parts, reason }]) => ({
    name,
    bytes,
    reason: parts === 1 ? reason : `${parts} subtasks`,
  }));
}

function placementNotes(
  workers: readonly WorkerPlacement[],
  subtasks: readonly SubtaskPlacement[],
): readonly string[] {
  const notes: string[] = [];
  const empty = workers.filter((worker) => worker.subtasks.length === 0);
  if (empty.length > 0)
    notes.push(
      `${empty.length} of ${workers.length} workers run nothing of this job: it has fewer slots`,
    );
  const starved = subtasks.filter(({ cpu, cpuGuaranteed }) => !cpuGuaranteed && cpu === 0);
  if (starved.length > 0)
    notes.push(
      `${starved.length} subtasks have no CPU quota and their workers have none to share: they run when the others idle`,
    );
  return notes;
}

/** Without what only admission needs. */
function plainTerm({ name, bytes, reason }: MemoryTerm): MemoryTerm {
  return { name, bytes, reason };
}
