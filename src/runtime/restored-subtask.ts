/**
 * What a subtask takes back of a checkpoint: state by uid, dealt out anew where the parallelism changed.
 *
 * Law (test/runtime/restored-subtask.test.ts): every key group, every element of split state and every split comes to one
 * subtask, whatever the parallelism.
 */

import { readInFlight, readOperatorState } from '../checkpoint/index.ts';
import type {
  CheckpointStore,
  Manifest,
  OperatorHandles,
  SubtaskHandles,
} from '../checkpoint/index.ts';
import type { RestoredState } from '../operators/index.ts';
import type { PhysicalPlan, PlanSubtask } from '../plan/index.ts';
import { keyGroupRange } from '../record/index.ts';
import { foldChanges, redistribute } from '../state/index.ts';
import { inFlightParts, recoveredFrames } from './recovered-frames.ts';
import type { RecoveredFrames } from './recovered-frames.ts';
import type { SplitPositions } from './source-head.ts';

const NOTHING: OperatorHandles = { keyed: [], operator: [] };

/** What `Subtask.restore` takes. */
export interface SubtaskRestore {
  readonly states: Readonly<Record<string, RestoredState>>;
  /** Of all subtasks of the source: splits may have been dealt out otherwise. */
  readonly splits: SplitPositions | undefined;
  readonly finished: boolean;
  /** Rows that a barrier had overtaken; missing when there are none. */
  readonly inFlight?: RecoveredFrames | undefined;
}

/** What of an earlier subtask matters for who goes on. */
export type EarlierSubtask = Pick<SubtaskHandles, 'head' | 'index' | 'splits' | 'finished'>;

/**
 * Reads the state of one subtask.
 *
 * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO
 * @throws ERR_CHECKPOINT_IN_FLIGHT rows that a barrier overtook are not those of the plan's edges
 */
export async function restoredSubtask(
  store: CheckpointStore,
  { subtasks }: Manifest,
  plan: PhysicalPlan,
  planned: PlanSubtask,
): Promise<SubtaskRestore> {
  const { chain, index } = planned;
  const { operators, parallelism } = plan.chains[chain]!;
  const [first, end] = keyGroupRange(index, plan.maxParallelism, parallelism);
  const before = subtasks.filter(({ head }) => head === operators[0]!.uid);
  const states: Record<string, RestoredState> = {};
  for (const { uid } of operators) {
    // Those that had finished count: where as many go on as there were, each takes back its own.
    const instances = subtasks
      .filter((one) => one.operators[uid] !== undefined || before.includes(one))
      .toSorted((a, b) => a.index - b.index)
      .map((one) => one.operators[uid] ?? NOTHING);
    if (instances.every((one) => one === NOTHING)) continue;
    const held = await Promise.all(
      instances.map((one) => readOperatorState(store, one, [first, end])),
    );
    const elements = held.map(({ operator }) => ({ keyed: undefined, operator }));
    const { operator } = redistribute(elements, plan.maxParallelism, parallelism)[index]!;
    states[uid] = { keyed: held.flatMap(({ keyed }) => foldChanges(keyed)), operator };
  }
  const parts = inFlightParts(subtasks, ({ inFlight }) =>
    inFlight.map((handle) => ({ channel: handle, pieces: () => readInFlight(store, handle) })),
  );
  const inFlight = await recoveredFrames(plan, planned, parts);
  const uids = operators.map(({ uid }) => uid);
  return { states, ...beginningOf(subtasks, uids, index, parallelism), inFlight };
}

/**
 * Where one of `parallelism` subtasks of a chain begins, by all that there were.
 *
 * @param uids of the operators of the chain; some may have been in chains of their own
 */
export function beginningOf(
  earlier: readonly EarlierSubtask[],
  uids: readonly string[],
  index: number,
  parallelism: number,
): Pick<SubtaskRestore, 'splits' | 'finished'> {
  const before = earlier.filter(({ head }) => head === uids[0]);
  const joined = earlier.filter(({ head }) => uids.indexOf(head) > 0);
  const same = before.length === parallelism;
  const own = before.filter((subtask) => subtask.index === index);
  // A chain that ended stays ended; with another parallelism, when all of it had.
  const ended = same ? own : before;
  const finished = ended.length > 0 && [...ended, ...joined].every((subtask) => subtask.finished);
  const splits = (finished ? ended : before).flatMap((subtask) => subtask.splits ?? []);
  return { splits: splits.length === 0 ? undefined : Object.assign({}, ...splits), finished };
}
