/** Runs a whole job in this thread to its end, with the drivers as they are; see `millrace/testing`. */

import type { RingDescriptor } from '../../src/exchange/index.ts';
import type { Job } from '../../src/graph/index.ts';
import type { PhysicalPlan } from '../../src/plan/index.ts';
import type { Subtask } from '../../src/runtime/index.ts';
import { runJob } from '../../src/testing/index.ts';
import type { TestRunOptions } from '../../src/testing/index.ts';

export type OneThreadOptions = TestRunOptions;

/** What came out. */
export interface OneThreadResult {
  /** Rows of `collect` sinks by name, in order of arrival. */
  readonly collected: Readonly<Record<string, readonly unknown[]>>;
  readonly printed: readonly string[];
  readonly plan: PhysicalPlan;
  readonly subtasks: readonly Subtask[];
  /** By channel id. */
  readonly rings: readonly RingDescriptor[];
  readonly steps: number;
}

/**
 * Runs the job to its end.
 *
 * @throws the first subtask's error; ERR_TESTING_DEADLOCK
 */
export async function runInOneThread(
  job: Job,
  options: OneThreadOptions = {},
): Promise<OneThreadResult> {
  const { run, collected, printed, plan } = await runJob(job, { guardRows: false, ...options });
  const { subtasks, rings, steps } = run;
  return { collected, printed, plan, subtasks, rings, steps };
}
