/** What codecs refuse, and what rows cost. */

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

import { compileCodec } from '../../src/record/codec-compiler.ts';
import {
  bool,
  bytes,
  deprecated,
  dictionary,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  list,
  nullable,
  timestamp,
  u16,
  u32,
  u64,
  u8,
  utf8,
} from '../../src/record/fields.ts';
import type { FieldLike } from '../../src/record/fields.ts';
import { Memory } from '../../src/record/memory.ts';
import { plainCodec } from '../../src/record/plain-codec.ts';
import { record } from '../../src/record/record.ts';
import { RowSlice } from '../../src/record/slice.ts';

const makers = [
  ['compiled', compileCodec],
  ['interpreted', plainCodec],
] as const;

describe.each(makers)('%s codec', (_, make) => {
  /** Writes one field and reads it back. */
  function through(field: FieldLike, value: unknown): unknown {
    const codec = make(record('T', { value: field }));
    const memory = Memory.ofBytes(codec.boundOf({ value } as never) + 8);
    codec.write({ value } as never, memory, 8);
    return (codec.read(memory, 8) as { value: unknown }).value;
  }

  test.each([
    ['bool', bool, [1, 'true', null, undefined]],
    ['i8', i8, [128, -129, 1.5, '1', null, undefined, NaN, 1n, true]],
    ['u8', u8, [-1, 256, 0.5]],
    ['i16', i16, [32_768, -32_769]],
    ['u16', u16, [-1, 65_536]],
    ['i32', i32, [2 ** 31, -(2 ** 31) - 1, '7', {}]],
    ['u32', u32, [-1, 2 ** 32]],
    ['i64', i64, [2 ** 53 + 2, -(2 ** 53) - 2, 0.5, Infinity, NaN, '7', 7n, null]],
    ['u64', u64, [-1, 2 ** 53 + 2, 1.5, '7']],
    ['timestamp', timestamp, [new Date(0), 1.5]],
    ['bigint', i64.asBigInt(), [1, 2n ** 63n, -(2n ** 63n) - 1n]],
    ['unsigned bigint', u64.asBigInt(), [1, -1n, 2n ** 64n]],
    ['f32', f32, ['1', null, 1n]],
    ['f64', f64, ['1', null, undefined]],
    ['utf8', utf8, [1, null, undefined, {}, ['a']]],
    ['bytes', bytes, ['text', [1, 2], null]],
    ['list', list(i32), [null, 'text', 1, [1.5], ['1'], [undefined]]],
    ['list of texts', list(utf8), [[1], [null]]],
    ['nested record', record('Inner', { a: i32 }), [null, 1, 'text', {}]],
    ['list of records', list(record('Inner', { a: i32 })), [[null], [1], [{}]]],
  ] as const)('%s refuses what does not fit', (_kind, field, values) => {
    for (const value of values) {
      expect(() => through(field, value), String(value as unknown)).toThrowError(
        expect.objectContaining({ code: 'ERR_RECORD_VALUE' }) as Error,
      );
    }
  });

  test('integers keep their bounds', () => {
    for (const [field, values] of [
      [i8, [-128, 127]],
      [u8, [0, 255]],
      [i16, [-32_768, 32_767]],
      [u16, [0, 65_535]],
      [i32, [-(2 ** 31), 2 ** 31 - 1]],
      [u32, [0, 2 ** 32 - 1]],
      [i64, [-(2 ** 53), -(2 ** 32), -(2 ** 31) - 1, -1, 0, 2 ** 31, 2 ** 32, 2 ** 53]],
      [u64, [0, 2 ** 31, 2 ** 32, 2 ** 53]],
    ] as const) {
      for (const value of values) expect(through(field, value)).toBe(value);
    }
    expect(through(i64, -0)).toBe(0);
  });

  test('the error names record, field, element, expectation and value', () => {
    const codec = make(record('Order', { items: list(u8) }));
    expect(() => codec.write({ items: [1, 256] }, Memory.ofBytes(64), 8)).toThrowError(
      'Record Order, field items[1]: expected an integer 0 to 255 (u8), got 256',
    );
    expect(() => codec.write(null as never, Memory.ofBytes(64), 8)).toThrowError(
      'Record Order, field (the row): expected an object, got null',
    );
  });

  test('a 64-bit integer that a number cannot hold is an error at reading, and fine as a bigint', () => {
    const Wide = record('Wide', { value: i64.asBigInt() });
    const Narrow = record('Narrow', { value: i64 });
    const Unsigned = record('Unsigned', { value: u64 });
    const memory = Memory.ofBytes(64);
    for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n]) {
      make(Wide).write({ value }, memory, 8);
      expect(make(Wide).read(memory, 8)).toEqual({ value });
      for (const type of [Narrow, Unsigned]) {
        expect(() => make(type).read(memory, 8)).toThrowError(
          expect.objectContaining({ code: 'ERR_RECORD_VALUE' }) as Error,
        );
      }
    }
  });

  test('a null field may be written as null, undefined or left out, and reads as null', () => {
    const codec = make(record('T', { a: nullable(i64), b: nullable(utf8), c: nullable(bool) }));
    const memory = Memory.ofBytes(256);
    for (const row of [{ a: null, b: null, c: null }, { a: undefined, b: undefined }, {}]) {
      memory.u8.fill(0xee);
      const length = codec.write(row as never, memory, 8);
      expect(codec.read(memory, 8)).toEqual({ a: null, b: null, c: null });
      expect(length).toBe(codec.write({} as never, memory, 8));
    }
    const view = codec.createView();
    view.bind(memory);
    view.at = 8;
    expect([view.a, view.b, view.c, view.sliceOf('b'), view.bytesOf('b')]).toEqual(
      Array.from({ length: 5 }, () => null),
    );
  });

  test('a deprecated field is no part of a row', () => {
    const codec = make(record('T', { a: i32, old: deprecated(utf8), b: i32 }));
    const memory = Memory.ofBytes(64);
    codec.write({ a: 1, old: 'ignored', b: 2 } as never, memory, 8);
    expect(codec.read(memory, 8)).toStrictEqual({ a: 1, b: 2 });
  });

  test('typed arrays may be written as lists', () => {
    expect(through(list(f64), new Float64Array([1.5, -2]))).toEqual([1.5, -2]);
    expect(through(list(u8), new Uint8Array([1, 2, 3]))).toEqual([1, 2, 3]);
  });

  test('a spread view fails with the advice to copy', () => {
    const codec = make(record('T', { a: i32 }));
    const memory = Memory.ofBytes(64);
    codec.write({ a: 1 }, memory, 8);
    const view = codec.createView();
    view.bind(memory);
    // oxlint-disable-next-line typescript/no-misused-spread -- the mistake under test
    const spread = { ...view };
    expect(() => codec.write(spread, memory, 32)).toThrowError(
      expect.objectContaining({ hint: expect.stringContaining('row.copy()') as string }) as Error,
    );
  });

  test('bytes that a view gives are copies, those of bytesOf and sliceOf are the row’s own', () => {
    const codec = make(record('T', { data: bytes, text: utf8, n: i32 }));
    const memory = new Memory(new SharedArrayBuffer(128));
    codec.write({ data: new Uint8Array([1, 2, 3]), text: 'abc', n: 1 }, memory, 8);
    const view = codec.createView();
    view.bind(memory);
    view.at = 8;
    expect(view.data.buffer).not.toBe(memory.buffer);
    expect(view.bytesOf('data')?.buffer).toBe(memory.buffer);
    expect(view.sliceOf('text')).toBeInstanceOf(RowSlice);
    expect(view.sliceOf('n')).toBeUndefined();
    expect(() => view.bytesOf('n')).toThrowError(/utf8 or bytes field, got n$/);
    expect(JSON.stringify(view)).toBe(JSON.stringify(view.copy()));
  });

  test('a nested view is a view of its own: it has a length, and can be written and copied', () => {
    const Inner = record('Inner', { id: i32, name: utf8 });
    const outer = make(record('Outer', { inner: Inner, tail: utf8 }));
    const memory = Memory.ofBytes(256);
    outer.write({ inner: { id: 7, name: 'a name' }, tail: 'tail' }, memory, 8);
    const view = outer.createView();
    view.bind(memory);
    view.at = 8;
    const inner = make(Inner);
    const copy = Memory.ofBytes(inner.boundOf(view.inner));
    inner.write(view.inner, copy, 0);
    expect(inner.read(copy, 0)).toEqual({ id: 7, name: 'a name' });
  });

  test('a key that is missing, null, an object or unknown is an error that names the field', () => {
    const type = record('T', { a: nullable(utf8), n: i32, tags: list(utf8) });
    const codec = make(type);
    const memory = Memory.ofBytes(128);
    codec.write({ a: null, n: 1, tags: [] }, memory, 8);
    const failure = (message: RegExp): Error =>
      expect.objectContaining({
        code: 'ERR_RECORD_KEY',
        message: expect.stringMatching(message) as string,
      }) as Error;
    const key = codec.key(['n', 'a']);
    expect(() => key.hashBytes(memory, 8)).toThrowError(failure(/T\.a: .* got null/));
    expect(() => key.hashRow({ n: 1 } as never)).toThrowError(failure(/T\.a: .* got undefined/));
    expect(() => key.valueOf({ n: {}, a: '' } as never)).toThrowError(
      failure(/T\.n: .* an object/),
    );
    expect(() => codec.key(['nn'])).toThrowError(failure(/a field of the record \(a, n, tags\)/));
    expect(() => codec.key(['tags'])).toThrowError(failure(/T\.tags: .* got the string 'list'/));
    expect(() => codec.key([])).toThrowError(failure(/at least one field/));
  });
});

