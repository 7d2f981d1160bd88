/** Rows without a record type. */

import { describe, expect, test } from 'vitest';

import { genericCodec } from '../../src/record/generic-codec.ts';
import { compileCodec } from '../../src/record/codec-compiler.ts';
import { i32, utf8 } from '../../src/record/fields.ts';
import { hashKeyValue } from '../../src/record/key.ts';
import { Memory } from '../../src/record/memory.ts';
import { record } from '../../src/record/record.ts';
import { officialRead } from '../support/official-read.ts';

function written(row: unknown): Memory {
  const codec = genericCodec();
  const memory = new Memory(new SharedArrayBuffer(8 + codec.boundOf(row)));
  memory.i32[0] = codec.write(row, memory, 8);
  return memory;
}

test.each([
  1,
  'text',
  null,
  undefined,
  12n,
  [1, [2]],
  { a: { b: new Date(5) }, c: new Map([[1, new Set(['x'])]]) },
  new Uint8Array([1, 2, 3]),
  { floats: new Float64Array([1.5]) },
])('any structured-cloneable value comes back: %o', (row) => {
  expect(genericCodec().read(written(row), 8)).toStrictEqual(row);
});

test('a row is a FlatBuffers table of one byte vector', () => {
  const codec = genericCodec();
  const memory = written({ a: 1 });
  const { value } = officialRead(codec.type.descriptor, memory.u8.slice(8, 8 + memory.i32[0]!));
  expect(value).toBeInstanceOf(Uint8Array);
  expect([codec.generic, codec.fixedBytes, codec.type.name]).toEqual([true, 0, 'Generic']);
  expect(codec.note).toMatch(/no record type/);
});

test('a value read earlier survives the memory it was read from', () => {
  const memory = written({ bytes: new Uint8Array([1, 2, 3]) });
  const row = genericCodec().read(memory, 8);
  memory.u8.fill(0);
  expect(row).toEqual({ bytes: new Uint8Array([1, 2, 3]) });
});

test('a row that changed since it was measured for an earlier write is written as it is now', () => {
  const codec = genericCodec();
  const memory = Memory.ofBytes(256);
  const row = { n: 1 };
  codec.boundOf(row);
  codec.write(row, memory, 8);
  row.n = 2;
  codec.write(row, memory, 8);
  expect(codec.read(memory, 8)).toEqual({ n: 2 });
});

test('views are written as what they show, also one level below', () => {
  const codec = compileCodec(record('T', { a: i32, b: utf8 }));
  const memory = Memory.ofBytes(64);
  codec.write({ a: 1, b: 'x' }, memory, 8);
  const view = codec.createView();
  view.bind(memory);
  view.at = 8;
  const read = (row: unknown): unknown => genericCodec().read(written(row), 8);
  expect(read(view)).toEqual({ a: 1, b: 'x' });
  expect(read({ left: view, right: 2 })).toEqual({ left: { a: 1, b: 'x' }, right: 2 });
  expect(read([view, view])).toEqual([
    { a: 1, b: 'x' },
    { a: 1, b: 'x' },
  ]);
});

describe('what cannot be cloned is an error that says where', () => {
  test.each([
    [() => 1, 'the row is the function'],
    [{ a: { call: parseInt } }, 'row.a.call is the function parseInt'],
    [{ list: [1, Symbol('s')] }, 'row.list[1] is Symbol(s)'],
    [new Map([['k', () => 1]]), 'row.get(k) is the function'],
    [{ weak: new WeakMap() }, 'row.weak is an object (WeakMap)'],
  ])('%o', (row, message) => {
    expect(() => genericCodec().boundOf(row)).toThrowError(
      expect.objectContaining({
        code: 'ERR_RECORD_UNCLONEABLE',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

test('keys are properties, hashed as values', () => {
  const key = genericCodec().key(['city', 'n']);
  const row = { city: 'Oslo', n: -1 };
  const [a, b] = [written(row), written({ ...row, other: 2 })];
  expect(key.hashBytes(a, 8)).toBe(key.hashRow(row));
  expect(key.hashRow(row)).toBe(hashKeyValue(['Oslo', -1]));
  expect(key.valueOf(row)).toEqual(['Oslo', -1]);
  expect(key.equalBytes(a, 8, b, 8)).toBe(true);
  expect(key.equalBytes(a, 8, written({ city: 'Oslo', n: 0 }), 8)).toBe(false);
  for (const bad of [{}, { city: null, n: 1 }, { city: {}, n: 1 }, 7]) {
    expect(() => key.hashRow(bad)).toThrowError(/Key row\.city: expected/);
  }
});
