/** Text for people: plain ASCII in at most 80 columns. */

const COLUMNS = 80;
const CELL_COLUMNS = 28;

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
 * Rows of cells in columns as wide as their widest cell, each line fitted to 80 columns. A cell that is longer than 28
 * is cut in its middle, unless it is the last of its row; a column without text is left out.
 *
 * @param indent spaces before each row
 */
export function table(rows: readonly (readonly string[])[], indent: number): string[] {
  const widths: number[] = [];
  const shown = rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : shorten(cell))),
  );
  for (const row of shown) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return shown.flatMap((row) => {
    const cells = row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .filter((_, column) => widths[column]! > 0);
    return fitLine((' '.repeat(indent) + cells.join('  ')).trimEnd());
  });
}

/** The text with everything but printable ASCII shown as `?`. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?');
}

function shorten(cell: string): string {
  if (cell.length <= CELL_COLUMNS) return cell;
  return `${cell.slice(0, CELL_COLUMNS - 15)}...${cell.slice(-12)}`;
}

function cut(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 3)}...`;
}
