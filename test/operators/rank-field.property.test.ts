/** Rows made wider by a rank against the codec of the wide type, which is given the row as an object. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRankWriter, rankedType } from '../../src/operators/rank-field.ts';
import {
  bool,
  bytes,
  compileCodec,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  list,
  Memory,
  nullable,
  record,
  u16,
  utf8,
} from '../../src/record/index.ts';
import type { FieldType } from '../../src/record/index.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const vector = fc.uint8Array({ maxLength: 12 });
const float = fc.double({ noNaN: true });
const FIELDS: Readonly<Record<string, readonly [FieldType<unknown>, fc.Arbitrary<unknown>]>> = {
  flag: [bool, fc.boolean()],
  byte: [i8, fc.integer({ min: -128, max: 127 })],
  short: [i16, fc.integer({ min: -32768, max: 32767 })],
  word: [u16, fc.integer({ min: 0, max: 65535 })],
  int: [i32, fc.integer()],
  float: [f32, fc.float()],
  long: [i64, fc.maxSafeInteger()],
  double: [f64, float],
  text: [utf8, text],
  vector: [bytes, vector],
  maybeByte: [nullable(i8), fc.option(fc.integer({ min: -128, max: 127 }))],
  maybeInt: [nullable(i32), fc.option(fc.integer())],
  maybeDouble: [nullable(f64), fc.option(float)],
  maybeText: [nullable(utf8), fc.option(text)],
  maybeVector: [nullable(bytes), fc.option(vector)],
};
const names = Object.keys(FIELDS);
const rows = fc.shuffledSubarray(names, { minLength: 1 }).chain((chosen) =>
  fc
    .record(Object.fromEntries(chosen.map((name) => [name, FIELDS[name]![1]])), {
      noNullPrototype: true,
    })
    .map((row) => ({ chosen, row })),
);

test('the bytes are those that the codec writes for the row with rank 0', () => {
  fc.assert(
    fc.property(rows, ({ chosen, row }) => {
      const type = record(
        'Some',
        Object.fromEntries(chosen.map((name) => [name, FIELDS[name]![0]])),
      );
      const ranked = rankedType(type, 'place');
      const writer = compileRankWriter(type, ranked)!;
      const from = Memory.ofBytes(2048);
      const to = Memory.ofBytes(2048);
      const expected = Memory.ofBytes(2048);
      // What lies behind the row and where it goes is no part of it.
      from.u8.fill(0xa5);
      to.u8.fill(0x5a);
      compileCodec(type).write(row as never, from, 64);
      const length = compileCodec(ranked).write({ ...row, place: 0 } as never, expected, 8);
      expect(writer.bytesOf(from, 64)).toBe(length);
      writer.write(from, 64, to, 128);
      expect(to.u8.slice(128, 128 + length)).toEqual(expected.u8.slice(8, 8 + length));
      expect(to.u8[128 + length]).toBe(0x5a);
    }),
    { numRuns: 100 },
  );
});

test('one type and name give one record type; lists are left to the codec', () => {
  const type = record('Listed', { values: list(i32) });
  expect(rankedType(type, 'rank')).toBe(rankedType(type, 'rank'));
  expect(rankedType(type, 'rank').fingerprint).not.toBe(rankedType(type, 'place').fingerprint);
  expect(compileRankWriter(type, rankedType(type, 'rank'))).toBeUndefined();
});
