/** The manifest of a checkpoint that all subtasks acknowledged. Pure. */

import { assert } from '../base/index.ts';
import { MANIFEST_VERSION } from './manifest.ts';
import type { Manifest, ManifestOperator, SubtaskHandles } from './manifest.ts';
import type { PendingCheckpoint } from './protocol-types.ts';

/** What a manifest says of its job; from the plan. */
export interface ManifestJob {
  readonly job: string;
  readonly graphFingerprint: string;
  readonly operators: readonly ManifestOperator[];
  /** Uid of the head of its chain, index and parallelism of each subtask, by its index in the plan. */
  readonly subtasks: readonly Pick<SubtaskHandles, 'head' | 'index' | 'parallelism'>[];
}

/**
 * The manifest; subtasks that finished before the barrier hold nothing and say that they had.
 *
 * @param times ms since the epoch, integers
 */
export function manifestOf(
  job: ManifestJob,
  { checkpoint, options, target, reports, finished, missing }: PendingCheckpoint,
  times: Pick<Manifest, 'triggeredAtMs' | 'completedAtMs'>,
): Manifest {
  assert(missing.size === 0, 'a manifest has the state of all subtasks');
  const subtasks = job.subtasks.map((identity, subtask): SubtaskHandles => {
    const report = reports.get(subtask);
    if (report !== undefined) return report.handles;
    assert(finished.has(subtask), 'a subtask without state had finished');
    return { ...identity, finished: true, splits: undefined, operators: {}, inFlight: [] };
  });
  return {
    version: MANIFEST_VERSION,
    kind: options.kind === 'checkpoint' || target === undefined ? 'checkpoint' : 'savepoint',
    checkpoint,
    job: job.job,
    graphFingerprint: job.graphFingerprint,
    ...times,
    operators: job.operators,
    subtasks,
  };
}
