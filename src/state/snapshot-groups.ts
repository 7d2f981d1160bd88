/**
 * The bytes of a snapshot: one piece for each key group. One of changes says first which keys went; a key that is in both lists
 * went and came again.
 *
 *     piece = count:i32 key*                           version 1
 *     piece = gone:i32 went* count:i32 key*            version 2
 *     went  = hash:i32 row:bytes
 *     key   = hash:i32 row:bytes parts:u8 part*        row: see KeyDescriptor; bytes: i32 length, then that many
 *     part  = index:u8 state:bytes                     index into KeyedSnapshot.parts; state: as the part wrote it
 */

import { EngineError } from '../base/index.ts';
import { ByteReader } from './byte-stream.ts';
import type { KeySpace } from './key-space.ts';
import type { KeyedPart, PartDescriptor } from './keyed-backend.ts';
import type { HeldKeys, KeyCodec } from './snapshot-keys.ts';

/** What a snapshot needs of the keys: a key space, or a table whose rows have their keys in them. */
export type SnapshotKeys = Pick<KeySpace, 'hashOf' | 'intern' | 'settle'> & HeldKeys;

/** Calls `each` with hash, and the bytes of hash and key, of every key in a list of keys that went. */
export function eachGone(bytes: Uint8Array, each: (hash: number, bytes: Uint8Array) => void): void {
  const source = new ByteReader(bytes);
  while (source.left > 0) {
    const at = bytes.length - source.left;
    const hash = source.i32();
    source.bytes();
    each(hash, bytes.subarray(at, bytes.length - source.left));
  }
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
