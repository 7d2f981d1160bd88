/** A flyweight over the bytes of one utf8 or bytes field: looked at in place, and passed on without decoding. */

import { Memory } from './memory.ts';
import { readBetween } from './read-text.ts';

/** What a slice looks at before it is set. */
const EMPTY = Memory.ofBytes(8);

/**
 * Where the bytes of a field lie. A view has one slice for each field and moves it at every call of `sliceOf`: valid, as
 * the view is, during the call only. Bytes up to the next multiple of 4 behind `bytes` are zero.
 *
 * What it tells of a text counts bytes of UTF-8, not UTF-16 units; of ASCII they are the same. Texts given to it are well
 * formed: a lone surrogate is found nowhere.
 *
 * Owner: the worker that owns the view.
 */
export class RowSlice {
  memory: Memory = EMPTY;
  /** Byte offset of the first byte in the memory, a multiple of 4. */
  start = 0;
  /** Length in bytes. */
  bytes = 0;

  /** Looks at the vector (4 bytes length, then bytes) that begins at `at`, a multiple of 4. */
  set(memory: Memory, at: number): this {
    if (this.memory !== memory) this.memory = memory;
    this.start = at + 4;
    this.bytes = memory.i32[at >> 2]!;
    return this;
  }

  /** The byte at an offset of 0 .. bytes - 1; undefined beyond. */
  byteAt(offset: number): number | undefined {
    return offset >= 0 && offset < this.bytes ? this.memory.u8[this.start + offset] : undefined;
  }

  /**
   * Whether the text is this one.
   *
   * @example
   * bids.filter((bid) => textOf(bid, 'channel').equals('Google'));
   */
  equals(text: string): boolean {
    // Of UTF-8, no text has fewer bytes than UTF-16 units.
    if (text.length > this.bytes) return false;
    const end = this.#endOf(text, 0);
    return end === this.bytes;
  }

