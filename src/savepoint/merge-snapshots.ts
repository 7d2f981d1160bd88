/** Keyed state of one instance that lies in several pieces, as one. Pure. */

import { EngineError } from '../base/index.ts';
import type { KeyedSnapshot, PartDescriptor } from '../state/index.ts';
import { groupOf, keysOfGroup } from './key-groups.ts';

/**
 * One snapshot of the key groups of all; undefined when there is none. Pieces of a checkpoint that builds on earlier ones may
 * list their parts in other orders.
 *
 * @throws ERR_SAVEPOINT_STATE a state is described in two ways
 */
export function mergeSnapshots(
  uid: string,
  snapshots: readonly KeyedSnapshot[],
): KeyedSnapshot | undefined {
  const [first, ...others] = snapshots;
  if (first === undefined) return undefined;
  const parts = [...first.parts];
  const groups = [...first.groups];
  for (const { key, parts: own, groups: more } of others) {
    if (JSON.stringify(key) !== JSON.stringify(first.key)) failPieces(uid, 'keys', key);
    const indexes = own.map((part) => indexIn(parts, part, uid));
    for (const { keyGroup, bytes } of more) {
      const keys = [...keysOfGroup(bytes, { parts: own })].map((held) => ({
        ...held,
        parts: held.parts.map((one) => ({ ...one, index: indexes[one.index]! })),
      }));
      groups.push({ keyGroup, bytes: groupOf(keys) });
    }
  }
  return { version: 1, key: first.key, parts, groups: groups.toSorted(byGroup) };
}

/** Place of a part; one that is new comes last. Clocks only advance: the later one holds. */
function indexIn(parts: PartDescriptor[], part: PartDescriptor, uid: string): number {
  const index = parts.findIndex(({ name }) => name === part.name);
  if (index < 0) return parts.push(part) - 1;
  const known = parts[index]!;
  if (textOf(known) !== textOf(part)) failPieces(uid, `state ${part.name}`, part);
  parts[index] = { ...known, ...latestClock(known, part) };
  return index;
}

function textOf(part: PartDescriptor): string {
  return JSON.stringify({ ...part, clock: undefined });
}

function latestClock(a: PartDescriptor, b: PartDescriptor): Pick<PartDescriptor, 'clock'> {
  if (a.clock === undefined && b.clock === undefined) return {};
  return { clock: Math.max(a.clock ?? -Infinity, b.clock ?? -Infinity) };
}

function byGroup(a: { readonly keyGroup: number }, b: { readonly keyGroup: number }): number {
  return a.keyGroup - b.keyGroup;
}

function failPieces(uid: string, what: string, got: unknown): never {
  throw new EngineError('ERR_SAVEPOINT_STATE', {
    expected: `${what} of ${uid} that are the same in all pieces`,
    got,
    suggestion: 'Take a savepoint, which is whole.',
  });
}
