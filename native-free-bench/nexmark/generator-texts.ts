/**
 * Texts as bytes in a scratch memory, each behind its length, so that a codec takes them as slices: no string is made.
 * Owner: one generator. Hot path: nothing is allocated per text.
 */

import { Memory, RowSlice } from '#src/record/index';
import type { JavaRandom } from './generator-random.ts';

const SPACE = 32;
const A = 97;
/** One draw gives six letters, as three pairs. */
const PAIR = 26 ** 2;

/**
 * Two letters of every remainder -675 … 675 as two bytes; Java's `%` keeps the sign, so letters run from `H`. Pairs, since a table
 * of triples does not stay in the first-level cache.
 */
const letterPairs = Int32Array.from({ length: 2 * PAIR }, (_, index) => {
  const value = index - PAIR;
  return (A + (value % 26)) | ((A + (Math.trunc(value / 26) % 26)) << 8);
});

/** `| 0` since a remainder of -0 would make it a division of doubles. */
function pairOf(drawn: number): number {
  return letterPairs[((drawn % PAIR) | 0) + PAIR]!;
}

/** One text field that is written again and again. */
export class RowText {
  readonly slice: RowSlice = new RowSlice();
  readonly #memory: Memory;

  /** @param bytesMax the longest text, in bytes */
  constructor(bytesMax: number) {
    this.#memory = Memory.ofBytes((bytesMax + 24) & -8);
    this.slice.set(this.#memory, 0);
  }

  /** Sets an ASCII text. */
  set(text: string): void {
    const { u8 } = this.#memory;
    for (let i = 0; i < text.length; i++) u8[4 + i] = text.charCodeAt(i);
    this.end(text.length);
  }

  /**
   * Beam's `nextString`: 3 … `longest` - 1 characters, a blank for one of thirteen, trimmed.
   *
   * @param at byte at which to begin; characters before it stay
   * @returns byte behind the text
   */
  words(random: JavaRandom, longest: number, at: number = 0): number {
    const { u8 } = this.#memory;
    const from = 4 + at;
    let end = from;
    // A blank at the start is trimmed as soon as it is drawn, one at the end when all are drawn.
    for (let left = 3 + random.below(longest - 3); left > 0; left--) {
      const blank = random.below(13) === 0;
      if (!blank) u8[end++] = A + random.below(26);
      else if (end > from) u8[end++] = SPACE;
    }
    while (end > from && u8[end - 1] === SPACE) end--;
    return end - 4;
  }

  /**
   * Beam's `nextExtra`: letters that fill a row of `roomBytes` more or less, up to six per draw.
   * None if there is no room.
   */
  letters(random: JavaRandom, roomBytes: number): void {
    if (roomBytes < 0) return this.end(0);
    const delta = Math.round(roomBytes * 0.2);
    const length = roomBytes - delta + (delta === 0 ? 0 : random.below(2 * delta));
    const { i32 } = this.#memory;
    // Twelve letters, three words at a time: those beyond the end are cut off by `end`.
    for (let word = 1; word <= (length + 3) >> 2; word += 3) {
      const first = random.int32();
      const second = random.int32();
      const firstRest = (first / PAIR) | 0;
      const secondRest = (second / PAIR) | 0;
      i32[word] = pairOf(first) | (pairOf(firstRest) << 16);
      i32[word + 1] = pairOf((firstRest / PAIR) | 0) | (pairOf(second) << 16);
      i32[word + 2] = pairOf(secondRest) | (pairOf((secondRest / PAIR) | 0) << 16);
    }
    this.end(length);
  }

  /** Puts one byte at an offset of the text. */
  put(at: number, byte: number): void {
    this.#memory.u8[4 + at] = byte;
  }

  /** The text ends here: writes its length and the zeros behind it. */
  end(bytes: number): void {
    const { u8, i32 } = this.#memory;
    const end = 4 + bytes;
    u8[end] = 0;
    u8[end + 1] = 0;
    u8[end + 2] = 0;
    u8[end + 3] = 0;
    i32[0] = bytes;
    this.slice.bytes = bytes;
  }
}

/** Texts that are known before, side by side in one memory. */
export class TextTable {
  readonly memory: Memory;
  /** Of each text its first byte and its length in bytes. */
  readonly places: Int32Array;

  /** @param texts ASCII */
  constructor(texts: readonly string[]) {
    const bytes = texts.reduce((sum, text) => sum + 4 + ((text.length + 4) & -4), 0);
    this.memory = Memory.ofBytes((bytes + 15) & -8);
    this.places = new Int32Array(2 * texts.length);
    let at = 0;
    for (const [index, text] of texts.entries()) {
      this.places[2 * index] = at + 4;
      this.places[2 * index + 1] = text.length;
      this.memory.i32[at >> 2] = text.length;
      this.memory.text.write(text, at + 4, 'latin1');
      at += 4 + ((text.length + 4) & -4);
    }
  }
}

/** One of the texts of a table. */
export class ChosenText {
  readonly slice: RowSlice = new RowSlice();
  readonly #places: Int32Array;

  constructor({ memory, places }: TextTable) {
    this.slice.memory = memory;
    this.#places = places;
  }

  choose(index: number): void {
    this.slice.start = this.#places[2 * index]!;
    this.slice.bytes = this.#places[2 * index + 1]!;
  }
}
