/** Tells the operators of a chain what became of a checkpoint. Owner: the subtask's worker. */

import type { Chain } from './chain.ts';

/**
 * Sinks commit what they prepared up to a complete checkpoint. All are told; each that fails is the current operator when `fail` is
 * called.
 *
 * @returns settles when all have committed or failed; undefined when nothing has to be waited for
 */
export function tellOutcome(
  { spec }: Pick<Chain, 'spec'>,
  checkpoint: number,
  complete: boolean,
  fail: (error: unknown) => Promise<void>,
): Promise<unknown> | undefined {
  const { operators, current } = spec;
  const waitedFor: Promise<void>[] = [];
  const failed = (k: number, error: unknown): Promise<void> => {
    current.operator = k;
    return fail(error);
  };
  const { operator: before } = current;
  operators.forEach(({ operator }, k) => {
    current.operator = k;
    try {
      if (!complete) operator?.notifyCheckpointAborted?.(checkpoint);
      else {
        const commit = operator?.notifyCheckpointComplete?.(checkpoint);
        if (commit !== undefined)
          waitedFor.push(commit.catch((error: unknown) => failed(k, error)));
      }
    } catch (error) {
      waitedFor.push(failed(k, error));
    }
  });
  current.operator = before;
  return waitedFor.length === 0 ? undefined : Promise.all(waitedFor);
}
