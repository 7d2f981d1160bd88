/**
 * Whether a job can take the state of a checkpoint: state is matched by uid, key groups must be as many as they were. Pure.
 * What the record types and kinds of single states have become is checked by those who read them.
 */

import type { Manifest, ManifestOperator, OperatorHandles } from './manifest.ts';
import { manifestName } from './names.ts';
import { failOther } from './recovery.ts';

/** What of a job matters here. */
export interface RestoringJob {
  readonly job: string;
  readonly operators: readonly Pick<ManifestOperator, 'uid' | 'name' | 'maxParallelism'>[];
}

/** What will not be restored, since it was allowed. */
export interface DroppedState {
  readonly uid: string;
  readonly name: string;
}

/**
 * Compares the operators that hold something with those of the job.
 *
 * @param allowDropped state without an operator is left out instead of being an error
 * @throws ERR_CHECKPOINT_RESTORE names the operator
 */
export function checkRestore(
  { job, operators }: RestoringJob,
  manifest: Manifest,
  allowDropped: boolean,
): readonly DroppedState[] {
  const file = manifestName(manifest.checkpoint);
  const now = new Map(operators.map((operator) => [operator.uid, operator]));
  const holding = holdingUids(manifest);
  const dropped: DroppedState[] = [];
  for (const { uid, name, maxParallelism } of manifest.operators) {
    if (!holding.has(uid)) continue;
    const operator = now.get(uid);
    if (operator === undefined) {
      if (!allowDropped) {
        const uids = [...now.keys()].join(', ');
        failOther(job, file, `state of its operators (${uids})`, `state of ${uid} (${name})`);
      }
      dropped.push({ uid, name });
    } else if (operator.maxParallelism !== maxParallelism) {
      const expected = `${operator.maxParallelism} key groups of ${operator.name} (${uid})`;
      failOther(job, file, expected, maxParallelism);
    }
  }
  return dropped;
}

/** Uids of operators that a job must have to take everything back: they hold state or positions, or rows are on their way to them. */
export function holdingUids({ subtasks }: Pick<Manifest, 'subtasks'>): ReadonlySet<string> {
  return new Set(
    subtasks.flatMap(({ operators, head, splits, inFlight }) => [
      ...Object.entries(operators).flatMap(([uid, held]) => (isEmpty(held) ? [] : [uid])),
      ...(splits === undefined ? [] : [head]),
      ...inFlight.map(({ to }) => to),
    ]),
  );
}

function isEmpty({ keyed, operator }: OperatorHandles): boolean {
  return keyed.length === 0 && operator.every(({ section }) => section.pieces === 0);
}