test('a dictionary field gives the same string again without decoding', () => {
  const codec = compileCodec(record('T', { city: dictionary(), name: utf8 }));
  const memory = Memory.ofBytes(512);
  const text = 'a text that is longer than what is built from characters';
  codec.write({ city: text, name: text }, memory, 8);
  codec.write({ city: text, name: text }, memory, 256);
  expect(codec.read(memory, 8)).toEqual({ city: text, name: text });
  let decoded = 0;
  const decode = memory.text.toString.bind(memory.text);
  Object.defineProperty(memory.text, 'toString', {
    value: (...range: [BufferEncoding, number, number]) => {
      decoded++;
      return decode(...range);
    },
  });
  expect(codec.read(memory, 256)).toEqual({ city: text, name: text });
  expect(decoded).toBe(1);
});

test('compiled codecs of one type share views but no writer: user code sees one class, each edge has its feedback', () => {
  const type = record('T', { a: i32 });
  const [a, b] = [compileCodec(type), compileCodec(type)];
  expect(a.write).not.toBe(b.write);
  expect(a.createView().constructor).toBe(b.createView().constructor);
  const other = compileCodec(record('T', { a: i32 }));
  expect(other.createView().constructor).not.toBe(a.createView().constructor);
});

test('write and boundOf need no this', () => {
  const { write, boundOf, read } = compileCodec(record('T', { a: utf8 }));
  const memory = Memory.ofBytes(64);
  expect(boundOf({ a: 'x' })).toBeGreaterThanOrEqual(write({ a: 'x' }, memory, 8));
  expect(read(memory, 8)).toEqual({ a: 'x' });
});

test('where code may not be generated from strings, rows are interpreted and the codec says so', () => {
  const room = new URL('../../src/record/index.ts', import.meta.url).href;
  const program = `
    import { compileCodec, Memory, record, i64, utf8 } from ${JSON.stringify(room)};
    const codec = compileCodec(record('T', { a: i64, b: utf8 }));
    const memory = Memory.ofBytes(128);
    codec.write({ a: 2 ** 40, b: 'text' }, memory, 8);
    console.log(JSON.stringify([codec.note, codec.read(memory, 8), codec.key(['b']).hashBytes(memory, 8)]));
  `;
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', program];
  const output = execFileSync(process.execPath, flags, { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([
    'code generation from strings is not allowed, so rows are interpreted',
    { a: 2 ** 40, b: 'text' },
    3556653,
  ]);
});
