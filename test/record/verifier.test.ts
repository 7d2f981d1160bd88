/** What the verifier says of each kind of damage. */

import { expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import type { RecordDescriptor, TypeDescriptor } from '../../src/record/index.ts';
import { NESTING_MAX, verifyRow } from '../../src/record/verifier.ts';
import { officialRow } from '../support/official-row.ts';

function typeOf(name: string, type: TypeDescriptor, nullable = false): RecordDescriptor {
  return { name, fields: [{ name: 'f', type, nullable, deprecated: false }] };
}

const TEXT = typeOf('Text', { kind: 'utf8' });
const WIDE = typeOf('Wide', { kind: 'i64' });

function detailsOf(bytes: Uint8Array, descriptor: RecordDescriptor): Record<string, unknown> {
  try {
    verifyRow(bytes, descriptor);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'ERR_RECORD_CORRUPT') return error.details;
    throw error;
  }
  throw new Error('the row passed');
}

/** A buffer from 32-bit words; a pair of numbers stands for two halves. */
function words(...values: readonly (number | readonly [number, number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    const word = typeof value === 'number' ? value : value[0] | (value[1] << 16);
    view.setInt32(index * 4, word, true);
  });
  return new Uint8Array(view.buffer);
}

test('a whole row passes', () => {
  expect(() => verifyRow(officialRow(TEXT, { f: 'hello' }), TEXT)).not.toThrow();
});

test('a row of fewer than 8 bytes is refused', () => {
  expect(detailsOf(new Uint8Array(7), TEXT)).toMatchObject({
    record: 'Text',
    field: '(row)',
    offset: 0,
    got: '7 bytes',
  });
});

test('a root that leads outside, or nowhere, is refused', () => {
  expect(detailsOf(words(400, 0, 0), TEXT)).toMatchObject({ field: '(row)', offset: 400 });
  expect(detailsOf(words(0, 0, 0), TEXT)).toMatchObject({ offset: 0, got: '0' });
});

test('a vtable outside the row, of an odd size or too small is refused', () => {
  expect(detailsOf(words(8, [4, 4], -900), TEXT)).toMatchObject({ got: 'one at byte 908' });
  expect(detailsOf(words(8, [5, 4], 4), TEXT)).toMatchObject({ offset: 4, got: '5 bytes' });
  expect(detailsOf(words(8, [2, 4], 4), TEXT)).toMatchObject({ offset: 4, got: '2 bytes' });
  expect(detailsOf(words(8, [4, 2], 4), TEXT)).toMatchObject({ offset: 6, got: '2 bytes' });
  expect(detailsOf(words(8, [4, 40], 4), TEXT)).toMatchObject({ got: 'one that ends at 48' });
});

test('a field outside its table is refused, though it lies in the row', () => {
  const bytes = words(12, [6, 8], [12, 0], 8, 0, 0, 0, 0);
  expect(detailsOf(bytes, TEXT)).toMatchObject({
    field: 'f',
    expected: 'a field of 4 bytes within bytes 4 .. 8 of its table',
    got: 'one at byte 12',
  });
});

test('a number that is not aligned is refused', () => {
  const bytes = words(12, [6, 16], [4, 0], 8, 0, 0, 0, 0);
  expect(() => verifyRow(bytes, WIDE)).not.toThrow();
  const moved = words(16, 0, [6, 16], [4, 0], 8, 0, 0, 0, 0, 0);
  expect(detailsOf(moved, WIDE)).toMatchObject({ field: 'f', expected: 'a multiple of 8' });
});

test('a text that is too long or has no NUL is refused', () => {
  const bytes = officialRow(TEXT, { f: 'four' }).slice();
  const nul = bytes.lastIndexOf(0x72) + 1;
  bytes[nul] = 1;
  expect(detailsOf(bytes, TEXT)).toMatchObject({ field: 'f', offset: nul, got: 'byte 1' });
  bytes[nul] = 0;
  bytes[nul - 8] = 200;
  expect(detailsOf(bytes, TEXT)).toMatchObject({ field: 'f', offset: nul - 4 });
});

test('a 64-bit integer that a number cannot hold is refused, unless rows hold it as a bigint', () => {
  const big = typeOf('Wide', { kind: 'i64', bigint: true });
  const bytes = officialRow(big, { f: 2n ** 53n + 1n });
  expect(detailsOf(bytes, WIDE)).toMatchObject({ field: 'f', got: '9007199254740993' });
  expect(() => verifyRow(bytes, big)).not.toThrow();
  expect(() => verifyRow(officialRow(WIDE, { f: -(2 ** 53) }), WIDE)).not.toThrow();
  expect(() => verifyRow(officialRow(WIDE, { f: 2 ** 53 }), WIDE)).not.toThrow();
});

test('damage in a nested list is named by its path', () => {
  const outer = typeOf('Outer', { kind: 'list', of: { kind: 'record', record: TEXT } });
  const bytes = officialRow(outer, { f: [{ f: 'aa' }, { f: 'zz' }] }).slice();
  bytes[bytes.lastIndexOf(0x7a) + 1] = 7;
  expect(detailsOf(bytes, outer)).toMatchObject({ record: 'Outer', field: 'f[1].f' });
});

test(`records nested deeper than ${NESTING_MAX} are refused`, () => {
  let descriptor = typeOf('Leaf', { kind: 'i32' });
  let row: Record<string, unknown> = { f: 1 };
  for (let depth = 2; depth <= NESTING_MAX; depth++) {
    descriptor = typeOf(`Level${depth}`, { kind: 'record', record: descriptor });
    row = { f: row };
  }
  expect(() => verifyRow(officialRow(descriptor, row), descriptor)).not.toThrow();
  const deeper = typeOf('Root', { kind: 'record', record: descriptor });
  expect(detailsOf(officialRow(deeper, { f: row }), deeper)).toMatchObject({
    expected: `records nested at most ${NESTING_MAX} deep`,
  });
});

test('a small row that unfolds to more than a row may hold is refused', () => {
  // One list of 8,192 offsets that all lead to one text of 16 KiB: 128 MiB once nothing is shared.
  const count = 8192;
  const textBytes = 16_384;
  const listAt = 20;
  const textAt = listAt + 4 + count * 4;
  const bytes = new Uint8Array(textAt + 4 + textBytes + 4);
  bytes.set(words(12, [6, 8], [4, 0], 8, 4, count));
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) {
    const at = listAt + 4 + index * 4;
    view.setUint32(at, textAt - at, true);
  }
  view.setUint32(textAt, textBytes, true);
  const texts = typeOf('Texts', { kind: 'list', of: { kind: 'utf8' } });
  expect(detailsOf(bytes, texts)).toMatchObject({
    expected: 'a row of at most 67108856 bytes with nothing shared',
  });
});

test('a deprecated field is not looked at, since nobody reads it', () => {
  const bytes = officialRow(TEXT, { f: 'four' }).slice();
  bytes[bytes.lastIndexOf(0x72) + 1] = 1;
  const gone: RecordDescriptor = {
    name: 'Text',
    fields: [{ name: 'f', type: { kind: 'utf8' }, nullable: false, deprecated: true }],
  };
  expect(() => verifyRow(bytes, gone)).not.toThrow();
});
