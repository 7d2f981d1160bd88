/**
 * The bytes of a snapshot: one piece for each key group.
 *
 *     piece = count:i32 key*
 *     key   = hash:i32 row:bytes parts:u8 part*        row: see KeyDescriptor; bytes: i32 length, then that many
 *     part  = index:u8 state:bytes                     index into KeyedSnapshot.parts; state: as the part wrote it
 */

import { EngineError } from '../base/index.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import type { KeySpace } from './key-space.ts';
import type { KeyedPart, KeyedSnapshot, PartDescriptor } from './keyed-backend.ts';
import type { KeyCodec } from './snapshot-keys.ts';

/** What a snapshot needs of the keys: a key space, or a table whose rows have their keys in them. */
export type SnapshotKeys = Pick<KeySpace, 'ids' | 'keyOf' | 'hashOf' | 'intern' | 'settle'>;

/** Writes all held keys that have anything, by key group. */
export function writeGroups(
  keys: SnapshotKeys,
  codec: KeyCodec,
  parts: readonly KeyedPart[],
  maxParallelism: number,
): KeyedSnapshot['groups'] {
  const writers = new Map<number, { readonly out: ByteWriter; count: number }>();
  for (const id of keys.ids()) {
    if (!hasAny(parts, id)) continue;
    const hash = keys.hashOf(id);
    const keyGroup = hash % maxParallelism;
    let group = writers.get(keyGroup);
    if (group === undefined) {
      writers.set(keyGroup, (group = { out: new ByteWriter(), count: 0 }));
      group.out.putI32(0);
    }
    const { out } = group;
    group.count++;
    out.putI32(hash);
    codec.put(out, keys.keyOf(id));
    const countAt = out.length;
    let present = 0;
    out.putU8(0);
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      if (!part.has(id)) continue;
      present++;
      out.putU8(index);
      const at = out.length;
      out.putI32(0);
      part.write(id, out);
      out.patchI32(at, out.length - at - 4);
    }
    out.patchU8(countAt, present);
  }
  return [...writers]
    .toSorted(([a], [b]) => a - b)
    .map(([keyGroup, { out, count }]) => {
      out.patchI32(0, count);
      return { keyGroup, bytes: out.toBytes() };
    });
}

function hasAny(parts: readonly KeyedPart[], id: number): boolean {
  for (const part of parts) if (part.has(id)) return true;
  return false;
}

/** Reads one piece into `parts`, which stand in the order of `from`; undefined ones are passed over. */
export function readGroup(
  bytes: Uint8Array,
  keys: SnapshotKeys,
  codec: KeyCodec,
  parts: readonly (KeyedPart | undefined)[],
  from: readonly PartDescriptor[],
): void {
  const source = new ByteReader(bytes);
  const count = source.i32();
  for (let i = 0; i < count; i++) {
    const hash = source.i32();
    const id = keys.intern(codec.get(source), hash);
    const present = source.u8();
    for (let k = 0; k < present; k++) {
      const index = source.u8();
      const state = new ByteReader(source.bytes());
      const part = parts[index];
      if (part === undefined) {
        if (index >= from.length) failPiece(`a part below ${from.length}`, index);
        continue;
      }
      part.read(id, state, from[index]!);
      if (state.left > 0) failPiece(`no bytes after state ${from[index]!.name}`, state.left);
    }
    keys.settle(id);
  }
  if (source.left > 0) failPiece(`${count} keys`, `${source.left} bytes more`);
}

/** @throws ERR_STATE_SNAPSHOT always */
function failPiece(expected: string, got: unknown): never {
  throw new EngineError('ERR_STATE_SNAPSHOT', { expected, got });
}