  /** The same with ASCII letters of either case taken for equal; letters beyond ASCII are compared as they are. */
  equalsIgnoreCase(text: string): boolean {
    const { bytes, start } = this;
    if (text.length > bytes) return false;
    const { u8 } = this.memory;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return lowerAscii(this.toString()) === lowerAscii(text);
      const byte = u8[start + i]!;
      if (byte === unit) continue;
      const letter = byte | 0x20;
      if (letter !== (unit | 0x20) || letter < 0x61 || letter > 0x7a) return false;
    }
    return text.length === bytes;
  }

  /**
   * Below 0 when the text comes before this one in the order of UTF-16 units, which is that of `<`, above 0 when it comes
   * behind it, 0 when they are equal. Only texts that first differ beyond ASCII are decoded.
   *
   * @example
   * bids.filter((bid) => textOf(bid, 'channel').compareTo('channel-5') < 0);
   */
  compareTo(text: string): number {
    const { bytes, start } = this;
    const { u8 } = this.memory;
    const both = Math.min(bytes, text.length);
    for (let i = 0; i < both; i++) {
      const byte = u8[start + i]!;
      const unit = text.charCodeAt(i);
      if (byte > 0x7f && unit > 0x7f) {
        const whole = this.toString();
        return whole < text ? -1 : whole > text ? 1 : 0;
      }
      // One of them is ASCII, the other one, if it is not, greater.
      if (byte !== unit) return byte - unit;
    }
    return bytes - text.length;
  }

  /** Whether the text goes on with this one at a byte offset. */
  startsWith(text: string, offset: number = 0): boolean {
    return this.#endOf(text, offset) >= 0;
  }

  /**
   * Byte offset at which the text first has this one, from an offset on; -1 when it has not.
   *
   * @example
   * const at = textOf(bid, 'url').indexOf('channel_id=');
   */
  indexOf(text: string, from: number = 0): number {
    const first = text.charCodeAt(0);
    if (text.length === 1 && first < 0x80) return this.indexOfByte(first, from);
    const last = this.bytes - text.length;
    if (text === '') return Math.min(Math.max(from, 0), this.bytes);
    if (!(first < 0x80)) {
      for (let at = Math.max(from, 0); at <= last; at++) if (this.#endOf(text, at) >= 0) return at;
      return -1;
    }
    let at = this.indexOfByte(first, from);
    while (at >= 0 && at <= last) {
      if (this.#endOf(text, at) >= 0) return at;
      at = this.indexOfByte(first, at + 1);
    }
    return -1;
  }

  /** The same for one byte: by words, of each of which all bytes are compared at once. */
  indexOfByte(byte: number, from: number = 0): number {
    const { i32 } = this.memory;
    const { start } = this;
    const end = start + this.bytes;
    const at = start + Math.max(from, 0);
    if (!(at < end) || (byte & 0xff) !== byte) return -1;
    const wanted = Math.imul(byte, 0x01010101);
    const last = (end - 1) >> 2;
    let word = at >> 2;
    // Bytes before `from` do not count.
    let marks = marksOfZeros(i32[word]! ^ wanted) & (-1 << ((at & 3) << 3));
    while (marks === 0) {
      if (++word > last) return -1;
      marks = marksOfZeros(i32[word]! ^ wanted);
    }
    const found = (word << 2) + ((31 - Math.clz32(marks & -marks)) >> 3);
    // Beyond the end of a text are zeros, which may be what is looked for.
    return found < end ? found - start : -1;
  }

  /**
   * How often the text has this one, without overlaps; 0 for an empty one.
   *
   * @example
   * textOf(bid, 'extra').count('c');
   */
  count(text: string): number {
    const first = text.charCodeAt(0);
    if (text.length === 1 && first > 0 && first < 0x80) return this.#countByte(first);
    let found = 0;
    if (text === '') return found;
    let at = this.indexOf(text);
    while (at >= 0) {
      found++;
      at = this.indexOf(text, this.#endOf(text, at));
    }
    return found;
  }

  /**
   * What stands between separators, counted from 0: SQL's `SPLIT_INDEX`; undefined when there are not so many.
   *
   * @param separator not empty
   * @example
   * textOf(bid, 'url').part('/', 3); // 'a' of https://www.nexmark.com/a/b
   */
  part(separator: string, index: number): string | undefined {
    if (separator === '' || !(index >= 0)) return undefined;
    const byte = separator.charCodeAt(0);
    if (separator.length === 1 && byte < 0x80) return this.#partAtByte(byte, index);
    let from = 0;
    for (let left = index; left > 0; left--) {
      const at = this.indexOf(separator, from);
      if (at < 0) return undefined;
      from = this.#endOf(separator, at);
    }
    const end = this.indexOf(separator, from);
    return this.slice(from, end < 0 ? this.bytes : end);
  }

  /** The bytes `from .. to - 1` as a string; offsets beyond the text are moved to its ends. */
  slice(from: number = 0, to: number = this.bytes): string {
    const { start } = this;
    return readBetween(this.memory, start + Math.max(from, 0), start + Math.min(to, this.bytes));
  }

  /** The whole text. */
  toString(): string {
    return this.slice();
  }

  /** Byte offset behind `text`, if the text goes on with it at `offset`; else -1. */
  #endOf(text: string, offset: number): number {
    const { u8 } = this.memory;
    const end = this.start + this.bytes;
    let at = this.start + offset;
    if (offset < 0) return -1;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return this.#endOfEncoded(text, offset);
      if (at >= end || u8[at++] !== unit) return -1;
    }
    return at - this.start;
  }

  /** By words: those with fewer separators than are still to be passed over are only counted. */
  #partAtByte(separator: number, index: number): string | undefined {
    const { u8, i32 } = this.memory;
    const { start } = this;
    const end = start + this.bytes;
    const wanted = Math.imul(separator, 0x01010101);
    let at = start;
    let left = index;
    // Beyond the end of a text are zeros, which may be what is looked for.
    for (let word = at >> 2, last = end >> 2; left > 0 && word < last; word++) {
      const found = zeroBytes(i32[word]! ^ wanted);
      if (found >= left) break;
      left -= found;
      at += 4;
    }
    for (; left > 0; at++) {
      if (at >= end) return undefined;
      if (u8[at] === separator) left--;
    }
    const to = this.indexOfByte(separator, at - start);
    return readBetween(this.memory, at, to < 0 ? end : start + to);
  }

  #endOfEncoded(text: string, offset: number): number {
    if (!text.isWellFormed()) return -1;
    const bytes = encoder.encode(text);
    const { u8 } = this.memory;
    if (offset + bytes.length > this.bytes) return -1;
    for (const [i, byte] of bytes.entries()) if (u8[this.start + offset + i] !== byte) return -1;
    return offset + bytes.length;
  }

  /** By words: of their difference to four such bytes, those that are zero are counted. Zeros behind the text never are. */
  #countByte(byte: number): number {
    const { i32 } = this.memory;
    const wanted = Math.imul(byte, 0x01010101);
    const first = this.start >> 2;
    const last = first + ((this.bytes + 3) >> 2);
    let found = 0;
    for (let word = first; word < last; word++) {
      found += zeroBytes(i32[word]! ^ wanted);
    }
    return found;
  }
}

const encoder = new TextEncoder();

/** The highest bit of each byte of a word that is zero. */
function marksOfZeros(word: number): number {
  return ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f);
}

/** How many of the four bytes of a word are zero. */
function zeroBytes(word: number): number {
  return Math.imul(marksOfZeros(word) >>> 7, 0x01010101) >>> 24;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
