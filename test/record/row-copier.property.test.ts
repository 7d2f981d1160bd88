/** Laws of rows that are written from views of other record types, for any types. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileCodec } from '../../src/record/codec-compiler.ts';
import type { RecordDescriptor, RecordType, RowCodec, RowView } from '../../src/record/index.ts';
import { Memory } from '../../src/record/memory.ts';
import { plainCodec } from '../../src/record/plain-codec.ts';
import { projectionOf } from '../../src/record/projection.ts';
import { record, recordFromDescriptor } from '../../src/record/record.ts';
import { bytes, i64, list, nullable, utf8 } from '../../src/record/fields.ts';
import { compileCopier } from '../../src/record/row-copier.ts';
import { anyRecord, anyRow } from '../support/record-arbitraries.ts';

const RUNS = { numRuns: 120 };

/** A type, a row of it, and the names of some of its fields. */
const anyProjected = anyRecord().chain((descriptor) =>
  fc.record({
    type: fc.constant(recordFromDescriptor(descriptor)),
    row: anyRow(descriptor),
    names: fc.subarray(namesOf(descriptor)),
    shared: fc.boolean(),
  }),
);

function namesOf({ fields }: RecordDescriptor): string[] {
  return fields.flatMap(({ name, deprecated }) => (deprecated ? [] : [name]));
}

/** Memory full of garbage. */
function dirty(bytes: number, shared = false): Memory {
  const memory = new Memory(new (shared ? SharedArrayBuffer : ArrayBuffer)((bytes + 128) & -8));
  memory.u8.fill(0xee);
  return memory;
}

function viewOf(type: RecordType, row: unknown, shared: boolean): RowView {
  const codec = compileCodec(type);
  const memory = dirty(codec.boundOf(row), shared);
  memory.i32[4] = codec.write(row, memory, 24);
  const view = codec.createView();
  view.bind(memory);
  view.at = 24;
  return view;
}

/** The bytes that a codec writes, and that its bound holds. */
function bytesOf(codec: RowCodec, row: unknown): Uint8Array {
  const bound = codec.boundOf(row);
  const memory = dirty(bound);
  const bytes = codec.write(row, memory, 8);
  expect(bytes).toBeLessThanOrEqual(bound);
  return memory.u8.slice(8, 8 + bytes);
}

function failing(id: number): never {
  throw new Error(`field ${id} is null`);
}

