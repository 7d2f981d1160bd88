/** What a run is made of, and what it needs of its engine. */

import type { Clock } from '../base/index.ts';
import type { CheckpointSettings, Disk } from '../checkpoint/index.ts';
import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { ExecutionRequest } from './execution.ts';
import type { RestartStrategy } from './restart-strategy.ts';
import type { RunTimers } from './run-timers.ts';

/** What is to be run. */
export interface RunRequest extends Omit<ExecutionRequest, 'runId' | 'restore'> {
  readonly warnings: readonly PlanWarning[];
  readonly restart: RestartStrategy;
  readonly checkpoints: CheckpointSettings;
}

/** Subtasks, and where they are. */
export interface Layout {
  readonly plan: PhysicalPlan;
  readonly placement: Placement;
}

/** Numbers of subtasks that a job was given while it ran. */
export interface Sizes {
  /** Of operators without a number of their own; undefined: as the job was submitted. */
  readonly parallelism: number | undefined;
  /** By name or uid of an operator. */
  readonly operators: Readonly<Record<string, number>>;
}

/** Which subtasks are to be on another worker. */
export interface Move {
  /** Name of a chain, or name or uid of one of its operators. */
  readonly chain: string;
  /** Undefined: all of the chain. */
  readonly subtask: number | undefined;
  readonly worker: number;
}

/** Other layouts of a job that runs. */
export interface LayoutSource {
  /** With these numbers of subtasks, and as many key groups as now. @throws ERR_PLAN_…, ERR_PLACEMENT_SHORT, ERR_CONTROL_RESCALE */
  resized(sizes: Sizes, present: Layout): Layout;
  /** With these subtasks there, and all others where they are. @throws ERR_CONTROL_MOVE, ERR_PLACEMENT_SHORT, ERR_CONTROL_RESCALE */
  moved(move: Move, present: Layout): Layout;
}

/** What a run needs of its engine. */
export interface RunHost {
  readonly clock: Clock;
  readonly timers: RunTimers;
  /** Where checkpoints lie. */
  readonly disk: Disk;
  /** What tells the run from others that write to the same places. */
  readonly runId: string;
  /** Where its subtasks may be instead. */
  readonly layouts: LayoutSource;
  /** A number from 0 up to 1, for the jitter of restarts. */
  random(): number;
  /** A number for the messages of one attempt, which from now on come to the run. */
  attempt(): number;
  /** Nothing more comes of this attempt. */
  forget(attempt: number): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** Settles when every worker thread runs. @throws ERR_CONTROL_WORKER_START */
  ready(): Promise<void>;
}
