import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTimestamp, parseTimestampText } from '../../src/connectors/timestamp-text.ts';

test('parse(format(ms)) = ms for every integer up to ±2^53', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer({ min: -8.64e15, max: 8.64e15 }),
        fc.maxSafeInteger(),
        fc.constantFrom(2 ** 53, -(2 ** 53)),
      ),
      (ms) => {
        expect(parseTimestampText(formatTimestamp(ms))).toBe(ms === 0 ? 0 : ms);
      },
    ),
  );
});

test('format gives what Date gives', () => {
  fc.assert(
    fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (ms) => {
      expect(formatTimestamp(ms)).toBe(new Date(ms).toISOString());
      expect(formatTimestamp(ms + 1)).toBe(
        ms < 8.64e15 ? new Date(ms + 1).toISOString() : `${ms + 1}`,
      );
    }),
  );
});

test.each([
  ['2006-01-02', Date.UTC(2006, 0, 2)],
  ['2006-01-02T03:04', Date.UTC(2006, 0, 2, 3, 4)],
  ['2006-01-02 03:04:05', Date.UTC(2006, 0, 2, 3, 4, 5)],
  ['2006-01-02T03:04:05.6789Z', Date.UTC(2006, 0, 2, 3, 4, 5, 678)],
  ['2006-01-02T03:04:05,6+02:00', Date.UTC(2006, 0, 2, 1, 4, 5, 600)],
  ['2006-01-02T03:04:05-0530', Date.UTC(2006, 0, 2, 8, 34, 5)],
  ['2006-01-02T24:00:00Z', Date.UTC(2006, 0, 3)],
  ['2000-02-29', Date.UTC(2000, 1, 29)],
  ['-1', -1],
  ['1136073600000', 1_136_073_600_000],
])('%s is %d', (text, ms) => {
  expect(parseTimestampText(text)).toBe(ms);
});

const NONE = `|x|2006-1-2|2006-13-01|1900-02-29|2006-01-02T|2006-01-02T25:00|2006-01-02T03:04:60|2006-01-02T03:04Zx
|2006-01-02T03:04+1|9007199254740993|1.5`;

test.each(NONE.split('|').map((text) => text.trim()))('%j is no timestamp', (text) => {
  expect(parseTimestampText(text)).toBeNaN();
});
