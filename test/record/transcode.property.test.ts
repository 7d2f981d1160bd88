/** Laws of the canonical form: who has it, and that everything else is brought to it. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import { canonicalBytes, isCanonical } from '../../src/record/canonical.ts';
import { compileCodec } from '../../src/record/codec-compiler.ts';
import { i32, nullable, utf8 } from '../../src/record/fields.ts';
import type { RecordDescriptor, RowCodec } from '../../src/record/index.ts';
import { layoutOf } from '../../src/record/layout.ts';
import { Memory } from '../../src/record/memory.ts';
import { record, recordFromDescriptor } from '../../src/record/record.ts';
import { canonicalize } from '../../src/record/transcode.ts';
import { officialRow } from '../support/official-row.ts';
import { anyTypedRow } from '../support/record-arbitraries.ts';

function codecOf(descriptor: RecordDescriptor): RowCodec {
  return compileCodec(recordFromDescriptor(descriptor));
}

function written(codec: RowCodec, row: unknown): Uint8Array {
  const memory = dirty(codec.boundOf(row) + 8);
  return memory.u8.slice(8, 8 + codec.write(row, memory, 8));
}

function dirty(bytes: number): Memory {
  const memory = Memory.ofBytes((bytes + 7) & -8);
  memory.u8.fill(0xee);
  return memory;
}

test('every row that a codec writes is canonical, and is copied as it is', () => {
  fc.assert(
    fc.property(anyTypedRow(), ({ descriptor, row }) => {
      const codec = codecOf(descriptor);
      const bytes = written(codec, row);
      const memory = dirty(bytes.length + 16);
      memory.u8.set(bytes, 8);
      const layout = layoutOf(codec.type.descriptor);
      expect(isCanonical(memory, 8, layout)).toBe(true);
      expect(canonicalBytes(memory, 8, layout)).toBe(bytes.length);
      expect(canonicalBytes(memory, 8, layout, bytes.length)).toBe(-1);
      const copied = dirty(bytes.length);
      expect(canonicalize(bytes, codec, copied, 0)).toBe(bytes.length);
      expect(copied.u8).toStrictEqual(bytes);
    }),
    { numRuns: 50 },
  );
});

test('a row of the official Builder becomes the bytes that the codec writes', () => {
  fc.assert(
    fc.property(anyTypedRow(), fc.boolean(), ({ descriptor, row }, shareStrings) => {
      const codec = codecOf(descriptor);
      const foreign = officialRow(descriptor, row, { shareStrings, forceDefaults: true });
      const memory = dirty(codec.boundOf(row) + foreign.length + 16);
      const length = canonicalize(foreign, codec, memory, 16);
      expect(memory.u8.slice(16, 16 + length)).toStrictEqual(written(codec, row));
    }),
    { numRuns: 50 },
  );
});

test('damaged rows are refused, or become rows that are canonical and the same the second time', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(anyTypedRow(), flips, ({ descriptor, row }, bits) => {
      const codec = codecOf(descriptor);
      const bytes = written(codec, row);
      for (const [at, bit] of bits) bytes[at % bytes.length]! ^= 1 << bit;
      const memory = dirty(codec.boundOf(row) * 4 + 1024);
      let length = 0;
      try {
        length = canonicalize(bytes, codec, memory, 8);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        expect(error.code).toBe('ERR_RECORD_CORRUPT');
        return;
      }
      if (length === 0) return; // unfolds to more than this memory holds
      expect(canonicalBytes(memory, 8, layoutOf(codec.type.descriptor))).toBe(length);
      const once = memory.u8.slice(8, 8 + length);
      const again = dirty(memory.u8.length);
      expect(canonicalize(once, codec, again, 8)).toBe(length);
      expect(again.u8.slice(8, 8 + length)).toStrictEqual(once);
    }),
    { numRuns: 150 },
  );
});

test('a row of an older version becomes one of the newer, and the other way round', () => {
  const older = compileCodec(record('Bid', { price: i32, channel: utf8 }));
  const newer = compileCodec(record('Bid', { price: i32, channel: utf8, url: nullable(utf8) }));
  const memory = dirty(256);
  canonicalize(written(older, { price: 7, channel: 'web' }), newer, memory, 8);
  expect(newer.read(memory, 8)).toStrictEqual({ price: 7, channel: 'web', url: null });
  canonicalize(written(newer, { price: 7, channel: 'web', url: 'x' }), older, memory, 8);
  expect(older.read(memory, 8)).toStrictEqual({ price: 7, channel: 'web' });
});

test('a null in a field that is never null is not canonical', () => {
  const type = record('Two', { a: nullable(i32), b: i32 });
  const codec = compileCodec(type);
  const memory = Memory.ofBytes(64);
  const layout = layoutOf(type.descriptor);
  codec.write({ a: null, b: 2 }, memory, 8);
  expect(isCanonical(memory, 8, layout)).toBe(true);
  memory.u16[(8 + layout.fields[1]!.entry) >> 1] = 0;
  expect(isCanonical(memory, 8, layout)).toBe(false);
  expect(isCanonical(memory, 64, layout)).toBe(false);
});

test('without room for the row, 0 is returned', () => {
  const codec = compileCodec(record('Text', { text: utf8 }));
  const bytes = written(codec, { text: 'twenty characters in' });
  expect(canonicalize(bytes, codec, Memory.ofBytes(bytes.length), 8)).toBe(0);
  expect(canonicalize(bytes, codec, Memory.ofBytes(bytes.length + 8), 8)).toBe(bytes.length);
});
