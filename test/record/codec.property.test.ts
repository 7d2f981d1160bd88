/** Laws of codecs, for any record type: the compiled codec, its interpreted twin and the official runtime agree. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileCodec } from '../../src/record/codec-compiler.ts';
import { copyRow } from '../../src/record/copy.ts';
import type { RowCodec } from '../../src/record/index.ts';
import { Memory } from '../../src/record/memory.ts';
import { plainCodec } from '../../src/record/plain-codec.ts';
import { record, recordFromDescriptor } from '../../src/record/record.ts';
import { officialRead } from '../support/official-read.ts';
import { anyTypedRow } from '../support/record-arbitraries.ts';

const RUNS = { numRuns: 60 };
const anyBuffer = fc.constantFrom(ArrayBuffer, SharedArrayBuffer);

/** Memory of `bytes` and some more, full of garbage. */
function dirty(bytes: number, buffer: new (n: number) => ArrayBuffer | SharedArrayBuffer): Memory {
  const memory = new Memory(new buffer((bytes + 64) & -8));
  memory.u8.fill(0xee);
  return memory;
}

/** Writes at `at` behind a frame header, as everything in the engine does; returns the bytes of the row. */
function framed(codec: RowCodec, row: unknown, memory: Memory, at: number): number {
  const bytes = codec.write(row, memory, at);
  memory.i32[(at - 8) >> 2] = bytes;
  return bytes;
}

test('law 1: read(write(row)) equals row, through read, copy and every getter', () => {
  fc.assert(
    fc.property(anyTypedRow(), anyBuffer, fc.nat(3), ({ descriptor, row }, buffer, shift) => {
      const codec = compileCodec(recordFromDescriptor(descriptor));
      const at = 8 + 8 * shift;
      const memory = dirty(codec.boundOf(row) + at, buffer);
      const bytes = framed(codec, row, memory, at);
      expect(bytes & 7).toBe(0);
      expect(bytes).toBeLessThanOrEqual(codec.boundOf(row));
      if (codec.fixedBytes > 0) expect(bytes).toBe(codec.fixedBytes);
      expect(codec.read(memory, at)).toStrictEqual(row);
      const view = codec.createView() as RowViewOfAny;
      view.bind(memory);
      view.at = at;
      expect(view.rowBytes).toBe(bytes);
      expect(view.copy()).toStrictEqual(row);
      for (const [name, value] of Object.entries(row)) {
        expect(plain(view[name])).toStrictEqual(value);
      }
    }),
    RUNS,
  );
});

test('law 2: the official runtime reads what write wrote', () => {
  fc.assert(
    fc.property(anyTypedRow(), anyBuffer, ({ descriptor, row }, buffer) => {
      const codec = compileCodec(recordFromDescriptor(descriptor));
      const memory = dirty(codec.boundOf(row) + 8, buffer);
      const bytes = codec.write(row, memory, 8);
      expect(officialRead(descriptor, memory.u8.slice(8, 8 + bytes))).toStrictEqual(row);
    }),
    RUNS,
  );
});

test('law 4: a copied row is readable wherever it lies', () => {
  fc.assert(
    fc.property(
      anyTypedRow(),
      anyBuffer,
      anyBuffer,
      fc.nat(9),
      fc.nat(9),
      ({ descriptor, row }, from, to, a, b) => {
        const codec = compileCodec(recordFromDescriptor(descriptor));
        const bound = codec.boundOf(row);
        const source = dirty(bound + 8 * a, from);
        const target = dirty(bound + 8 * b, to);
        const bytes = codec.write(row, source, 8 * a);
        copyRow(source, 8 * a, bytes, target, 8 * b);
        expect(codec.read(target, 8 * b)).toStrictEqual(row);
        expect(target.u8.subarray(0, 8 * b).every((byte) => byte === 0xee)).toBe(true);
        expect(target.u8.subarray(8 * b + bytes).every((byte) => byte === 0xee)).toBe(true);
      },
    ),
    RUNS,
  );
});

test('the compiled codec and its interpreted twin write the same bytes and read the same rows', () => {
  fc.assert(
    fc.property(anyTypedRow(), anyBuffer, ({ descriptor, row }, buffer) => {
      const type = recordFromDescriptor(descriptor);
      const compiled = compileCodec(type);
      const interpreted = plainCodec(type);
      const bound = compiled.boundOf(row);
      const a = dirty(bound + 8, buffer);
      const b = dirty(bound + 8, buffer);
      const bytes = framed(compiled, row, a, 8);
      expect(framed(interpreted, row, b, 8)).toBe(bytes);
      expect(interpreted.boundOf(row)).toBeGreaterThanOrEqual(bytes);
      expect(b.u8.slice(8, 8 + bytes)).toStrictEqual(a.u8.slice(8, 8 + bytes));
      expect(interpreted.read(a, 8)).toStrictEqual(compiled.read(b, 8));
      // The bound holds: nothing behind it is touched.
      expect(a.u8.subarray(8 + bound).every((byte) => byte === 0xee)).toBe(true);
      expect(b.u8.subarray(8 + bound).every((byte) => byte === 0xee)).toBe(true);
    }),
    RUNS,
  );
});

