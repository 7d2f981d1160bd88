/**
 * Snapshots of changes folded into the whole ones they follow: what all who read snapshots get. Pure.
 *
 * Law (test/state/keyed-writing.property.test.ts): the result has, of each key, what the last snapshot that names it says.
 */

import { EngineError } from '../base/index.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import type { KeyedGroup, KeyedSnapshot } from './keyed-backend.ts';
import { normalKey } from './normal-key.ts';
import type { NormalKey } from './normal-key.ts';
import { valueKeyCodec } from './snapshot-keys.ts';

/**
 * Whole snapshots instead of whole ones and changes.
 *
 * @param snapshots of one operator instance, in the order in which they were taken; a key group's changes stand behind what
 *   is whole of it
 * @throws ERR_STATE_SNAPSHOT changes of nothing
 * @example
 * const [whole] = foldChanges([before, changesSince]);
 */
export function foldChanges(snapshots: readonly KeyedSnapshot[]): readonly KeyedSnapshot[] {
  if (snapshots.every(({ version }) => version === 1)) return snapshots;
  const later = new Map<number, KeyedGroup[]>();
  const folded: KeyedSnapshot[] = [];
  for (const snapshot of snapshots.toReversed()) {
    if (snapshot.version === 2) {
      for (const group of snapshot.groups) {
        const { keyGroup } = group;
        const deltas = later.get(keyGroup);
        if (deltas === undefined) later.set(keyGroup, [group]);
        else deltas.push(group);
      }
      continue;
    }
    const { version, key, parts } = snapshot;
    const groups = snapshot.groups.map((group) => {
      const deltas = later.get(group.keyGroup);
      later.delete(group.keyGroup);
      return deltas === undefined ? group : foldGroup(group, deltas, key.generic);
    });
    folded.push({ version, key, parts, groups });
  }
  if (later.size > 0) {
    const got = `changes of key group ${[...later.keys()].join(', ')} alone`;
    throw new EngineError('ERR_STATE_SNAPSHOT', { expected: 'what changed', got });
  }
  return folded.reverse();
}

/** Keys that were seen, by hash: their bytes, or themselves where equal keys may have other bytes. */
class SeenKeys {
  readonly #byHash: Map<number, (Uint8Array | NormalKey)[]> = new Map();
  readonly #generic: boolean;
  readonly #codec = valueKeyCodec();

  constructor(generic: boolean) {
    this.#generic = generic;
  }

  /** @param row the key with its length before it */
  has(hash: number, row: Uint8Array): boolean {
    const found = this.#byHash.get(hash);
    if (found === undefined) return false;
    const key = this.#keyOf(row);
    if (!(key instanceof Uint8Array)) return found.includes(key);
    return found.some((other) => Buffer.compare(other as Uint8Array, key) === 0);
  }

  add(hash: number, row: Uint8Array): void {
    const found = this.#byHash.get(hash);
    const key = this.#keyOf(row);
    if (found === undefined) this.#byHash.set(hash, [key]);
    else found.push(key);
  }

  #keyOf(row: Uint8Array): Uint8Array | NormalKey {
    if (!this.#generic) return row;
    return normalKey(this.#codec.get(new ByteReader(row)), 'snapshot');
  }
}

/** @param deltas newest first */
function foldGroup(whole: KeyedGroup, deltas: readonly KeyedGroup[], generic: boolean): KeyedGroup {
  const seen = new SeenKeys(generic);
  const out = new ByteWriter();
  out.putI32(0);
  let count = 0;
  for (const { bytes } of deltas) {
    const source = new ByteReader(bytes);
    const gone: [number, Uint8Array][] = [];
    for (let left = source.i32(); left > 0; left--)
      gone.push([source.i32(), keyRow(source, bytes)]);
    count += fold(source, bytes, seen, true, out);
    for (const [hash, row] of gone) if (!seen.has(hash, row)) seen.add(hash, row);
  }
  count += fold(new ByteReader(whole.bytes), whole.bytes, seen, false, out);
  out.patchI32(0, count);
  return { keyGroup: whole.keyGroup, bytes: out.view() };
}

/** Appends the keys that were not seen; returns how many. */
function fold(
  source: ByteReader,
  bytes: Uint8Array,
  seen: SeenKeys,
  add: boolean,
  out: ByteWriter,
): number {
  let kept = 0;
  let from = bytes.length - source.left + 4;
  for (let left = source.i32(); left > 0; left--) {
    const at = bytes.length - source.left;
    const hash = source.i32();
    const row = keyRow(source, bytes);
    for (let parts = source.u8(); parts > 0; parts--) {
      source.u8();
      source.bytes();
    }
    if (seen.has(hash, row)) {
      out.putRaw(bytes.subarray(from, at));
      from = bytes.length - source.left;
      continue;
    }
    if (add) seen.add(hash, row);
    kept++;
  }
  out.putRaw(bytes.subarray(from, bytes.length - source.left));
  if (source.left === 0) return kept;
  throw new EngineError('ERR_STATE_SNAPSHOT', {
    expected: 'no bytes after the keys',
    got: source.left,
  });
}

/** A key with its length before it. */
function keyRow(source: ByteReader, bytes: Uint8Array): Uint8Array {
  const at = bytes.length - source.left;
  source.bytes();
  return bytes.subarray(at, bytes.length - source.left);
}
