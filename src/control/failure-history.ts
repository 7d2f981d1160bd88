/**
 * The failures of a run, and what became of each: how long it took until rows flowed again, from where, and how much work was
 * done again. Main thread.
 *
 * Laws (test/control/failure-history.test.ts): every failure that was answered has a recovery once the job runs again, also
 * those of attempts that never ran; work that is done again is counted from the checkpoint, and from the start of the failed
 * attempt at the earliest; an attempt that never ran has none.
 */

import { EngineError } from '../base/index.ts';
import type { JobFailure, JobRecovery } from './job-observer.ts';

/** A failure that can still be answered. */
interface Entry extends JobFailure {
  recovery: JobRecovery | undefined;
}

/** See the file header. */
export class FailureHistory {
  readonly #all: Entry[] = [];
  /** When the present attempt began to run; undefined while it does not. */
  #runningSinceMs: number | undefined = undefined;
  /** By failure, when its attempt had begun to run. */
  readonly #ranSinceMs: WeakMap<JobFailure, number> = new WeakMap();

  /** Oldest first. */
  get all(): readonly JobFailure[] {
    return this.#all;
  }

  /**
   * Something failed.
   *
   * @param nowMs ms since the epoch, as everywhere here
   * @param attempt number of the attempt that failed, from 1
   */
  failed(
    error: Error,
    nowMs: number,
    restartDelayMs: number | undefined,
    attempt: number,
  ): JobFailure {
    const place = error instanceof EngineError ? error.place : {};
    const failure: Entry = {
      atMs: nowMs,
      error,
      restartDelayMs,
      attempt,
      operator: place.operator,
      subtask: place.subtask,
      recovery: undefined,
    };
    this.#all.push(failure);
    if (this.#runningSinceMs !== undefined) this.#ranSinceMs.set(failure, this.#runningSinceMs);
    this.#runningSinceMs = undefined;
    return failure;
  }

  /**
   * The job runs.
   *
   * @param from what it went on from, and when that was triggered; undefined: the beginning
   * @returns the failures that this answers
   */
  running(
    nowMs: number,
    from: { readonly checkpoint: number; readonly triggeredAtMs: number } | undefined,
  ): readonly JobFailure[] {
    this.#runningSinceMs = nowMs;
    const open = this.#all.filter(
      ({ recovery, restartDelayMs }) => recovery === undefined && restartDelayMs !== undefined,
    );
    for (const failure of open) {
      const ranSinceMs = this.#ranSinceMs.get(failure);
      const keptMs = Math.max(from?.triggeredAtMs ?? -Infinity, ranSinceMs ?? failure.atMs);
      failure.recovery = {
        checkpoint: from?.checkpoint,
        durationMs: nowMs - failure.atMs,
        redoneMs: Math.max(0, failure.atMs - keptMs),
      };
    }
    return open;
  }
}
