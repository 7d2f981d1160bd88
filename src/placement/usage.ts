/** What jobs already running have of the pool, so that another one can be placed beside them. */

import type { Placement } from './placement.ts';

/** What is taken of one worker. */
export interface WorkerUsage {
  /** Sum of CPU quotas, milli-cores. */
  readonly cpuGuaranteed: number;
  /** Subtasks without a CPU quota. */
  readonly bestEffort: number;
  /** Sum of heap quotas. */
  readonly heapBytes: number;
}

/** What is taken of the pool. The memory of the workers themselves is not part of it: it is the pool's own. */
export interface PoolUsage {
  /** By worker; a missing one is free. */
  readonly workers: readonly WorkerUsage[];
  /** Off-heap bytes of all subtasks. */
  readonly memoryBytes: number;
}

/** Of a worker that runs nothing. */
export const FREE_WORKER: WorkerUsage = { cpuGuaranteed: 0, bestEffort: 0, heapBytes: 0 };

/** Of a pool that runs nothing. */
export const NOTHING_TAKEN: PoolUsage = { workers: [], memoryBytes: 0 };

/**
 * What these placed jobs take together.
 *
 * @example
 * place(plan, machine, config, usageOf([running]));
 */
export function usageOf(placements: readonly Placement[]): PoolUsage {
  const workers: WorkerUsage[] = [];
  let memoryBytes = 0;
  for (const placement of placements) {
    for (const { worker, cpu, cpuGuaranteed, heapBytes, memory } of placement.subtasks) {
      while (workers.length <= worker) workers.push(FREE_WORKER);
      const taken = workers[worker]!;
      workers[worker] = {
        cpuGuaranteed: taken.cpuGuaranteed + (cpuGuaranteed ? cpu : 0),
        bestEffort: taken.bestEffort + (cpuGuaranteed ? 0 : 1),
        heapBytes: taken.heapBytes + heapBytes,
      };
      for (const term of memory) memoryBytes += term.bytes;
    }
  }
  return { workers, memoryBytes };
}