function pick(row: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

test('a view is written as a projection of its type as the plain object is, byte by byte', () => {
  fc.assert(
    fc.property(anyProjected, ({ type, row, names, shared }) => {
      const projection = projectionOf(type, names);
      const expected = bytesOf(plainCodec(projection), pick(row, names));
      const view = viewOf(type, row, shared);
      const codec = compileCodec(projection);
      expect(bytesOf(codec, view)).toStrictEqual(expected);
      expect(bytesOf(codec, pick(row, names))).toStrictEqual(expected);
      expect(bytesOf(plainCodec(projection), view)).toStrictEqual(expected);
    }),
    RUNS,
  );
});

test('a view is copied into any type with some of its fields, in any order, nullable or not', () => {
  const anyTarget = anyProjected.chain(({ type, row, shared }) =>
    fc
      .record({
        names: fc.shuffledSubarray(namesOf(type.descriptor), { minLength: 1 }),
        nullable: fc.boolean(),
      })
      .map(({ names, nullable: loose }) => {
        const fields = names.map((name) => {
          const field = type.descriptor.fields.find((one) => one.name === name)!;
          return { ...field, nullable: field.nullable || loose };
        });
        return { type, row, shared, target: recordFromDescriptor({ name: 'Target', fields }) };
      }),
  );
  fc.assert(
    fc.property(anyTarget, ({ type, row, shared, target }) => {
      expect(compileCopier(type.descriptor, target.descriptor, failing)).toBeDefined();
      const expected = bytesOf(plainCodec(target), row);
      expect(bytesOf(compileCodec(target), viewOf(type, row, shared))).toStrictEqual(expected);
    }),
    RUNS,
  );
});

test('the hash of a key is the same from a view of the wider type', () => {
  const Wide = record('Wide', { text: utf8, id: i64, name: nullable(utf8) });
  const row = { text: 'some text', id: -5_000_000_000, name: 'key' };
  const narrow = compileCodec(projectionOf(Wide, ['id', 'name']));
  const { hashRow } = narrow.key(['name', 'id']);
  const plain = narrow.key(['name', 'id']).hashRow(row);
  for (let i = 0; i < 3; i++) expect(hashRow(viewOf(Wide, row, false) as never)).toBe(plain);
});

test('one codec takes views of several types in turn', () => {
  const Narrow = record('Narrow', { id: i64, name: utf8 });
  const A = record('A', { other: utf8, id: i64, name: utf8 });
  const B = record('B', { name: utf8, flag: nullable(i64), id: i64 });
  const codec = compileCodec(Narrow);
  const views = [
    viewOf(A, { other: 'x', id: 1, name: 'one' }, false),
    viewOf(B, { name: 'two', flag: null, id: 2 }, false),
    { id: 3, name: 'three' },
    viewOf(Narrow, { id: 4, name: 'four' }, true),
  ];
  const expected = [1, 2, 3, 4].map((id) => ({
    id,
    name: ['one', 'two', 'three', 'four'][id - 1]!,
  }));
  for (let i = 0; i < 8; i++) {
    expect(bytesOf(codec, views[i % 4])).toStrictEqual(bytesOf(codec, expected[i % 4]));
  }
});

test('a null for a field that is never null is an error that names the field', () => {
  const Loose = record('Loose', { id: nullable(i64), name: utf8 });
  const Strict = record('Strict', { id: i64 });
  const view = viewOf(Loose, { id: null, name: 'a' }, false);
  expect(() => bytesOf(compileCodec(Strict), view)).toThrow(
    expect.objectContaining({ code: 'ERR_RECORD_VALUE' }),
  );
});

test('fields of other types are converted by reading and writing them', () => {
  const Big = record('Big', { id: i64.asBigInt(), name: utf8 });
  const Small = record('Small', { name: utf8 });
  const Number64 = record('Number64', { id: i64 });
  expect(compileCopier(Big.descriptor, Number64.descriptor, failing)).toBeUndefined();
  expect(compileCopier(Small.descriptor, Number64.descriptor, failing)).toBeUndefined();
  expect(() => bytesOf(compileCodec(Number64), viewOf(Big, { id: 1n, name: '' }, false))).toThrow(
    expect.objectContaining({ code: 'ERR_RECORD_VALUE' }),
  );
});

test('a projection is the same object for the same names, and the type itself for all of them', () => {
  const Wide = record('Wide', { text: utf8, id: i64 });
  expect(projectionOf(Wide, ['id'])).toBe(projectionOf(Wide, ['id', 'absent']));
  expect(projectionOf(Wide, ['id', 'text'])).toBe(Wide);
  expect(projectionOf(Wide, []).descriptor.fields).toStrictEqual([]);
});

test('texts and lists of any length are copied whole', () => {
  const Wide = record('Wide', {
    id: i64,
    text: utf8,
    digest: bytes,
    numbers: list(i64),
    tags: list(utf8),
  });
  for (const length of [0, 1, 3, 4, 247, 248, 249, 252, 256, 257, 1000]) {
    const row = {
      id: length,
      text: 'é'.repeat(length),
      digest: new Uint8Array(length).fill(7),
      numbers: Array.from({ length }, (_, n) => n),
      tags: Array.from({ length: length % 9 }, (_, n) => 'x'.repeat(length + n)),
    };
    for (const names of [['text'], ['digest', 'numbers'], ['tags', 'text', 'digest']]) {
      const projection = projectionOf(Wide, names);
      const expected = bytesOf(plainCodec(projection), pick(row, names));
      expect(bytesOf(compileCodec(projection), viewOf(Wide, row, true))).toStrictEqual(expected);
    }
  }
});
