/**
 * Keys of the heap backend made fit for a `Map`.
 *
 * Law (test/state/normal-key.property.test.ts): two keys have the same normal form exactly when they are equal as keys:
 * same type, same value; NaN equals NaN, -0 equals 0; tuples and bytes by content.
 */

import { EngineError } from '../base/index.ts';
import type { KeyValue } from '../record/index.ts';

/** What a `Map` compares as keys should be compared. */
export type NormalKey = string | number | bigint | boolean;

/** Marks normal forms that are not the key itself; a string key that begins with it is marked too. */
const MARK = '\u0000';

/**
 * The normal form of a key.
 *
 * @throws ERR_STATE_KEY for anything that cannot be a key
 * @example
 * normalKey([1, 'a']) === normalKey([1, 'a']); // true
 */
export function normalKey(key: KeyValue, operator: string): NormalKey {
  if (typeof key === 'string') return key.startsWith(MARK) ? `${MARK}s${key}` : key;
  // A Map's own equality does the rest: NaN is NaN, -0 is 0.
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return key;
  return MARK + encode(key, operator);
}

/** Each part says its type and, where it is not delimited, its length: no two different keys read the same. */
function encode(key: KeyValue, operator: string): string {
  if (typeof key === 'string') return `s${key.length}:${key}`;
  if (typeof key === 'number') return `n${key}:`;
  if (typeof key === 'bigint') return `i${key}:`;
  if (typeof key === 'boolean') return key ? 'T' : 'F';
  if (key instanceof Uint8Array) {
    return `b${key.length}:${Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')}`;
  }
  if (!Array.isArray(key)) return failKey(key, operator);
  const parts = key as readonly KeyValue[];
  return `t${parts.length}:${parts.map((part) => encode(part, operator)).join('')}`;
}

function failKey(key: unknown, operator: string): never {
  const got = key === null ? 'null' : typeof key === 'object' ? 'an object' : typeof key;
  throw new EngineError('ERR_STATE_KEY', { operator, got }, { place: { operator } });
}
