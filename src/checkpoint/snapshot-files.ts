/**
 * What subtasks hold, as state files: written by each subtask's worker, read back by key group.
 *
 * Law (test/checkpoint/snapshot-files.test.ts): what is read, over any division of the key groups, is what was written.
 */

import type { Section } from './chunk-layout.ts';
import type {
  ElementHandle,
  KeyedHandle,
  KeyGroups,
  OperatorHandles,
  SubtaskHandles,
} from './manifest.ts';
import { stateName } from './names.ts';
import { readPieces } from './state-file-reader.ts';
import { StateFileWriter } from './state-file-writer.ts';
import type { ElementState, KeyedState, SubtaskState } from './state-shapes.ts';
import type { CheckpointStore } from './store.ts';

/** Whose state it is. */
export interface SubtaskIdentity {
  readonly checkpoint: number;
  /** Index in the plan; makes names of files unique. */
  readonly subtask: number;
  /** Uid of the head of its chain, 0 .. parallelism - 1, and how many there are. */
  readonly head: string;
  readonly index: number;
  readonly parallelism: number;
}

/** What was written. */
export interface WrittenSubtask {
  readonly handles: SubtaskHandles;
  /** Names of new files. */
  readonly files: readonly string[];
  /** Bytes of new files. */
  readonly bytes: number;
}

/** What one instance takes back of an operator. */
export interface RestoredOperator {
  readonly keyed: readonly KeyedState[];
  readonly operator: readonly ElementState[];
}

/**
 * Writes what a subtask holds to one file, or none if it holds nothing. When it fails, there is no file.
 *
 * @param unchanged by uid, handles of earlier checkpoints for key groups that `state` leaves out, or has the changes of
 * @throws ERR_CHECKPOINT_IO
 */
export async function writeSubtaskState(
  store: CheckpointStore,
  identity: SubtaskIdentity,
  state: SubtaskState,
  unchanged: Readonly<Record<string, readonly KeyedHandle[]>> = {},
): Promise<WrittenSubtask> {
  const { checkpoint, subtask, head, index, parallelism } = identity;
  const { operators, splits, finished } = state;
  const name = stateName(checkpoint, subtask, 0);
  const handles: Record<string, OperatorHandles> = {};
  let file: StateFileWriter | undefined;
  try {
    for (const [uid, { keyed, operator }] of Object.entries(operators)) {
      const keyedHandles: KeyedHandle[] = [...(unchanged[uid] ?? [])];
      const elementHandles: ElementHandle[] = [];
      for (const piece of keyed === undefined ? [] : piecesOf(keyed)) {
        file ??= await StateFileWriter.open(store, name);
        keyedHandles.push(await writeKeyed(file, piece));
      }
      for (const elements of operator) {
        file ??= await StateFileWriter.open(store, name);
        elementHandles.push(await writeElements(file, elements));
      }
      handles[uid] = { keyed: keyedHandles, operator: elementHandles };
    }
    await file?.commit();
  } catch (thrown) {
    await file?.abort();
    throw thrown;
  }
  return {
    handles: { head, index, parallelism, finished, splits, operators: handles, inFlight: [] },
    files: file === undefined ? [] : [name],
    bytes: file?.length ?? 0,
  };
}

/**
 * Keyed state of key groups `first` to, not including, `end`; undefined when the handle has none of them.
 *
 * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO
 */
export async function readKeyedState(
  store: CheckpointStore,
  { layout, keyGroups, section }: KeyedHandle,
  [first, end]: KeyGroups,
): Promise<KeyedState | undefined> {
  const ranges = keyGroups
    .map(([from, to]): KeyGroups => [Math.max(from, first), Math.min(to, end)])
    .filter(([from, to]) => from < to);
  if (ranges.length === 0) return undefined;
  const wanted = (group: number): boolean =>
    ranges.some(([from, to]) => group >= from && group < to);
  const groups: { readonly keyGroup: number; readonly bytes: Uint8Array }[] = [];
  for await (const { id, bytes } of readPieces(store, section, wanted)) {
    groups.push({ keyGroup: id, bytes });
  }
  return { ...layout, groups };
}

/** State of an instance that belongs to no key. @throws as {@link readKeyedState} */
export async function readElementState(
  store: CheckpointStore,
  { name, redistribution, section }: ElementHandle,
): Promise<ElementState> {
  const elements: Uint8Array[] = [];
  for await (const { bytes } of readPieces(store, section)) elements.push(bytes);
  return { name, redistribution, elements };
}

/** What an operator instance held, of these key groups. @throws as {@link readKeyedState} */
export async function readOperatorState(
  store: CheckpointStore,
  handles: OperatorHandles,
  keyGroups: KeyGroups,
): Promise<RestoredOperator> {
  const keyed: KeyedState[] = [];
  for (const handle of handles.keyed) {
    const state = await readKeyedState(store, handle, keyGroups);
    if (state !== undefined && state.groups.length > 0) keyed.push(state);
  }
  const operator: ElementState[] = [];
  for (const handle of handles.operator) operator.push(await readElementState(store, handle));
  return { keyed, operator };
}

/** What is whole, then what changed. */
function piecesOf({ version, key, parts, groups, changes = [] }: KeyedState): KeyedState[] {
  const changed: KeyedState = { version: 2, key, parts, groups: changes };
  return [{ version, key, parts, groups }, changed].filter((one) => one.groups.length > 0);
}

async function writeKeyed(file: StateFileWriter, state: KeyedState): Promise<KeyedHandle> {
  const { version, key, parts, groups } = state;
  file.begin();
  for (const { keyGroup, bytes } of groups) await file.piece(keyGroup, bytes);
  const section = await file.end();
  return {
    layout: { version, key, parts },
    keyGroups: rangesOf(groups.map(({ keyGroup }) => keyGroup)),
    section,
  };
}

async function writeElements(file: StateFileWriter, state: ElementState): Promise<ElementHandle> {
  const { name, redistribution, elements } = state;
  file.begin();
  for (let i = 0; i < elements.length; i++) await file.piece(i, elements[i]!);
  const section: Section = await file.end();
  return { name, redistribution, section };
}

/** Ascending key groups as ranges. */
export function rangesOf(groups: readonly number[]): KeyGroups[] {
  const ranges: [number, number][] = [];
  for (const group of groups) {
    const last = ranges.at(-1);
    if (last?.[1] === group) last[1] = group + 1;
    else ranges.push([group, group + 1]);
  }
  return ranges;
}
