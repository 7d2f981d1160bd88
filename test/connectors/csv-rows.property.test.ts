/**
 * Laws: the generated row reader and its plain twin give the same row or the same problem; numbers equal what `Number` gives;
 * the text cache gives what decoding gives.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CsvRowFormat } from '../../src/connectors/csv-rows.ts';
import { floatField, integerField } from '../../src/connectors/field-bytes.ts';
import { RowProblem } from '../../src/connectors/row-problem.ts';
import { TextCache } from '../../src/connectors/text-cache.ts';
import { bool, f64, i32, nullable, record, timestamp, utf8 } from '../../src/record/index.ts';

const Row = record('Row', {
  a: i32,
  b: nullable(f64),
  c: utf8,
  d: nullable(utf8),
  e: bool,
  f: timestamp,
});
const anyField = fc.oneof(
  fc.constantFrom(
    '',
    '""',
    '"a""b"',
    '0',
    '-1',
    '1e3',
    'true',
    'FALSE',
    '2024-01-01',
    ' 7 ',
    '"7"',
  ),
  fc.double().map(String),
  fc.string({ unit: fc.constantFrom('a', '1', '.', '-', '"'), maxLength: 4 }),
);

test('the generated reader and its plain twin give the same row or the same problem', () => {
  const options = { delimiter: 44, quote: 34, multiline: false, fileColumns: 6 };
  const order = [0, 1, 2, 3, 4, 5];
  const outcome = (generated: boolean, text: string): unknown => {
    const format = new CsvRowFormat(Row, order, { ...options, generated });
    const bytes = Buffer.from(text);
    format.scan(bytes, 0, bytes.length, true);
    try {
      return { ...(format.read(bytes, 0) as object) };
    } catch (problem) {
      if (!(problem instanceof RowProblem)) throw problem;
      return problem.reason;
    }
  };
  fc.assert(
    fc.property(fc.array(anyField, { minLength: 5, maxLength: 7 }), (fields) => {
      const text = fields.join(',');
      expect(outcome(true, text)).toEqual(outcome(false, text));
    }),
    { numRuns: 300 },
  );
});

test('every double is read exactly, with and without the fast path', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double(),
        fc.double({ min: -1e6, max: 1e6 }).map((x) => Number(x.toFixed(3))),
      ),
      (value) => {
        const text = Object.is(value, -0) ? '-0' : String(value);
        const bytes = Buffer.from(`x${text}x`);
        expect(floatField(bytes, 1, 1 + text.length, 'x', 'f64')).toBe(value);
      },
    ),
  );
});

test('every integer in range is read exactly, and none out of range', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const bytes = Buffer.from(String(value));
      const read = (min: number, max: number): number =>
        integerField(bytes, 0, bytes.length, 'x', 'i64', min, max);
      expect(read(-(2 ** 53) + 1, 2 ** 53 - 1)).toBe(value === 0 ? 0 : value);
      expect(() => read(1, 0)).toThrow(RowProblem);
    }),
  );
});

test('the text cache gives what decoding the bytes gives', () => {
  const cache = new TextCache();
  fc.assert(
    fc.property(fc.string({ maxLength: 40, unit: 'grapheme' }), (text) => {
      const bytes = Buffer.from(`<${text}>`);
      expect(cache.decode(bytes, 1, bytes.length - 1)).toBe(text);
      expect(cache.decode(bytes, 1, bytes.length - 1)).toBe(text);
    }),
  );
});
