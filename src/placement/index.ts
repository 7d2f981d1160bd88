/** Physical plan to worker threads: quotas, budgets, the resource allocator. */

export type {
  MemoryTerm,
  Placement,
  Shortage,
  SubtaskPlacement,
  WorkerPlacement,
} from './placement.ts';
