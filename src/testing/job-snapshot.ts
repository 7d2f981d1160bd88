/**
 * What a whole job holds at a barrier, and how it is dealt out to the subtasks of another run.
 *
 * Law: every key group, every element of split state and every split comes to one subtask, whatever the parallelism.
 */

import { EngineError } from '../base/index.ts';
import type { InFlightFrames } from '../checkpoint/index.ts';
import type { Plain, RestoredState } from '../operators/index.ts';
import type { PhysicalPlan, PlanSubtask } from '../plan/index.ts';
import { beginningOf, inFlightParts, recoveredFrames } from '../runtime/index.ts';
import type { SubtaskRestore, SubtaskSnapshot } from '../runtime/index.ts';
import { redistribute } from '../state/index.ts';
import type { HeldSubtask } from './hosted-job.ts';

/** What one subtask held; plain data. */
export interface SubtaskState {
  /** Uid of the head of its chain, 0 .. parallelism - 1, and how many there were. */
  readonly head: string;
  readonly index: number;
  readonly parallelism: number;
  readonly snapshot: SubtaskSnapshot;
  /** Rows that the barrier overtook; missing where it overtook none. */
  readonly inFlight?: readonly InFlightFrames[];
}

/** A whole job at a barrier: plain data. */
export interface JobSnapshot {
  readonly version: 1;
  readonly job: string;
  readonly checkpoint: number;
  readonly maxParallelism: number;
  readonly subtasks: readonly SubtaskState[];
}

/** The snapshot with its plan's names. */
export function jobSnapshot(
  plan: PhysicalPlan,
  checkpoint: number,
  snapshots: readonly HeldSubtask[],
): JobSnapshot {
  const subtasks = plan.subtasks.map(({ chain, index }, id): SubtaskState => {
    const { operators, parallelism } = plan.chains[chain]!;
    return { head: operators[0]!.uid, index, parallelism, ...snapshots[id]! };
  });
  const { job, maxParallelism } = plan;
  // As a store would keep it: what is no plain data fails here.
  return structuredClone({ version: 1, job, checkpoint, maxParallelism, subtasks });
}

/**
 * What a subtask of `plan` takes from a snapshot, by the uids of its operators.
 *
 * @throws ERR_TESTING_RESTORE another number of key groups, or state of an operator that the job does not have
 * @throws ERR_CHECKPOINT_IN_FLIGHT
 */
export async function restoreOf(
  plan: PhysicalPlan,
  planned: PlanSubtask,
  snapshot: JobSnapshot,
): Promise<SubtaskRestore> {
  const { chain, index } = planned;
  const { operators, parallelism } = plan.chains[chain]!;
  const earlier = snapshot.subtasks.map(({ head, index: at, snapshot: { splits, finished } }) => {
    return { head, index: at, splits, finished };
  });
  const states: Record<string, RestoredState> = {};
  for (const { uid } of operators) {
    // In the order of the subtasks, as the plan lists them.
    const held = snapshot.subtasks.flatMap(({ snapshot: { operators: byUid } }) => {
      const state = byUid[uid];
      return state === undefined ? [] : [state];
    });
    if (held.length > 0) {
      states[uid] = redistribute(held, plan.maxParallelism, parallelism)[index]!;
    }
  }
  const parts = inFlightParts(snapshot.subtasks, ({ inFlight = [] }) =>
    inFlight.map(({ pieces, ...channel }) => ({ channel, pieces: () => pieces })),
  );
  const inFlight = await recoveredFrames(plan, planned, parts);
  const uids = operators.map(({ uid }) => uid);
  return { states, ...beginningOf(earlier, uids, index, parallelism), inFlight };
}

/** Positions of the splits of a test source, by the index of its subtask. */
export function positionsOf(snapshot: JobSnapshot, uid: string): (readonly [number, Plain])[] {
  return snapshot.subtasks.flatMap(({ head, index, snapshot: { splits, finished } }) =>
    head !== uid || finished || splits === undefined
      ? []
      : Object.values(splits).map((position) => [index, position] as const),
  );
}

/** @throws ERR_TESTING_RESTORE */
export function checkSnapshot(plan: PhysicalPlan, snapshot: JobSnapshot): void {
  if (snapshot.maxParallelism !== plan.maxParallelism) {
    throw new EngineError('ERR_TESTING_RESTORE', {
      expected: `a snapshot with ${plan.maxParallelism} key groups`,
      got: `one with ${snapshot.maxParallelism}`,
    });
  }
  const known = new Set(plan.chains.flatMap(({ operators }) => operators.map(({ uid }) => uid)));
  const held = snapshot.subtasks.flatMap((subtask) => Object.keys(subtask.snapshot.operators));
  const lost = held.find((uid) => !known.has(uid));
  if (lost === undefined) return;
  throw new EngineError('ERR_TESTING_RESTORE', {
    expected: `state of the job's operators (${[...known].join(', ')})`,
    got: `state of ${lost}`,
  });
}
