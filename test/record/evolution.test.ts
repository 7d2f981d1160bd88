/** The rules of evolution, one by one. */

import { describe, expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import { checkEvolution, requireEvolution } from '../../src/record/evolution.ts';
import {
  bytes,
  deprecated,
  dictionary,
  f64,
  i32,
  i64,
  list,
  nullable,
  timestamp,
  u32,
  u8,
  utf8,
} from '../../src/record/fields.ts';
import type { FieldLike } from '../../src/record/fields.ts';
import { projectionOf } from '../../src/record/projection.ts';
import { record } from '../../src/record/record.ts';
import type { RecordDescriptor } from '../../src/record/index.ts';

function verdict(was: Record<string, FieldLike>, is: Record<string, FieldLike>): unknown {
  return checkEvolution(record('Bid', was).descriptor, record('Bid', is).descriptor);
}

function problemAt(was: Record<string, FieldLike>, is: Record<string, FieldLike>): string[] {
  const found = checkEvolution(record('Bid', was).descriptor, record('Bid', is).descriptor);
  return found.compatible ? [] : found.problems.map(({ field }) => field);
}

test('the same type is compatible, with nothing to say', () => {
  expect(verdict({ a: i32, b: utf8 }, { a: i32, b: utf8 })).toStrictEqual({
    compatible: true,
    notes: [],
  });
});

test('fields may be appended', () => {
  expect(verdict({ a: i32 }, { a: i32, b: utf8, c: nullable(f64) })).toStrictEqual({
    compatible: true,
    notes: [
      { field: 'b', note: 'appended: rows without it read as its default' },
      { field: 'c', note: 'appended: rows without it read as null' },
    ],
  });
});

test('an older type passes over the fields it does not know, with a note', () => {
  expect(verdict({ a: i32, b: utf8 }, { a: i32 })).toMatchObject({
    compatible: true,
    notes: [{ field: 'b' }],
  });
});

test('a rename keeps its position and is noted', () => {
  expect(verdict({ cents: i32 }, { price: i32 })).toStrictEqual({
    compatible: true,
    notes: [{ field: 'price', note: "renamed from 'cents': same bytes, other name" }],
  });
});

test('a field may be deprecated and no longer be looked at', () => {
  expect(verdict({ a: i32, b: utf8 }, { a: i32, b: deprecated(utf8) })).toMatchObject({
    compatible: true,
    notes: [{ field: 'b' }],
  });
  expect(verdict({ a: i32, b: utf8 }, { a: i32, b: deprecated(i32) })).toMatchObject({
    compatible: true,
  });
  expect(verdict({ a: i32, b: deprecated(utf8) }, { a: i32, b: utf8 })).toMatchObject({
    compatible: true,
    notes: [{ field: 'b' }],
  });
});

test('a field inserted before others is refused at each field that moved', () => {
  expect(problemAt({ a: i32, b: i32 }, { x: i32, a: i32, b: i32 })).toStrictEqual(['x', 'a']);
});

test('a field removed before others is refused, though the types fit', () => {
  expect(problemAt({ a: i32, b: i32 }, { b: i32 })).toStrictEqual(['b']);
  expect(problemAt({ a: i32, b: i32, c: i32 }, { b: i32, c: i32 })).toStrictEqual(['b', 'c']);
});

test('fields that change places are refused', () => {
  expect(problemAt({ a: i32, b: i32 }, { b: i32, a: i32 })).toStrictEqual(['b', 'a']);
});

test('a type may not change', () => {
  expect(problemAt({ a: i32 }, { a: u32 })).toStrictEqual(['a']);
  expect(problemAt({ a: i32 }, { a: i64 })).toStrictEqual(['a']);
  expect(problemAt({ a: utf8 }, { a: bytes })).toStrictEqual(['a']);
  expect(problemAt({ a: utf8 }, { a: list(utf8) })).toStrictEqual(['a']);
  expect(problemAt({ a: list(i32) }, { a: list(f64) })).toStrictEqual(['a[]']);
});

test('types of the same bytes and meaning may be exchanged', () => {
  expect(verdict({ a: utf8 }, { a: dictionary() })).toStrictEqual({ compatible: true, notes: [] });
  expect(verdict({ a: i64 }, { a: timestamp })).toStrictEqual({ compatible: true, notes: [] });
  expect(verdict({ a: bytes }, { a: list(u8) })).toStrictEqual({ compatible: true, notes: [] });
  expect(verdict({ a: i64 }, { a: i64.asBigInt() })).toStrictEqual({ compatible: true, notes: [] });
  expect(verdict({ a: i64.asBigInt() }, { a: i64 })).toMatchObject({
    compatible: true,
    notes: [{ field: 'a' }],
  });
});

test('a field may become nullable, and not the other way round', () => {
  expect(verdict({ a: i32 }, { a: nullable(i32) })).toStrictEqual({ compatible: true, notes: [] });
  expect(problemAt({ a: nullable(i32) }, { a: i32 })).toStrictEqual(['a']);
});

test('nested records follow the same rules, and problems name the path', () => {
  const was = record('Item', { id: i32, names: list(utf8) });
  const is = record('Item', { id: i32, names: list(i32), price: f64 });
  expect(problemAt({ items: list(was) }, { items: list(is) })).toStrictEqual(['items[].names[]']);
  expect(problemAt({ item: was }, { item: is })).toStrictEqual(['item.names[]']);
});

test('the thrown error names the record, the field and every problem', () => {
  const was = record('Bid', { a: i32, b: nullable(utf8), c: i32 }).descriptor;
  const is = record('Bid', { a: f64, b: utf8, c: i32 }).descriptor;
  expect(requireEvolution(was, was)).toStrictEqual([]);
  expect(() => requireEvolution(was, is)).toThrow(EngineError);
  try {
    requireEvolution(was, is);
  } catch (error) {
    expect(error).toMatchObject({
      code: 'ERR_RECORD_EVOLUTION',
      details: { record: 'Bid', field: 'a' },
      message:
        'Rows of an earlier Bid cannot be read as the type it has now: ' +
        'a: was i32 and is f64: the same bytes mean something else; ' +
        'b: was nullable and is not: a null would read as a value',
    });
  }
});

describe('of rows with some of the fields of their type', () => {
  const Bid = record('Bid', { auction: i64, price: i64, url: nullable(utf8), extra: utf8 });
  const of = (...names: string[]): RecordDescriptor => projectionOf(Bid, names).descriptor;

  test('fields are found by their names, wherever they are', () => {
    expect(checkEvolution(of('auction', 'price', 'extra'), of('extra'))).toStrictEqual({
      compatible: true,
      notes: [],
    });
    expect(checkEvolution(Bid.descriptor, of('url'))).toStrictEqual({
      compatible: true,
      notes: [],
    });
  });

  test('a field that the writer did not have is a problem, whatever stands in its place', () => {
    for (const reader of [of('auction', 'extra'), of('price', 'extra'), Bid.descriptor]) {
      expect(checkEvolution(of('auction', 'price'), reader)).toMatchObject({ compatible: false });
    }
    expect(() => requireEvolution(of('auction'), of('price'))).toThrow(
      expect.objectContaining({ code: 'ERR_RECORD_EVOLUTION' }),
    );
  });

  test('a field of another type or without nulls is a problem', () => {
    const Other = record('Bid', { price: utf8, url: utf8, none: i64 });
    const reader = projectionOf(Other, ['price', 'url']).descriptor;
    const found = checkEvolution(of('price', 'url'), reader);
    expect(found).toMatchObject({ problems: [{ field: 'price' }, { field: 'url' }] });
  });
});
