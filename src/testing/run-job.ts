/** `runJob`: a whole job in one call. */

import type { Job } from '../graph/index.ts';
import type { JobMetrics } from '../metrics/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { TestRunOptions } from './run-options.ts';
import { TestRun } from './test-run.ts';

/** What came out of a job that ran to its end. */
export interface RunResult {
  /** Rows of `collect` sinks by name, in order of arrival. */
  readonly collected: Readonly<Record<string, readonly unknown[]>>;
  readonly printed: readonly string[];
  readonly plan: PhysicalPlan;
  readonly metrics: JobMetrics;
  /** The ended run, for outputs of test sinks, rings and state. */
  readonly run: TestRun;
}

/**
 * Runs a job of bounded sources to its end, in this thread.
 *
 * @throws what the first subtask failed with
 * @throws ERR_TESTING_DEADLOCK, ERR_TESTING_ENDLESS
 * @example
 * const { collected } = await runJob(wordCount, { seed: 3, parallelism: 4 });
 * collected['default']; // rows of `collect()`
 */
export async function runJob(job: Job, options: TestRunOptions = {}): Promise<RunResult> {
  const run = await TestRun.start(job, options);
  await run.finish();
  return {
    collected: run.collectedByName,
    printed: run.printed,
    plan: run.plan,
    metrics: run.metrics(),
    run,
  };
}
