/** Why one row of an input cannot be read; thrown by parsers, turned into an error or a bad row by the reader. */

/** How much of a value an error shows. */
const SHOWN_CHARS_MAX = 80;

/** Not an `Error`: bad rows may be many, and a stack costs more than the row. Never leaves this room. */
export class RowProblem {
  /** Path of the field, `''` for the row as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
  /** Offset of the trouble in the bytes that were parsed; -1 when unknown. */
  offset = -1;

  constructor(field: string, expected: string, got: string, offset = -1) {
    this.field = field;
    this.expected = expected;
    this.got = got;
    this.offset = offset;
  }

  /** As one sentence, for {@link BadRow.reason}. */
  get reason(): string {
    return `${this.field === '' ? '' : `field ${this.field}: `}expected ${this.expected}, got ${this.got}`;
  }
}

/** A value as an error shows it: quoted and cut. */
export function shown(value: unknown): string {
  let text: string;
  if (typeof value === 'bigint') text = `${value}n`;
  else if (typeof value === 'string') text = JSON.stringify(value);
  else if (value === undefined) text = 'nothing';
  else text = JSON.stringify(value) ?? typeof value;
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
