/** What checkpoints of a job are to those who ask for them, and what taking them needs of the run. */

import type { Clock, EngineError } from '../base/index.ts';
import type { Disk } from '../checkpoint/index.ts';
import type { DeployMessage, ToWorker } from '../runtime/index.ts';
import type { RunTimers } from './run-timers.ts';

/** A checkpoint or savepoint that is complete. */
export interface CheckpointInfo {
  readonly checkpoint: number;
  readonly kind: 'checkpoint' | 'savepoint';
  /** Folder that holds it; of a savepoint, one of its own. */
  readonly folder: string;
  /** ms since the epoch. */
  readonly completedAtMs: number;
  /** From the trigger until it was complete, in ms. */
  readonly durationMs: number;
  /** Written for it; what it shares with earlier ones is not counted. */
  readonly bytes: number;
}

/** What an attempt to run the job begins with. */
export type RestorePoint = NonNullable<DeployMessage['restore']>;

/** What a job is to go on from. */
export interface RestoreOptions {
  /**
   * `latest`: the newest intact checkpoint of the job's own folder. `latest-or-new`: the same, or the beginning when that folder
   * holds none; an error when those it holds are damaged. Else the folder of a checkpoint or savepoint.
   */
  readonly from: string;
  /** Whether state of operators that the job does not have is left out instead of being an error; default false. */
  readonly allowNonRestoredState?: boolean;
}

/** What it needs of the run. */
export interface JobCheckpointsHost {
  readonly clock: Clock;
  readonly timers: RunTimers;
  readonly disk: Disk;
  /** For a run that begins anew. */
  readonly runId: string;
  /** Posts to every worker of the current attempt; `job` is filled in. */
  post(message: CheckpointMail): void;
  /** The job is to fail; it may be started again. */
  fail(error: EngineError): void;
  /** A savepoint that ends the job is complete. @param drained whether all it had is to be finished before */
  end(drained: boolean): void;
  /** A checkpoint behind which nothing was processed is complete: another attempt goes on from it. */
  handedOver(): void;
  onComplete(info: CheckpointInfo): void;
  /** Older checkpoints than this one are not gone back to any more. */
  onKept(oldest: number): void;
  /** A checkpoint or a file of one that cannot be used, or was not written. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** What is posted to workers. */
export type CheckpointMail = WithoutJob<
  Extract<ToWorker, { readonly kind: 'checkpoint' | 'checkpointComplete' | 'checkpointAborted' }>
>;
type WithoutJob<M> = M extends unknown ? Omit<M, 'job'> : never;
