/** What a run is made of, and what it needs of its engine. */

import type { Clock } from '../base/index.ts';
import type { CheckpointSettings, Disk } from '../checkpoint/index.ts';
import type { PlanWarning } from '../plan/index.ts';
import type { ExecutionRequest } from './execution.ts';
import type { RestartStrategy } from './restart-strategy.ts';
import type { RunTimers } from './run-timers.ts';

/** What is to be run. */
export interface RunRequest extends Omit<ExecutionRequest, 'runId' | 'restore'> {
  readonly warnings: readonly PlanWarning[];
  readonly restart: RestartStrategy;
  readonly checkpoints: CheckpointSettings;
}

/** What a run needs of its engine. */
export interface RunHost {
  readonly clock: Clock;
  readonly timers: RunTimers;
  /** Where checkpoints lie. */
  readonly disk: Disk;
  /** What tells the run from others that write to the same places. */
  readonly runId: string;
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
