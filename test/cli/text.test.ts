/** Text in columns. */

import { describe, expect, test } from 'vitest';
import fc from 'fast-check';

import {
  cutText,
  formatInteger,
  formatPercent,
  padText,
  plainText,
  textWidth,
  wrapText,
} from '../../src/cli/text.ts';

describe('text in columns', () => {
  test.each([
    ['abc', 3],
    ['東京', 4],
    ['e\u0301', 1],
    ['\u001B[31mred\u001B[39m', 3],
    ['🚀', 2],
    ['', 0],
  ])('%j is %i wide', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test('law: a cut text is at most as wide as asked, and the same when it fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).map(plainText),
        fc.integer({ min: 0, max: 40 }),
        (text, width) => {
          const cut = cutText(text, width, '~');
          expect(textWidth(cut)).toBeLessThanOrEqual(width);
          if (textWidth(text) <= width) expect(cut).toBe(text);
        },
      ),
    );
  });

  test('law: wrapped lines hold all words, and a line is too wide only where a word is', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 30 }), (list, width) => {
        const lines = wrapText(list.join(' '), width, '  ');
        expect(lines.map((line) => line.trim()).join(' ')).toBe(list.join(' '));
        for (const line of lines) {
          expect(line.length <= width || !line.trim().includes(' ')).toBe(true);
        }
      }),
    );
  });

  test('pads by columns, not by characters', () => {
    expect(padText('東京', 6)).toBe('東京  ');
    expect(padText('7', 3, true)).toBe('  7');
  });

  test('a share is whole only when all is done', () => {
    expect([0, 0.5, 0.9999, 1].map(formatPercent)).toEqual(['0 %', '50 %', '99 %', '100 %']);
  });

  test('a count has separators', () => {
    expect(formatInteger(3_000_000)).toBe('3,000,000');
  });
});
