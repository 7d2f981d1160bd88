/** What a subtask is, what one of its steps came to, and what it holds at a barrier. The states are drawn in subtask.ts. */

import type { EngineError } from '../base/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import type { BarrierPassed, BarrierWork } from './control-work.ts';
import type { SplitPositions } from './source-head.ts';

/** What a subtask is; see the header of subtask.ts. */
export type SubtaskState =
  | 'running'
  | 'finishing'
  | 'flushing'
  | 'closing'
  | 'finished'
  | 'failed'
  | 'canceled';

/** What one step came to. */
export const Progress = {
  /** Nothing to do; waits for input, the clock or an asynchronous answer. */
  idle: 0,
  /** Did something; step again. */
  progress: 1,
  /** Has input but no room downstream. */
  blocked: 2,
  /** An operator of its own, a sink for one, takes no row until an asynchronous answer comes: as busy as if it computed. */
  waiting: 3,
} as const;
export type Progress = (typeof Progress)[keyof typeof Progress];

/** What a subtask reports to its worker. */
export interface SubtaskHooks {
  /** Entered `finished` or `canceled`. */
  onEnd(state: SubtaskState): void;
  /** Entered `failed`. */
  onFailure(error: EngineError): void;
  /** A promise whose settling may let the subtask go on: the worker keeps its event loop turning meanwhile. */
  track(promise: Promise<unknown>): void;
  /** A barrier passed: what the subtask held at that point, and what there is to say of it. */
  onSnapshot?(barrier: BarrierWork, snapshot: SubtaskSnapshot, passed: BarrierPassed): void;
}

/** What a subtask holds at a barrier; plain data. */
export interface SubtaskSnapshot {
  /** By uid; operators that hold nothing are missing. */
  readonly operators: Readonly<Record<string, OperatorSnapshot>>;
  /** Of a source. */
  readonly splits: SplitPositions | undefined;
  /** Whether it had finished: after a restore it only says so. */
  readonly finished: boolean;
}

/** @param planned the operators, in the order of their snapshots */
export function subtaskSnapshot(
  planned: readonly { readonly uid: string }[],
  snapshots: readonly (OperatorSnapshot | undefined)[],
  splits: SplitPositions | undefined,
  finished: boolean,
): SubtaskSnapshot {
  const operators: Record<string, OperatorSnapshot> = {};
  snapshots.forEach((snapshot, k) => {
    if (snapshot !== undefined) operators[planned[k]!.uid] = snapshot;
  });
  return { operators, splits, finished };
}
