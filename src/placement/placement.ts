/** What the resource allocator decides: which worker thread runs which subtask, and why it fits. */

import type { SubtaskId, WorkerId } from '../base/index.ts';

/** One named term of a sum of bytes, printed by `millrace plan`. */
export interface MemoryTerm {
  readonly name: string;
  readonly bytes: number;
  /** One clause: `2 channels × 1 MiB`. */
  readonly reason: string;
}

/** One subtask on its worker. */
export interface SubtaskPlacement {
  readonly subtask: SubtaskId;
  readonly worker: WorkerId;
  /** Milli-cores. */
  readonly cpu: number;
  /** Ring, overdraft, state slab and heap bytes. */
  readonly memory: readonly MemoryTerm[];
  /** Off-heap bytes of keyed state it may hold. */
  readonly stateBytes: number;
  /** Why it sits there, in a clause. */
  readonly reason: string;
}

/** One worker thread of the pool. */
export interface WorkerPlacement {
  readonly worker: WorkerId;
  /** CPU numbers it is pinned to, empty when not pinned. */
  readonly cpus: readonly number[];
  /** Milli-cores: capacity of the thread, and what its subtasks took. */
  readonly cpuCapacity: number;
  readonly cpuUsed: number;
  readonly heapLimitBytes: number;
  readonly subtasks: readonly SubtaskId[];
  readonly memory: readonly MemoryTerm[];
}

/** A job that fits. */
export interface Placement {
  readonly fits: true;
  readonly workers: readonly WorkerPlacement[];
  readonly subtasks: readonly SubtaskPlacement[];
  readonly memoryUsedBytes: number;
  readonly memoryLimitBytes: number;
  readonly notes: readonly string[];
}

/** A job that does not: the first term that is short. */
export interface Shortage {
  readonly fits: false;
  readonly resource: 'cpu' | 'memory' | 'heap' | 'slots';
  /** The named term that does not fit: `rings of edge filter -> sum`. */
  readonly term: string;
  readonly needed: number;
  readonly available: number;
  readonly unit: 'bytes' | 'milli-cores' | 'workers';
  /** What to change, in a sentence naming the setting. */
  readonly advice: string;
  readonly terms: readonly MemoryTerm[];
}
