/** Hash codes against literal values of a Java virtual machine. */

import { describe, expect, test } from 'vitest';

import { compileCodec } from '../../src/record/codec-compiler.ts';
import { bool, bytes, f32, f64, i32, i64, i8, u32, u64, utf8 } from '../../src/record/fields.ts';
import type { FieldLike } from '../../src/record/fields.ts';
import { hashText } from '../../src/record/java-hash.ts';
import { keyGroupOf } from '../../src/record/key-groups.ts';
import { hashKeyValue } from '../../src/record/key.ts';
import { record } from '../../src/record/record.ts';

/** The hash of a field with this value. */
function fieldHash(field: FieldLike, value: unknown): number {
  return compileCodec(record('T', { value: field }))
    .key(['value'])
    .hashRow({ value } as never);
}

describe('hashKeyValue is hashCode of', () => {
  test.each([
    ['String', 'hello', 99162322],
    ['String', '', 0],
    ['String', 'Aa', 2112],
    ['String', 'BB', 2112],
    ['String', 'polygenelubricants', -2147483648],
    ['String', 'ä', 228],
    ['String', '😀', 1772899],
    ['Boolean', true, 1231],
    ['Boolean', false, 1237],
    ['Long', 0, 0],
    ['Long', 42, 42],
    ['Long', -1, 0],
    ['Long', -2, 1],
    ['Long', 4294967296, 1],
    ['Long', 1700000000000, -807048821],
    ['Long', Number.MAX_SAFE_INTEGER, -2097152],
    ['Double', 1.5, 1073217536],
    ['Double', 0.1, -1507852285],
    ['Double', -2.25, -1073610752],
    ['Double', Infinity, 2146435072],
    ['Double', NaN, 2146959360],
    ['Long of a bigint', -1n, 0],
    ['Long of a bigint', 4294967297n, 0],
    ['Long of the low 64 bits of a bigint', (1n << 64n) + 7n, 7],
  ] as const)('%s %s', (_, value, hash) => {
    expect(hashKeyValue(value)).toBe(hash);
  });

  test('Arrays of bytes, which are signed', () => {
    expect(hashKeyValue(new Uint8Array(0))).toBe(1);
    expect(hashKeyValue(new Uint8Array([1, 2, 3]))).toBe(30817);
    expect(hashKeyValue(new Uint8Array([255]))).toBe(30);
  });

  test('tuples: Tuple2 is 31 times the first plus the second', () => {
    expect(hashKeyValue(['hello', 42])).toBe((31 * 99162322 + 42) | 0);
    expect(hashKeyValue([1, 2, 3])).toBe(31 * (31 * 1 + 2) + 3);
    expect(hashKeyValue([['hello'], true])).toBe((31 * 99162322 + 1231) | 0);
    expect(hashKeyValue([])).toBe(0);
  });
});

test('-0 hashes as 0, which is ours: in Java they differ', () => {
  expect([hashKeyValue(-0), fieldHash(f64, -0), fieldHash(f32, -0)]).toEqual([0, 0, 0]);
});

describe('the hash of a field is that of its Java type', () => {
  test.each([
    ['Integer', i32, -1, -1],
    ['Integer', i8, -128, -128],
    ['Long', i64, -1, 0],
    ['Long', u32, 4294967295, -1],
    ['Long', u64, 4294967296, 1],
    ['Long', i64.asBigInt(), -1n, 0],
    ['Float', f32, 1.5, 1069547520],
    ['Float', f32, NaN, 2143289344],
    ['Double', f64, 1, 1072693248],
    ['String', utf8, 'hello', 99162322],
    ['Boolean', bool, true, 1231],
    ['byte[]', bytes, new Uint8Array([1, 2, 3]), 30817],
  ] as const)('%s', (_, field, value, hash) => {
    expect(fieldHash(field, value)).toBe(hash);
  });
});

test('a lone surrogate counts as the replacement character that a row keeps of it', () => {
  expect(hashText('a\ud800b')).toBe(hashText('a\ufffdb'));
});

test.each([null, undefined, {}, Symbol('key'), () => 1])('%s is no key', (value) => {
  expect(() => hashKeyValue(value as never)).toThrowError(
    expect.objectContaining({ code: 'ERR_RECORD_KEY' }) as Error,
  );
});

test('a key group is Flink’s: murmur of the hash code modulo the maximum', () => {
  expect(['hello', 'flink', 'a'].map((key) => keyGroupOf(hashKeyValue(key), 128))).toEqual(
    ['hello', 'flink', 'a'].map((key) => flinkKeyGroup(hashText(key), 128)),
  );
});

/** `KeyGroupRangeAssignment.computeKeyGroupForKeyHash`, in exact integers. */
function flinkKeyGroup(code: number, max: number): number {
  const word = (value: bigint): bigint => BigInt.asUintN(32, value);
  const rotate = (value: bigint, by: bigint): bigint => word(value << by) | (value >> (32n - by));
  let h = word(BigInt(code) * 0xcc9e2d51n);
  h = word(rotate(h, 15n) * 0x1b873593n);
  h = word(rotate(h, 13n) * 5n + 0xe6546b64n) ^ 4n;
  h = word((h ^ (h >> 16n)) * 0x85ebca6bn);
  h = word((h ^ (h >> 13n)) * 0xc2b2ae35n);
  h ^= h >> 16n;
  const signed = BigInt.asIntN(32, h);
  return Number((signed < 0n ? -signed : signed) % BigInt(max));
}
