/** What is known of a step that does not return, for the log and for the error that it becomes. */

import { EngineError } from '../base/index.ts';
import type { WorkerId } from '../base/index.ts';
import { userFrameOf } from '../runtime/index.ts';
import type { ThreadSample } from './thread-sample.ts';

/** Where a worker was when it stood still or ended; parts that nobody knows are undefined. */
export interface WorkPlace {
  readonly job: string | undefined;
  readonly operator: string | undefined;
  readonly subtask: number | undefined;
}

/** Nothing is known. */
export const NOWHERE: WorkPlace = { job: undefined, operator: undefined, subtask: undefined };

/** A step that did not return in time. */
export interface StuckStep extends WorkPlace {
  readonly worker: number;
  /** ms since the epoch. */
  readonly sinceMs: number;
  /** How long it had run when it was reported. */
  readonly elapsedMs: number;
  /** The user's own line that runs: `job.ts:12:20`. */
  readonly source: string | undefined;
  /** Text of the row that entered the chain last. */
  readonly row: string | undefined;
  /** Stack of the thread, innermost first; empty when it could not be stopped. */
  readonly stack: readonly string[];
  /** Why there is no stack. */
  readonly missing: string | undefined;
}

/** Puts together what is known. */
export function stuckStep(
  worker: WorkerId,
  place: WorkPlace,
  sample: ThreadSample,
  sinceMs: number,
  elapsedMs: number,
): StuckStep {
  const { stack, missing } = sample;
  const source = userFrameOf(stack.map((frame) => `    at ${frame}`).join('\n'));
  return {
    worker,
    job: place.job,
    operator: sample.place?.operator ?? place.operator,
    subtask: sample.place?.subtask ?? place.subtask,
    sinceMs: Math.round(sinceMs),
    elapsedMs: Math.round(elapsedMs),
    source,
    row: sample.place?.row,
    stack,
    missing,
  };
}

/** The failure of the jobs on this thread. */
export function stuckError(step: StuckStep): EngineError {
  const { worker, elapsedMs, stack, source, row } = step;
  const cause = stack.length === 0 ? undefined : new Error(`it was in ${stack[0]}`);
  if (cause !== undefined) {
    cause.name = 'Stuck';
    cause.stack = [`Stuck: ${cause.message}`, ...stack.map((frame) => `    at ${frame}`)].join(
      '\n',
    );
  }
  return new EngineError(
    'ERR_CONTROL_WORKER_STUCK',
    {
      worker,
      during: duringText(step),
      seconds: Math.round(elapsedMs / 100) / 10,
      at: source === undefined ? '' : `, at ${source}`,
    },
    {
      ...(cause === undefined ? {} : { cause }),
      place: {
        ...placeOf(step),
        ...(source === undefined ? {} : { source }),
        ...(row === undefined ? {} : { row }),
      },
    },
  );
}

/** ` by operator map of job words`, or nothing. */
export function duringText({ job, operator }: WorkPlace): string {
  if (operator === undefined) return '';
  return job === undefined ? ` in operator ${operator}` : ` in operator ${operator} of job ${job}`;
}

/** The place as errors have it. */
export function placeOf({ operator, subtask }: WorkPlace): { operator?: string; subtask?: number } {
  return {
    ...(operator === undefined ? {} : { operator }),
    ...(subtask === undefined ? {} : { subtask }),
  };
}
