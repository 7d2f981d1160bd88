/** What the resource allocator decides: which worker thread runs which subtask, and why it fits. */

import { EngineError, formatBytes, formatCpu } from '../base/index.ts';
import type { SubtaskId, WorkerId } from '../base/index.ts';

/** One named term of a sum of bytes, printed by `millrace plan`. */
export interface MemoryTerm {
  readonly name: string;
  readonly bytes: number;
  /** One clause: `2 channels x 1 MiB`. */
  readonly reason: string;
}

/** One subtask on its worker. */
export interface SubtaskPlacement {
  readonly subtask: SubtaskId;
  readonly worker: WorkerId;
  /** Index of its slot; two subtasks of one chain never share a slot. */
  readonly slot: number;
  /** Milli-cores: its quota, or its equal share of what the quotas on its worker leave. */
  readonly cpu: number;
  /** Whether `cpu` is a quota; otherwise it is best effort. */
  readonly cpuGuaranteed: boolean;
  /** Off-heap bytes: the rings it reads, the overdraft of the channels it writes, its state. */
  readonly memory: readonly MemoryTerm[];
  /** Off-heap bytes of keyed state it may hold: the sum of `operatorState`. */
  readonly stateBytes: number;
  /** The same for each stateful operator of its chain, by name. */
  readonly operatorState: Readonly<Record<string, number>>;
  /** Heap quota within the limit of its worker, so not part of any sum; 0 when it has none. */
  readonly heapBytes: number;
  /** Why it sits there, in a clause. */
  readonly reason: string;
}

/** One worker thread of the pool. */
export interface WorkerPlacement {
  readonly worker: WorkerId;
  /** CPU numbers it is pinned to, empty when not pinned. */
  readonly cpus: readonly number[];
  /** Milli-cores: capacity of the thread, what its subtasks took, and what jobs already running have there. */
  readonly cpuCapacity: number;
  readonly cpuUsed: number;
  readonly cpuTaken: number;
  /** Both generations together; see `workerHeapLimits`. */
  readonly heapLimitBytes: number;
  /** Whether a subtask of it does asynchronous I/O, so that its event loop must keep turning. */
  readonly hostsAsync: boolean;
  readonly subtasks: readonly SubtaskId[];
  /** The thread itself, its heap, and the terms of its subtasks by name. */
  readonly memory: readonly MemoryTerm[];
}

/** A job that fits. */
export interface Placement {
  readonly fits: true;
  readonly job: string;
  /** Every worker of the pool, also one that got nothing; `workers[i].worker === i`. */
  readonly workers: readonly WorkerPlacement[];
  /** `subtasks[i].subtask === i`. */
  readonly subtasks: readonly SubtaskPlacement[];
  /** Memory of the process that belongs to no worker. */
  readonly process: readonly MemoryTerm[];
  /** Off-heap bytes of jobs already running. */
  readonly memoryTakenBytes: number;
  /** `process`, all workers and what is taken. */
  readonly memoryUsedBytes: number;
  readonly memoryLimitBytes: number;
  readonly notes: readonly string[];
}

/** A job that does not: the first term that is short. */
export interface Shortage {
  readonly fits: false;
  readonly job: string;
  readonly resource: 'cpu' | 'memory' | 'heap' | 'slots';
  /** The named term that does not fit: `rings of edge filter -> sum`. */
  readonly term: string;
  readonly needed: number;
  readonly available: number;
  readonly unit: 'bytes' | 'milli-cores' | 'workers';
  /** What to change, in a sentence naming the setting. */
  readonly advice: string;
  /** For memory: the whole sum, in the order in which it is admitted. */
  readonly terms: readonly MemoryTerm[];
}

/** A quantity of a shortage as a person reads it. */
export function formatQuantity(value: number, unit: Shortage['unit']): string {
  if (unit === 'bytes') return formatBytes(value);
  return unit === 'milli-cores' ? `${formatCpu(value)} CPU` : `${value} workers`;
}

/**
 * The shortage as an error, for those who must stop there.
 *
 * @example
 * if (!placement.fits) throw shortageError(placement); // ERR_PLACEMENT_SHORT
 */
export function shortageError(shortage: Shortage): EngineError {
  const { term, unit, advice } = shortage;
  return new EngineError('ERR_PLACEMENT_SHORT', {
    term,
    needed: formatQuantity(shortage.needed, unit),
    available: formatQuantity(shortage.available, unit),
    advice,
    shortage,
  });
}
