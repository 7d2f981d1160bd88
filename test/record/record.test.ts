/** Declaring record types: what is inferred, and what is refused. */

import { describe, expect, expectTypeOf, test } from 'vitest';

import {
  bool,
  bytes,
  deprecated,
  dictionary,
  f64,
  i32,
  i64,
  list,
  nullable,
  timestamp,
  u64,
  utf8,
} from '../../src/record/fields.ts';
import type { RecordDescriptor, RecordType } from '../../src/record/index.ts';
import { record, recordFromDescriptor } from '../../src/record/record.ts';
import type { RowOf } from '../../src/record/record.ts';

const Inner = record('Inner', { id: i64, name: utf8 });
const Bid = record('Bid', {
  auction: i64,
  when: timestamp,
  channel: utf8,
  url: nullable(utf8),
  tags: list(utf8),
  origin: dictionary(),
  inner: Inner,
  maybe: nullable(Inner),
  inners: list(Inner),
  big: u64.asBigInt(),
  payload: bytes,
  old: deprecated(f64),
  open: bool,
});

test('the type of a row is inferred from the fields', () => {
  interface InnerRow {
    readonly id: number;
    readonly name: string;
  }
  expectTypeOf<RowOf<typeof Bid>>().toEqualTypeOf<{
    readonly auction: number;
    readonly when: number;
    readonly channel: string;
    readonly url: string | null;
    readonly tags: readonly string[];
    readonly origin: string;
    readonly inner: InnerRow;
    readonly maybe: InnerRow | null;
    readonly inners: readonly InnerRow[];
    readonly big: bigint;
    readonly payload: Uint8Array;
    readonly open: boolean;
  }>();
  expectTypeOf(Inner).toEqualTypeOf<RecordType<{ readonly id: number; readonly name: string }>>();
  expect(Bid.name).toBe('Bid');
});

test('the descriptor is plain data, and gives the same type back', () => {
  const posted = JSON.parse(JSON.stringify(Bid.descriptor)) as RecordDescriptor;
  expect(posted).toEqual(Bid.descriptor);
  expect(recordFromDescriptor(posted).fingerprint).toBe(Bid.fingerprint);
  expect(Object.isFrozen(Bid.descriptor.fields[0])).toBe(true);
});

test('the fingerprint is stable across versions of the engine', () => {
  expect(record('Point', { x: i32, y: i32 }).fingerprint).toBe('Point-71c4409717d56b96');
});

describe('the fingerprint differs when', () => {
  const base = record('T', { a: i32, b: utf8 }).fingerprint;
  test.each([
    ['the name', record('U', { a: i32, b: utf8 })],
    ['a field name', record('T', { a: i32, c: utf8 })],
    ['the order', record('T', { b: utf8, a: i32 })],
    ['a type', record('T', { a: i64, b: utf8 })],
    ['nullability', record('T', { a: i32, b: nullable(utf8) })],
    ['deprecation', record('T', { a: i32, b: deprecated(utf8) })],
    ['the reading', record('T', { a: i32, b: dictionary() })],
  ])('%s differs', (_, type) => {
    expect(type.fingerprint).not.toBe(base);
  });
});

describe('is refused', () => {
  const refused = (declare: () => unknown, pattern: RegExp): void => {
    expect(declare).toThrowError(
      expect.objectContaining({
        code: 'ERR_RECORD_TYPE',
        message: expect.stringMatching(pattern) as string,
      }) as Error,
    );
  };

  test.each(['', '1st', 'a-b', 'a b', 'ä', 'a$'])('the field name %j', (name) => {
    refused(() => record('T', { [name]: i32 }), /T expected a letter or _/);
    refused(() => record(name, { a: i32 }), /record name expected a letter/);
  });

  test.each(['at', 'bind', 'copy', 'toJSON', 'memory', 'u8', 'sliceOf', 'constructor', 'toString'])(
    'the reserved field name %s',
    (name) => refused(() => record('T', { [name]: i32 }), new RegExp(`themselves, got ${name}$`)),
  );

  test('a name that is taken', () => {
    const field = { name: 'a', type: { kind: 'i32' as const }, nullable: false, deprecated: false };
    refused(() => recordFromDescriptor({ name: 'T', fields: [field, field] }), /not taken, got a$/);
    const other = record('Inner', { id: i32 });
    refused(() => record('T', { a: Inner, b: other }), /Inner expected one record type/);
    refused(() => record('Inner', { a: Inner }), /Inner expected one record type/);
  });

  test('what is no field or no known kind', () => {
    refused(() => record('T', { a: 'i32' as never }), /T\.a expected a field such as i64/);
    refused(() => record('T', { a: null as never }), /T\.a expected a field such as i64/);
    const strange = { kind: 'i128' } as never;
    const field = { name: 'a', type: strange, nullable: false, deprecated: false };
    refused(
      () => recordFromDescriptor({ name: 'T', fields: [field] }),
      /known kind of field, got i128/,
    );
  });

  test('a list of lists, of bytes or of nullable fields', () => {
    refused(() => list(list(i32)), /got list/);
    refused(() => list(bytes), /got bytes/);
    refused(() => list(nullable(i32)), /got nullable i32/);
    refused(() => nullable(nullable(i32)), /got a nullable field/);
    refused(() => nullable(deprecated(i32)), /got a deprecated field/);
  });
});
