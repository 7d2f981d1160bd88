/** What each operator holds in a checkpoint, from its manifest alone. Pure. */

import type { Json, KeyGroups, Manifest, OperatorHandles } from '../checkpoint/index.ts';
import type { RecordDescriptor } from '../record/index.ts';
import type { PartDescriptor } from '../state/index.ts';

/** Keyed state of this name. */
export interface SavepointState {
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, `timers`, `windows`, … */
  readonly kind: string;
  /** Type of its rows; undefined for values of the heap and structures of an operator. */
  readonly type: RecordDescriptor | undefined;
  /** Whether values expire. */
  readonly expires: boolean;
}

/** State that belongs to no key. */
export interface SavepointElements {
  readonly name: string;
  /** How elements are dealt out to subtasks. */
  readonly redistribution: 'split' | 'union' | 'broadcast';
  readonly elements: number;
  readonly bytes: number;
}

/** One operator of the job. */
export interface SavepointOperator {
  readonly uid: string;
  readonly name: string;
  readonly parallelism: number;
  /** Number of key groups. */
  readonly maxParallelism: number;
  /** Fields that make the key, as types; undefined for keys of a function, and without keyed state. */
  readonly keyType: RecordDescriptor | undefined;
  readonly states: readonly SavepointState[];
  readonly operatorStates: readonly SavepointElements[];
  /** Bytes of keyed state, as stored. */
  readonly keyedBytes: number;
  /** Key groups that hold anything. */
  readonly keyGroups: number;
  /** Bytes of keyed state by subtask that wrote it. */
  readonly bytesBySubtask: readonly number[];
  /** Positions of a source by split. */
  readonly positions: Readonly<Record<string, Json>> | undefined;
  /** Rows in flight to it that a barrier overtook. */
  readonly rowsInFlight: number;
}

/** The operators of a manifest, in its order. */
export function operatorsOf(manifest: Manifest): readonly SavepointOperator[] {
  return manifest.operators.map((operator) => {
    const { uid, name, parallelism, maxParallelism } = operator;
    const holders = holdersOf(manifest, uid);
    const keyed = holders.flatMap((handles) => handles.keyed);
    const headed = manifest.subtasks.filter(({ head }) => head === uid);
    const splits = headed.flatMap((subtask) => subtask.splits ?? []);
    return {
      uid,
      name,
      parallelism,
      maxParallelism,
      keyType: keyed.find(({ layout }) => !layout.key.generic)?.layout.key.type,
      states: statesOf(keyed.flatMap(({ layout }) => layout.parts)),
      operatorStates: elementsOf(holders),
      keyedBytes: sum(keyed.map(({ section }) => section.bytes)),
      keyGroups: countGroups(keyed.flatMap(({ keyGroups }) => keyGroups)),
      bytesBySubtask: holders.map((handles) =>
        sum(handles.keyed.map(({ section }) => section.bytes)),
      ),
      positions: splits.length === 0 ? undefined : Object.assign({}, ...splits),
      rowsInFlight: sum(
        headed.flatMap(({ inFlight }) => inFlight.map(({ section }) => section.pieces)),
      ),
    };
  });
}

/** What each subtask holds of an operator, those that hold something, by their index. */
export function holdersOf({ subtasks }: Manifest, uid: string): readonly OperatorHandles[] {
  return subtasks
    .filter(({ operators }) => operators[uid] !== undefined)
    .toSorted((a, b) => a.index - b.index)
    .map(({ operators }) => operators[uid]!);
}

function statesOf(parts: readonly PartDescriptor[]): readonly SavepointState[] {
  const byName = new Map(parts.map((part) => [part.name, part]));
  return [...byName.values()].map(({ name, kind, types, stamps }) => ({
    name,
    kind,
    type: types['row'] as RecordDescriptor | undefined,
    expires: stamps === true,
  }));
}

function elementsOf(holders: readonly OperatorHandles[]): readonly SavepointElements[] {
  const byName = new Map<string, SavepointElements>();
  for (const { name, redistribution, section } of holders.flatMap(({ operator }) => operator)) {
    const before = byName.get(name);
    byName.set(name, {
      name,
      redistribution,
      elements: (before?.elements ?? 0) + section.pieces,
      bytes: (before?.bytes ?? 0) + section.bytes,
    });
  }
  return [...byName.values()];
}

function countGroups(ranges: readonly KeyGroups[]): number {
  return new Set(
    ranges.flatMap(([first, end]) => Array.from({ length: end - first }, (_, i) => first + i)),
  ).size;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
