/** One checkpoint under way: who takes part, who is missing, who must be told to begin. Pure. */

import type { PendingCheckpoint, ProtocolSubtask } from './protocol-types.ts';
import type { SubtaskReport } from './report.ts';

/** What a checkpoint begins with. */
export type PendingHead = Pick<
  PendingCheckpoint,
  'checkpoint' | 'options' | 'request' | 'target' | 'triggeredAtMs' | 'expiresAtMs' | 'base'
>;

/** A checkpoint in which all subtasks take part but those that finished before. */
export function beginPending(
  head: PendingHead,
  subtasks: readonly ProtocolSubtask[],
  finished: ReadonlyMap<number, number>,
): PendingCheckpoint {
  const missing = subtasks.map(({ subtask }) => subtask).filter((one) => !finished.has(one));
  return {
    ...head,
    phase: 'collecting',
    triggered: new Set(),
    missing: new Set(missing),
    reports: new Map(),
    finished: new Set(finished.keys()),
  };
}

/** The subtask's state is durable. Only where it is missing. */
export function acknowledge(pending: PendingCheckpoint, report: SubtaskReport): PendingCheckpoint {
  const missing = without(pending.missing, report.subtask);
  const reports = new Map(pending.reports).set(report.subtask, report);
  return { ...pending, missing, reports };
}

/** The subtask ended before the barrier reached it. Only where it is missing. */
export function finishBefore(pending: PendingCheckpoint, subtask: number): PendingCheckpoint {
  const missing = without(pending.missing, subtask);
  return { ...pending, missing, finished: new Set(pending.finished).add(subtask) };
}

/**
 * Subtasks that no barrier reaches by itself, since all they read from finished before it: sources at first, and more as
 * subtasks finish. Those that were told already are left out.
 */
export function untold(
  pending: PendingCheckpoint,
  subtasks: readonly ProtocolSubtask[],
): readonly number[] {
  return subtasks
    .filter(
      ({ subtask, producers }) =>
        pending.missing.has(subtask) &&
        !pending.triggered.has(subtask) &&
        producers.every((producer) => pending.finished.has(producer)),
    )
    .map(({ subtask }) => subtask);
}

function without(set: ReadonlySet<number>, one: number): ReadonlySet<number> {
  const rest = new Set(set);
  rest.delete(one);
  return rest;
}
