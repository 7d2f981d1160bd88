/**
 * The checksum by which results of different engines are compared: of the columns of all rows, in any order.
 *
 * Laws:
 *  1. The order of the rows does not matter; the order of the columns does.
 *  2. `retract` undoes `add`, so the checksum of a changelog is that of its final table.
 *  3. The peers compute it likewise: `RowHash.java` of the Flink peer has the same test vectors.
 *
 * A row is a sequence of 32-bit words: an integer is two words, the lower first; a text is the number of its UTF-8 bytes, then
 * the bytes by four, little-endian, the last word filled with zeros; a null is one word of its own. Decimals are integers in units of their last place, times
 * are milliseconds. The words go through two hashes that mix as MurmurHash3 does; each is summed over the rows modulo 2^32.
 */

import { RowViewBase } from '#src/record/index';

/** A column of a result row. */
export type Column = number | string | null;

/** What is summed over rows. */
export interface ChecksumState {
  /** Rows added less rows retracted. */
  rows: number;
  /** Sums of the two hashes, int32. */
  low: number;
  high: number;
}

const SEED_LOW = 0x2f0b4a27;
const SEED_HIGH = 0x61c88647;
const encoder = new TextEncoder();

/**
 * Sums up rows, column by column: `begin`, then `int` and `text` in the order of the columns, then `add` or `retract`.
 *
 * @example
 * const checksum = new TableChecksum();
 * checksum.begin(); checksum.int(1007); checksum.text('Apple'); checksum.add();
 * checksum.value; // 16 hexadecimal digits
 */
export class TableChecksum implements ChecksumState {
  rows = 0;
  low = 0;
  high = 0;
  #low = 0;
  #high = 0;

  begin(): void {
    this.#low = SEED_LOW;
    this.#high = SEED_HIGH;
  }

  /** An integer within ±2^53. */
  int(value: number): void {
    this.#word(value | 0);
    this.#word(Math.floor(value / 0x100000000) | 0);
  }

  /** A null. */
  missing(): void {
    this.#word(0x6e756c6c);
  }

  text(text: string): void {
    const { length } = text;
    for (let i = 0; i < length; i++) {
      if (text.charCodeAt(i) > 0x7f) return this.#encoded(encoder.encode(text));
    }
    this.#word(length);
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      this.#word(
        text.charCodeAt(i) |
          (text.charCodeAt(i + 1) << 8) |
          (text.charCodeAt(i + 2) << 16) |
          (text.charCodeAt(i + 3) << 24),
      );
    }
    if (i === length) return;
    let word = 0;
    for (let shift = 0; i < length; i++, shift += 8) word |= text.charCodeAt(i) << shift;
    this.#word(word);
  }

  /** A text column of a row: of a view the bytes where they lie, as the sink of a peer has them; else the string. */
  textOf<F extends string>(row: { readonly [K in F]: string }, field: F): void {
    const slice = row instanceof RowViewBase ? row.sliceOf(field) : undefined;
    if (slice) this.slice(slice.memory.i32, slice.start, slice.bytes);
    else this.text(row[field]);
  }

  /**
   * A text as it lies in a row: `start` is a multiple of 4, and zeros fill its last word.
   *
   * @param i32 words of the memory that the text lies in
   */
  slice(i32: Int32Array, start: number, bytes: number): void {
    this.#word(bytes);
    // In locals: fields would be written at every word.
    let low = this.#low;
    let high = this.#high;
    const end = (start + bytes + 3) >> 2;
    for (let at = start >> 2; at < end; at++) {
      const mixed = mix(i32[at]!);
      low = stepLow(low ^ mixed);
      high = stepHigh(high ^ mixed);
    }
    this.#low = low;
    this.#high = high;
  }

  /** A column of any kind. */
  column(value: Column): void {
    if (value === null) this.missing();
    else if (typeof value === 'string') this.text(value);
    else this.int(value);
  }

  /** The row is one more of the table. */
  add(): void {
    this.rows++;
    this.low = (this.low + finish(this.#low)) | 0;
    this.high = (this.high + finish(this.#high)) | 0;
  }

  /** The row is one less of the table. */
  retract(): void {
    this.rows--;
    this.low = (this.low - finish(this.#low)) | 0;
    this.high = (this.high - finish(this.#high)) | 0;
  }

  /** Adds what another subtask has summed up. */
  merge({ rows, low, high }: ChecksumState): void {
    this.rows += rows;
    this.low = (this.low + low) | 0;
    this.high = (this.high + high) | 0;
  }

  /** 16 hexadecimal digits. */
  get value(): string {
    return hex(this.high) + hex(this.low);
  }

  #encoded(bytes: Uint8Array): void {
    const words = new Int32Array((bytes.length + 3) >> 2);
    new Uint8Array(words.buffer).set(bytes);
    this.slice(words, 0, bytes.length);
  }

  #word(word: number): void {
    const mixed = mix(word);
    this.#low = stepLow(this.#low ^ mixed);
    this.#high = stepHigh(this.#high ^ mixed);
  }
}

function mix(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

function stepLow(low: number): number {
  return (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
}

function stepHigh(high: number): number {
  return (Math.imul((high << 17) | (high >>> 15), 9) + 0x52dce729) | 0;
}

/** Checksum and number of whole rows. */
export function checksumOf(rows: Iterable<readonly Column[]>): TableChecksum {
  const checksum = new TableChecksum();
  for (const row of rows) {
    checksum.begin();
    for (const column of row) checksum.column(column);
    checksum.add();
  }
  return checksum;
}

/** MurmurHash3's last step. */
function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
