/**
 * Leaves out rows at which the code of an operator throws, when the job says so. Owner: the subtask's worker.
 *
 * What is left out is the operator's part in the row: what its function did before it threw stays, as rows it emitted, state
 * it changed, timers it set. What operators behind it throw is theirs, and never comes here. What the engine itself keeps is
 * not changed by half: only transformations that see to it (`leavesOut`) have a policy, and errors that say nothing of the row,
 * such as a state quota that is exceeded, still fail the job.
 */

import { EngineError } from '../base/index.ts';
import type { BadRowPolicy } from '../connectors/index.ts';
import { DEAD_LETTERS } from '../graph/index.ts';
import type { DeadLetter } from '../graph/index.ts';
import { NO_TIMESTAMP, RowKind } from '../record/index.ts';
import type { Operator } from '../operators/index.ts';
import type { ChainCollector } from './collector.ts';
import type { CurrentRow } from './current-row.ts';
import { rowText, userError } from './user-error.ts';

/** Called by a driver for a row at which operator code threw. @throws what was thrown, when it says nothing of the row */
export type LeaveOut = (thrown: unknown, row: unknown, timestamp: number) => void;

/** What leaving out needs of the operator's chain. */
export interface BadRowPlace {
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly policy: BadRowPolicy;
  readonly current: CurrentRow;
  readonly collector: ChainCollector;
  /** Whether somebody takes the dead letters. */
  readonly taken: boolean;
  /** Counts the row, and tells of the first ones. */
  report(error: EngineError): void;
}

/** What a driver calls; undefined for the policy `fail`. */
export function leaveOutOf(place: BadRowPlace, operator: Operator): LeaveOut | undefined {
  const { operatorName, subtaskIndex, policy, current, collector } = place;
  if (policy === 'fail') return undefined;
  return (thrown, row, timestamp) => {
    if (!concernsRow(thrown)) throw thrown;
    operator.leaveOut?.();
    const text = rowText(row);
    const error = userError(thrown, { operator: operatorName, subtask: subtaskIndex, row: text });
    place.report(error);
    if (policy !== 'sideOutput' || !place.taken) return;
    const letter: DeadLetter = {
      operator: operatorName,
      subtask: subtaskIndex,
      code: error.code,
      message: error.message,
      source: error.place.source ?? null,
      row: text,
      timestamp: timestamp === NO_TIMESTAMP ? null : timestamp,
    };
    // A letter is an insert, whatever the kind of its row.
    const { rowKind } = current;
    current.rowKind = RowKind.insert;
    collector.emitSide(DEAD_LETTERS.tag, letter, timestamp);
    current.rowKind = rowKind;
  };
}

/** Errors of the engine's own that a row causes: a value or key that does not fit, a result that is none. */
const OF_ROWS: readonly string[] = ['ERR_OPERATORS_RESULT', 'ERR_OPERATORS_KEY_CHANGED'];

function concernsRow(thrown: unknown): boolean {
  if (!(thrown instanceof EngineError)) return true;
  return thrown.code.startsWith('ERR_RECORD_') || OF_ROWS.includes(thrown.code);
}
