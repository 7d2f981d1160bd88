/** Text in columns of a terminal. */

import { stripVTControlCharacters } from 'node:util';

/** East Asian wide characters and emoji: two columns. Ranges: Unicode EastAsianWidth.txt, W and F, simplified. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;
const WIDTHLESS = /[\p{Mn}\p{Me}\p{Cf}]/u;

function widthOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (WIDTHLESS.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Columns that a text takes; escape sequences take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += widthOf(character);
  return width;
}

/** The text without what would move a cursor or change a color: names from a job are data, not commands. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, ' ');
}

/** At most `width` columns of a text without escape sequences; what is left out shows as `mark`. */
export function cutText(text: string, width: number, mark: string): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return width < 1 ? '' : kept + mark;
}

/** Padded to `width` columns; `right` puts the text at the end. */
export function padText(text: string, width: number, right = false): string {
  const spaces = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? spaces + text : text + spaces;
}

/** Lines of at most `width` columns, broken at spaces; a longer word stands alone. */
export function wrapText(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (indent.length + textWidth(line) + 1 + textWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(indent + line);
      line = word;
    }
  }
  return [...lines, indent + line];
}

/** An integer with separators: 3,000,000. */
export function formatInteger(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A share of 0 .. 1 as `42 %`; 100 % only when it is whole. */
export function formatPercent(share: number): string {
  return `${share >= 1 ? 100 : Math.floor(share * 100)} %`;
}
