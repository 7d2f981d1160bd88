/**
 * Hash codes of keys: Java's `hashCode`, so that a Flink cluster puts a key into the same key group.
 *
 * Two ways lead to a hash code, and they differ where Java's types differ:
 *
 *     a field of a record type (keyBy('price'))      a value from a function (keyBy((row) => row.price))
 *     bool                 Boolean                   boolean                        Boolean
 *     i8 u8 i16 u16 i32    Integer (the value)       number, integral within ±2^53  Long
 *     u32 i64 u64          Long                      any other number               Double
 *     timestamp, bigint    Long (low 64 bits)        bigint                         Long (low 64 bits)
 *     f32 / f64            Float / Double
 *     utf8                 String                    string                         String
 *     bytes                Arrays.hashCode           Uint8Array                     Arrays.hashCode
 *     several fields       TupleN                    array                          TupleN
 *
 * They agree but for negative i8, i16 and i32, for f32, and for f64 that hold an integer. Within one stream only one way
 * is in use. Two streams that meet by key (connect, join) must both use fields of the same kinds, or both functions.
 *
 * NaN equals NaN, -0 equals 0: both are normalised before hashing. TupleN: h = hash of the first, then h = 31·h + next.
 */

import { EngineError } from '../base/index.ts';
import type { KeyValue } from './codec.ts';
import {
  hashBigInt,
  hashBoolean,
  hashByteVector,
  hashDouble,
  hashLong,
  hashText,
} from './java-hash.ts';
import { describeValue } from './values.ts';

/**
 * Java hash code (int32) of a key that a function computed. A bigint counts with its low 64 bits.
 *
 * @throws ERR_RECORD_KEY the value, or a part of the tuple, is null, undefined or an object
 * @example
 * hashKeyValue('hello'); // 99162322
 */
export function hashKeyValue(value: KeyValue): number {
  switch (typeof value) {
    case 'string':
      return hashText(value);
    case 'number':
      if ((value | 0) === value) return value ^ (value >> 31);
      return Math.floor(value) === value && value >= -(2 ** 53) && value <= 2 ** 53
        ? hashLong(value)
        : hashDouble(value);
    case 'boolean':
      return hashBoolean(value);
    case 'bigint':
      return hashBigInt(value);
    case 'object':
    case 'undefined':
    case 'function':
    case 'symbol':
      return hashCompound(value);
  }
}

function hashCompound(value: Uint8Array | readonly KeyValue[]): number {
  if (value instanceof Uint8Array) return hashByteVector(value, 0, value.length);
  if (!Array.isArray(value)) return failKey('(computed)', value);
  const parts: readonly KeyValue[] = value;
  if (parts.length === 0) return 0;
  let h = hashKeyValue(parts[0]!);
  for (let i = 1; i < parts.length; i++) h = (Math.imul(31, h) + hashKeyValue(parts[i]!)) | 0;
  return h;
}

/** @throws ERR_RECORD_KEY always */
export function failKey(
  field: string,
  got: unknown,
  expected = 'a string, boolean, number, bigint, bytes or a tuple of them',
): never {
  throw new EngineError('ERR_RECORD_KEY', { field, expected, got: describeValue(got) });
}
