/** The bytes of one key group, key by key: the layout is that of the state room's snapshot-groups.ts. Pure. */

import { EngineError } from '../base/index.ts';
import { ByteReader, ByteWriter } from '../state/index.ts';
import type { KeyedSnapshot } from '../state/index.ts';

/** What one key has in one part. */
export interface HeldPart {
  /** Into the parts of the snapshot. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** One key of a group. */
export interface HeldKey {
  readonly hash: number;
  /** The key's row. */
  readonly key: Uint8Array;
  readonly parts: readonly HeldPart[];
}

/** The keys of a group in their order. @throws ERR_STATE_SNAPSHOT */
export function* keysOfGroup(
  bytes: Uint8Array,
  { parts }: Pick<KeyedSnapshot, 'parts'>,
): Generator<HeldKey, void, undefined> {
  const source = new ByteReader(bytes);
  const count = source.i32();
  for (let left = count; left > 0; left--) {
    const hash = source.i32();
    const key = source.bytes();
    const held = Array.from({ length: source.u8() }, (): HeldPart => {
      const index = source.u8();
      if (index >= parts.length) failGroup(`a part below ${parts.length}`, index);
      return { index, bytes: source.bytes() };
    });
    yield { hash, key, parts: held };
  }
  if (source.left > 0) failGroup(`${count} keys`, `${source.left} bytes more`);
}

/** The bytes of a group of these keys. */
export function groupOf(keys: readonly HeldKey[]): Uint8Array {
  const out = new ByteWriter();
  out.putI32(keys.length);
  for (const { hash, key, parts } of keys) {
    out.putI32(hash);
    out.putBytes(key);
    out.putU8(parts.length);
    for (const { index, bytes } of parts) {
      out.putU8(index);
      out.putBytes(bytes);
    }
  }
  return out.toBytes();
}

/** @throws ERR_STATE_SNAPSHOT always */
function failGroup(expected: string, got: unknown): never {
  throw new EngineError('ERR_STATE_SNAPSHOT', { expected, got });
}