test('a view writes the bytes of the row it shows: of its own type as words, of another type by fields', () => {
  fc.assert(
    fc.property(anyTypedRow(), ({ descriptor, row }) => {
      const type = recordFromDescriptor(descriptor);
      const other = recordFromDescriptor({ ...descriptor, name: 'Other' });
      for (const make of [compileCodec, plainCodec]) {
        const codec = make(type);
        const memory = dirty(codec.boundOf(row) + 8, SharedArrayBuffer);
        const bytes = framed(codec, row, memory, 8);
        const view = codec.createView();
        view.bind(memory);
        view.at = 8;
        for (const target of [make(type), make(other)]) {
          const copy = dirty(target.boundOf(view) + 8, ArrayBuffer);
          expect(target.write(view, copy, 8)).toBe(bytes);
          expect(target.read(copy, 8)).toStrictEqual(row);
          expect(copy.u8.slice(8, 8 + bytes)).toStrictEqual(memory.u8.slice(8, 8 + bytes));
        }
      }
    }),
    RUNS,
  );
});

test('slices and bytes of a view stand for its texts in a new row', () => {
  fc.assert(
    fc.property(anyTypedRow(), ({ descriptor, row }) => {
      const codec = compileCodec(recordFromDescriptor(descriptor));
      const memory = dirty(codec.boundOf(row) + 8, SharedArrayBuffer);
      const bytes = framed(codec, row, memory, 8);
      const view = codec.createView() as RowViewOfAny;
      view.bind(memory);
      view.at = 8;
      const sliced = { ...row };
      const encoded = { ...row };
      for (const { name, type, deprecated } of descriptor.fields) {
        if (deprecated || (type.kind !== 'utf8' && type.kind !== 'bytes')) continue;
        sliced[name] = view.sliceOf(name);
        encoded[name] = view.bytesOf(name);
      }
      for (const input of [sliced, encoded]) {
        const copy = dirty(codec.boundOf(input) + 8, ArrayBuffer);
        expect(codec.write(input, copy, 8)).toBe(bytes);
        expect(copy.u8.slice(8, 8 + bytes)).toStrictEqual(memory.u8.slice(8, 8 + bytes));
      }
    }),
    RUNS,
  );
});

test('equal fingerprints mean equal descriptors', () => {
  fc.assert(
    fc.property(anyTypedRow(), anyTypedRow(), (a, b) => {
      const [left, right] = [a, b].map(({ descriptor }) => recordFromDescriptor(descriptor));
      expect(recordFromDescriptor(structuredClone(left!.descriptor)).fingerprint).toBe(
        left!.fingerprint,
      );
      expect(left!.fingerprint === right!.fingerprint).toBe(
        JSON.stringify(left!.descriptor) === JSON.stringify(right!.descriptor),
      );
    }),
    RUNS,
  );
});

test('a record type of hundreds of fields has a codec', () => {
  const fields = Array.from({ length: 700 }, (_, i) => ({
    name: `field${i}`,
    type: { kind: i % 3 === 0 ? ('i64' as const) : ('i16' as const) },
    nullable: i % 2 === 0,
    deprecated: false,
  }));
  const codec = compileCodec(recordFromDescriptor({ name: 'Broad', fields }));
  const row = Object.fromEntries(fields.map(({ name }, i) => [name, i % 4 === 0 ? null : i]));
  const memory = dirty(codec.fixedBytes + 8, ArrayBuffer);
  expect(codec.write(row, memory, 8)).toBe(codec.fixedBytes);
  expect(codec.read(memory, 8)).toStrictEqual(row);
});

test('a record type without fields has rows of 16 bytes', () => {
  const codec = compileCodec(record('Nothing', {}));
  const memory = dirty(32, ArrayBuffer);
  expect(codec.write({}, memory, 8)).toBe(16);
  expect(codec.read(memory, 8)).toStrictEqual({});
});

type RowViewOfAny = ReturnType<RowCodec['createView']> & Record<string, unknown>;

/** A nested view as what it shows. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'copy' in value
    ? (value as { copy(): unknown }).copy()
    : value;
}
