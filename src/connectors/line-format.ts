/** Rows that are lines: ended by LF or CRLF, the last one perhaps by the end of the file. */

import type { TextFormat } from './text-source.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Finds lines; what a line means is up to `read`. */
export abstract class LineFormat<T> implements TextFormat<T> {
  rowEnd = 0;
  blank = false;
  readonly #skipsBlank: boolean = false;

  /** @param skipsBlank whether lines of white space are no rows */
  constructor(skipsBlank: boolean) {
    this.#skipsBlank = skipsBlank;
  }

  scan(bytes: Buffer, pos: number, end: number, last: boolean): number {
    let at = pos;
    while (at < end && bytes[at] !== LINE_FEED) at++;
    let next = at + 1;
    if (at === end) {
      if (!last) return -1;
      next = end;
    }
    if (at > pos && bytes[at - 1] === CARRIAGE_RETURN && next > at) at--;
    this.rowEnd = at;
    if (this.#skipsBlank) this.blank = isBlank(bytes, pos, at);
    return next;
  }

  abstract read(bytes: Buffer, pos: number): T;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (c !== 32 && c !== 9 && c !== CARRIAGE_RETURN) return false;
  }
  return true;
}
