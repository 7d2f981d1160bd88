/** Text for people: plain ASCII in at most 80 columns. */

const COLUMNS = 80;

/**
 * A line broken at spaces into lines of at most 80 columns, the later ones indented four columns deeper than the first.
 * A word that is longer than a line is cut, and characters outside of ASCII are shown as `?`.
 */
export function fitLine(text: string): string[] {
  const indent = /^ */.exec(text)![0];
  const lines: string[] = [];
  let line = indent;
  for (const word of toAscii(text).trim().split(' ')) {
    const blank = line.trim() === '';
    const candidate = blank ? line + word : `${line} ${word}`;
    if (candidate.length <= COLUMNS) {
      line = candidate;
    } else if (blank) {
      line = cut(candidate);
    } else {
      lines.push(line.trimEnd());
      line = cut(`${indent}    ${word}`);
    }
  }
  return [...lines, line.trimEnd()];
}

/**
 * Rows of cells in columns as wide as their widest cell, each line fitted to 80 columns.
 *
 * @param indent spaces before each row
 */
export function table(rows: readonly (readonly string[])[], indent: number): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.flatMap((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]!));
    return fitLine((' '.repeat(indent) + cells.join('  ')).trimEnd());
  });
}

/** The text with everything but printable ASCII shown as `?`. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?');
}

function cut(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 3)}...`;
}
