/** The way back from snapshots into parts, by key group, with everything that can be wrong about it. */

import { EngineError } from '../base/index.ts';
import type { KeyedPart, KeyedSnapshot, PartDescriptor } from './keyed-backend.ts';
import { foldChanges } from './fold-changes.ts';
import { failPartKind } from './row-io.ts';
import { readGroup } from './snapshot-groups.ts';
import type { SnapshotKeys } from './snapshot-groups.ts';
import { requireKeys } from './snapshot-keys.ts';
import type { KeyCodec } from './snapshot-keys.ts';

/** What takes state back. */
export interface RestoreTarget {
  readonly operatorName: string;
  readonly keys: SnapshotKeys;
  readonly codec: KeyCodec;
  /** The part that takes what `from` describes; undefined passes it over. */
  partFor(from: PartDescriptor): KeyedPart | undefined;
}

/**
 * Reads what snapshots hold of key groups `first` to `last`, both inclusive.
 *
 * @throws ERR_STATE_SNAPSHOT, ERR_STATE_KEY_TYPE, and what `partFor` throws
 */
export function restoreGroups(
  target: RestoreTarget,
  snapshots: readonly KeyedSnapshot[],
  first: number,
  last: number,
): void {
  const { codec, keys, operatorName } = target;
  for (const { version } of snapshots) if (version !== 1 && version !== 2) failVersion(version);
  for (const snapshot of foldChanges(snapshots)) {
    const groups = snapshot.groups.filter(({ keyGroup }) => keyGroup >= first && keyGroup <= last);
    const parts = snapshot.parts.map((from) => target.partFor(from));
    if (groups.length === 0) continue;
    requireKeys(codec, snapshot.key, operatorName);
    for (const { bytes } of groups) readGroup(bytes, keys, codec, parts, snapshot.parts);
  }
}

/** @throws ERR_STATE_PART_KIND the part is of another kind than what `from` describes */
export function requireKind(
  operator: string,
  { descriptor }: KeyedPart,
  from: PartDescriptor,
): void {
  if (descriptor.kind === from.kind) return;
  failPartKind(operator, from.name, descriptor.kind, from.kind);
}

/** @throws ERR_STATE_UNKNOWN_PART always */
export function failUnknown(
  operator: string,
  from: PartDescriptor,
  known: readonly string[],
): never {
  const expected = known.length === 0 ? 'no state' : `one of ${known.join(', ')}`;
  const details = { operator, name: from.name, kind: from.kind, expected };
  throw new EngineError('ERR_STATE_UNKNOWN_PART', details, { place: { operator } });
}

function failVersion(got: unknown): never {
  throw new EngineError('ERR_STATE_SNAPSHOT', { expected: 'version 1 or 2', got });
}
