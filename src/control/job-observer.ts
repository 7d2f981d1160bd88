/** What a run tells of itself: how it ended, what failed, what it printed. */

import type { EngineError } from '../base/index.ts';
import type { JobMetrics } from '../metrics/index.ts';
import type { CheckpointInfo } from './checkpoint-types.ts';
import type { JobState } from './job-states.ts';

/** How a job ended without failing. */
export interface JobResult {
  readonly job: string;
  /** `canceled` after `cancel()`; `finished` otherwise, also after a graceful stop. */
  readonly state: 'finished' | 'canceled';
  /** Milliseconds from submission to the end. */
  readonly durationMs: number;
  /** Milliseconds from submission until rows could flow. */
  readonly startMs: number;
  /** Of the last attempt, when the job was started again after failures. */
  readonly metrics: JobMetrics;
  /** Failures that were answered with a restart. */
  readonly restarts: number;
}

/** A failure of a run. */
export interface JobFailure {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly error: Error;
  /** Milliseconds until the job was to be started again; undefined: it stayed failed. */
  readonly restartDelayMs: number | undefined;
  /** Number of the attempt that failed, from 1; `run.attempts` has them. */
  readonly attempt: number;
  /** Where it failed, as far as the error says. */
  readonly operator: string | undefined;
  readonly subtask: number | undefined;
  /** Set when the job runs again. */
  readonly recovery: JobRecovery | undefined;
}

/** How a job went on after a failure. */
export interface JobRecovery {
  /** What it went on from; undefined: the beginning. */
  readonly checkpoint: number | undefined;
  /** Milliseconds from the failure until rows flowed again, the delay included. */
  readonly durationMs: number;
  /** Milliseconds of the failed attempt's work that are done again: those behind the checkpoint. */
  readonly redoneMs: number;
}

/** One time that a job was deployed. */
export interface JobAttempt {
  /** `undone`: it goes on as it was, since it could not be started after a rescale or a move. */
  readonly why: 'submitted' | 'restarted' | 'rescaled' | 'moved' | 'undone';
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** What it went on from; undefined: the beginning. */
  readonly checkpoint: number | undefined;
  /** Subtasks by operator. */
  readonly parallelism: Readonly<Record<string, number>>;
}

/** One line of a `print` sink. */
export interface PrintedLine {
  readonly operator: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What a run reports while it lives. */
export interface JobObserver {
  onState?(state: JobState): void;
  /** Something failed; before the state changes. */
  onFailure?(failure: JobFailure): void;
  /** The job runs again after this failure, which now has its `recovery`. */
  onRecovery?(failure: JobFailure): void;
  /** A row was left out, see `onBadRow` of operators; told of the first few of each operator and subtask. */
  onBadRow?(error: EngineError): void;
  /** A checkpoint or savepoint is complete. */
  onCheckpoint?(info: CheckpointInfo): void;
  /** Default: the line is written to the named stream. */
  onPrint?(line: PrintedLine): void;
}

/** Calls an observer. What it throws is the caller's: it ends in the process's own handler, as with event listeners. */
export function tell(observe: () => void): void {
  try {
    observe();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
