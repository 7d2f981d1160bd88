/**
 * A CSV row as the byte ranges of its fields (RFC 4180; delimiter and quote are free).
 *
 * A field that starts with a quote ends at the next single quote; a doubled quote inside stands for one. A quote inside an unquoted
 * field is an ordinary character. Hot path: no allocation per row, one pass over the bytes.
 */

import { RowProblem } from './row-problem.ts';
import type { TextFormat } from './text-source.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** How a field was written. */
export const Quoting = { none: 0, quoted: 1, doubled: 2 } as const;

/** Finds rows and fields; a row's meaning is up to `read`. */
export abstract class CsvFormat<T> implements TextFormat<T> {
  rowEnd = 0;
  blank = false;
  /** Fields of the row found, all counted, but only the first `bounds.length / 2` of them stored. */
  fields = 0;
  /** Start and end of field i at 2i and 2i + 1, without quotes. */
  readonly bounds: Int32Array;
  /** {@link Quoting} of field i. */
  readonly quoting: Uint8Array;
  /** What is wrong with the row found, as a whole. */
  problem: RowProblem | undefined = undefined;
  readonly #delimiter: number = 0;
  readonly #quote: number = 0;
  readonly #multiline: boolean = false;
  /** Whether an empty line is a row of one empty field. */
  readonly #keepsBlank: boolean = false;

  constructor(
    columns: number,
    options: { delimiter: number; quote: number; multiline: boolean; keepsBlank: boolean },
  ) {
    this.bounds = new Int32Array(Math.max(1, columns) * 2);
    this.quoting = new Uint8Array(Math.max(1, columns));
    this.#delimiter = options.delimiter;
    this.#quote = options.quote;
    this.#multiline = options.multiline;
    this.#keepsBlank = options.keepsBlank;
  }

  abstract read(bytes: Buffer, pos: number): T;

  scan(bytes: Buffer, pos: number, end: number, last: boolean): number {
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const bounds = this.bounds;
    const quoting = this.quoting;
    const capacity = quoting.length;
    this.problem = undefined;
    this.blank = false;
    let at = pos;
    let field = 0;
    for (;;) {
      let start = at;
      let stop = 0;
      let how: number = Quoting.none;
      if (at < end && bytes[at] === quote) {
        start = at + 1;
        how = Quoting.quoted;
        stop = this.#closingQuote(bytes, start, end);
        if (stop < 0) {
          if (!last && (this.#multiline || !hasLineFeed(bytes, start, end))) return -1;
          return this.#unclosed(bytes, pos, at, end);
        }
        at = stop + 1;
        // The last byte so far may be the first of a doubled quote, or a CR that belongs to the line ending.
        if (!last && at + 1 >= end) return -1;
        if (this.#doubled) how = Quoting.doubled;
        if (at < end && bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED) at++;
        if (at < end && bytes[at] !== delimiter && bytes[at] !== LINE_FEED) {
          this.problem ??= new RowProblem(
            '',
            'a delimiter after the closing quote',
            JSON.stringify(bytes.toString('utf8', at, Math.min(at + 1, end))),
            at,
          );
          while (at < end && bytes[at] !== delimiter && bytes[at] !== LINE_FEED) at++;
        }
      } else {
        while (at < end && bytes[at] !== delimiter && bytes[at] !== LINE_FEED) at++;
        stop = at;
        if (
          at < end &&
          bytes[at] === LINE_FEED &&
          at > start &&
          bytes[at - 1] === CARRIAGE_RETURN
        ) {
          stop--;
        }
      }
      if (at >= end && !last) return -1;
      if (field < capacity) {
        bounds[field << 1] = start;
        bounds[(field << 1) + 1] = stop;
        quoting[field] = how;
      }
      field++;
      if (at < end && bytes[at] === delimiter) {
        at++;
        continue;
      }
      this.fields = field;
      this.rowEnd = at;
      if (field === 1 && stop === start && how === Quoting.none) this.blank = !this.#keepsBlank;
      return at < end ? at + 1 : end;
    }
  }

  #doubled = false;

  /** Offset of the quote that ends the field, or -1; a line feed ends the search unless fields may hold one. */
  #closingQuote(bytes: Buffer, from: number, end: number): number {
    const quote = this.#quote;
    const multiline = this.#multiline;
    this.#doubled = false;
    for (let at = from; at < end; at++) {
      const c = bytes[at]!;
      if (c === quote) {
        if (at + 1 < end && bytes[at + 1] === quote) {
          this.#doubled = true;
          at++;
        } else {
          return at;
        }
      } else if (c === LINE_FEED && !multiline) {
        return -1;
      }
    }
    return -1;
  }

  /** The row ends with its line all the same, so that the next one can be read. */
  #unclosed(bytes: Buffer, pos: number, quoteAt: number, end: number): number {
    let at = this.#multiline ? end : pos;
    while (at < end && bytes[at] !== LINE_FEED) at++;
    this.problem = new RowProblem(
      '',
      this.#multiline
        ? 'a closing quote before the end of the file'
        : 'a closing quote on the same line (set multiline: true for quoted line breaks)',
      'none',
      quoteAt,
    );
    this.rowEnd = at;
    return at < end ? at + 1 : end;
  }
}

function hasLineFeed(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === LINE_FEED) return true;
  return false;
}

/** Undoubles the quotes of a field where it lies; gives its new end. */
export function undouble(bytes: Buffer, start: number, end: number, quote: number): number {
  let to = start;
  for (let from = start; from < end; from++) {
    const c = bytes[from]!;
    bytes[to++] = c;
    if (c === quote) from++;
  }
  return to;
}
