/** Tells the operators of a chain what became of a checkpoint. Owner: the subtask's worker. */

import type { Chain } from './chain.ts';
import type { SubtaskHooks } from './subtask-states.ts';

/**
 * Sinks commit what they prepared up to a complete checkpoint; all are told, then the first failure decides.
 *
 * @param fail with the operator that failed as the current one
 */
export function tellOutcome(
  { spec }: Pick<Chain, 'spec'>,
  checkpoint: number,
  complete: boolean,
  { track }: Pick<SubtaskHooks, 'track'>,
  fail: (error: unknown) => Promise<void>,
): void {
  const { operators, current } = spec;
  const failed = (k: number, error: unknown): void => {
    current.operator = k;
    track(fail(error));
  };
  operators.forEach(({ operator }, k) => {
    const { operator: before } = current;
    current.operator = k;
    try {
      if (!complete) operator?.notifyCheckpointAborted?.(checkpoint);
      else {
        const commit = operator?.notifyCheckpointComplete?.(checkpoint);
        if (commit !== undefined) track(commit.catch((error: unknown) => failed(k, error)));
      }
    } catch (error) {
      failed(k, error);
    }
    current.operator = before;
  });
}
