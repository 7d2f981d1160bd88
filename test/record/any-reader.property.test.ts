/** Laws of the reader of any layout, against rows that the official `flatbuffers` Builder wrote. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { defaultOf, readAny } from '../../src/record/any-reader.ts';
import type { RecordDescriptor, TypeDescriptor } from '../../src/record/index.ts';
import { verifyRow } from '../../src/record/verifier.ts';
import { officialRow } from '../support/official-row.ts';
import type { OfficialStyle } from '../support/official-row.ts';
import { anyTypedRow } from '../support/record-arbitraries.ts';

type Row = Readonly<Record<string, unknown>>;

const anyStyle: fc.Arbitrary<OfficialStyle> = fc.record({
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]),
  forceDefaults: fc.boolean(),
  shareStrings: fc.boolean(),
});

test('a row of the official Builder reads as written, in any field order and with defaults elided or shared', () => {
  fc.assert(
    fc.property(anyTypedRow(), anyStyle, ({ descriptor, row }, style) => {
      const bytes = officialRow(descriptor, row, style);
      verifyRow(bytes, descriptor);
      expect(readAny(bytes, 0, descriptor)).toStrictEqual(
        style.forceDefaults === true ? row : plainZeros(row, descriptor),
      );
    }),
  );
});

test('where the row lies in its buffer does not matter, nor whether the memory is shared', () => {
  fc.assert(
    fc.property(anyTypedRow(), fc.nat(20), fc.boolean(), ({ descriptor, row }, at, shared) => {
      const bytes = officialRow(descriptor, row, { forceDefaults: true });
      const length = at + bytes.length;
      const moved = new Uint8Array(
        shared ? new SharedArrayBuffer(length) : new ArrayBuffer(length),
      );
      moved.set(bytes, at);
      verifyRow(moved.subarray(at), descriptor);
      expect(readAny(moved, at, descriptor)).toStrictEqual(row);
    }),
  );
});

test('a field that the row lacks reads as the default of its type', () => {
  fc.assert(
    fc.property(anyTypedRow(), fc.nat(8), ({ descriptor, row }, known) => {
      const older: RecordDescriptor = {
        name: descriptor.name,
        fields: descriptor.fields.slice(0, known),
      };
      const bytes = officialRow(older, row, { forceDefaults: true });
      const read = readAny(bytes, 0, descriptor);
      for (const [id, field] of descriptor.fields.entries()) {
        if (field.deprecated) expect(read).not.toHaveProperty(field.name);
        else {
          const expected = id < known ? row[field.name] : defaultOf(field);
          expect(read[field.name]).toStrictEqual(expected);
        }
      }
    }),
  );
});

test('a field that the type lacks is passed over', () => {
  fc.assert(
    fc.property(anyTypedRow(), fc.nat(8), ({ descriptor, row }, known) => {
      const older: RecordDescriptor = {
        name: descriptor.name,
        fields: descriptor.fields.slice(0, known),
      };
      const bytes = officialRow(descriptor, row, { forceDefaults: true });
      verifyRow(bytes, older);
      const expected: Record<string, unknown> = {};
      for (const { name, deprecated } of older.fields) if (!deprecated) expected[name] = row[name];
      expect(readAny(bytes, 0, older)).toStrictEqual(expected);
    }),
  );
});

test('the defaults are null, zero, false, and nothing of what can be empty', () => {
  const inner: RecordDescriptor = {
    name: 'Inner',
    fields: [{ name: 'x', type: { kind: 'f64' }, nullable: false, deprecated: false }],
  };
  const field = { name: 'f', nullable: false, deprecated: false };
  expect(defaultOf({ ...field, type: { kind: 'utf8' }, nullable: true })).toBe(null);
  expect(defaultOf({ ...field, type: { kind: 'timestamp' } })).toBe(0);
  expect(defaultOf({ ...field, type: { kind: 'i64', bigint: true } })).toBe(0n);
  expect(defaultOf({ ...field, type: { kind: 'bool' } })).toBe(false);
  expect(defaultOf({ ...field, type: { kind: 'utf8' } })).toBe('');
  expect(defaultOf({ ...field, type: { kind: 'bytes' } })).toStrictEqual(new Uint8Array(0));
  expect(defaultOf({ ...field, type: { kind: 'list', of: { kind: 'i8' } } })).toStrictEqual([]);
  expect(defaultOf({ ...field, type: { kind: 'record', record: inner } })).toStrictEqual({ x: 0 });
});

/** The Builder takes -0 for its default 0 and leaves it out; a nullable field has no default, and lists have none. */
function plainZeros(row: Row, { fields }: RecordDescriptor): Row {
  const plain: Record<string, unknown> = {};
  for (const { name, type, nullable, deprecated } of fields) {
    if (!deprecated) plain[name] = plainZeroIn(row[name], type, nullable);
  }
  return plain;
}

function plainZeroIn(value: unknown, type: TypeDescriptor, nullable: boolean): unknown {
  if (Object.is(value, -0) && !nullable) return 0;
  if (type.kind === 'record' && value !== null) return plainZeros(value as Row, type.record);
  if (type.kind !== 'list' || value === null) return value;
  const { of } = type;
  if (of.kind !== 'record' && of.kind !== 'list') return value;
  return (value as readonly unknown[]).map((one) => plainZeroIn(one, of, true));
}
