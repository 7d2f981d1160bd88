/** Keyed state out of a snapshot, as plain values. */

import { inspect } from 'node:util';

import type { KeyValue } from '../record/index.ts';
import { SnapshotReader } from '../savepoint/index.ts';
import type { KeyedSnapshot } from '../state/index.ts';
import { PLAIN } from './fold-table.ts';
import type { JobSnapshot } from './job-snapshot.ts';

/** What one key has in one state. */
export interface KeyState {
  /** The key as user code sees it. */
  readonly key: KeyValue;
  /** Name of the state, or of a structure of the operator. */
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, `timers`, `windows`, … */
  readonly kind: string;
  /**
   * A value or row; an array of them for a list; an array of `[key, value]` for a map; an array of `{ namespace, time }`
   * for timers; words of declared aggregates; bytes for structures that only their operator can read.
   */
  readonly value: unknown;
}

/**
 * The keyed state of one operator in a snapshot, in the order of the keys' texts.
 *
 * @param uid of the operator
 * @throws ERR_STATE_SNAPSHOT the bytes are damaged
 * @example
 * stateOf(await run.checkpoint(), 'visits'); // [{ key: 'a', name: 'count', kind: 'value', value: 3 }]
 */
export function stateOf(snapshot: JobSnapshot, uid: string): KeyState[] {
  const found = snapshot.subtasks.flatMap(({ snapshot: { operators } }) => {
    const keyed = operators[uid]?.keyed;
    return keyed === undefined ? [] : readKeyed(keyed);
  });
  return found
    .map((state) => ({ state, text: inspect([state.key, state.name], PLAIN) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ state }) => state);
}

function readKeyed(snapshot: KeyedSnapshot): KeyState[] {
  const reader = new SnapshotReader(snapshot);
  const kinds = new Map(snapshot.parts.map(({ name, kind }) => [name, kind]));
  return snapshot.groups.flatMap(({ keyGroup, bytes }) =>
    [...reader.read(keyGroup, bytes)].flatMap(({ key, values }) =>
      Object.entries(values).map(([name, value]) => ({ key, name, kind: kinds.get(name)!, value })),
    ),
  );
}
