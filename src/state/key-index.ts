/**
 * From the hash of a key to references of rows: extendible hashing over segments of open addressing.
 *
 *     hash * golden ratio:  high bits → directory → segment (Int32Array of [hash, ref] pairs, linear probing)
 *                           folded    → first place to look in the segment
 *
 * Laws (test/state/key-index.property.test.ts):
 *  1. Every inserted pair is found by probing from its home place before the first empty place.
 *  2. One insertion moves the pairs of at most one segment (8192 places), so growth never stops the world; a segment
 *     grows beyond that only when its keys' hashes agree in all remaining bits.
 *  3. What the account holds is exactly the bytes of the segments.
 *
 * The key group of a row is the hash modulo a number; the multiplication makes the bits used here depend on the others
 * as well, since within one subtask the remainder has few values.
 * Source: Fagin et al., "Extendible Hashing", 1979; deletion by backward shift: Knuth, TAOCP 3, 6.4, Algorithm R.
 */

import type { MemoryAccount } from './memory-account.ts';
import { NO_REF } from './row-layout.ts';

/** 2^32 divided by the golden ratio: spreads neighbouring hashes. */
export const SPREAD: number = 0x9e3779b1 | 0;
const PLACES_MIN = 64;
const PLACES_MAX = 8192;
const DEPTH_MAX = 20;

class Segment {
  entries: Int32Array = new Int32Array(0);
  count = 0;
  /** How many high bits all hashes of this segment agree in. */
  depth = 0;

  constructor(places: number, depth: number) {
    this.entries = new Int32Array(places * 2);
    this.depth = depth;
  }
}

/** The index of one table. Owner: the subtask's worker. */
export class KeyIndex {
  /** `directory[(spread >>> 1) >>> shift]` holds the pairs of a hash; replaced when it grows. */
  directory: Int32Array[] = [];
  /** 31 - bits of the directory. */
  shift = 31;
  readonly #account: MemoryAccount;
  #segments: Segment[] = [];
  #bytes = 0;

  constructor(account: MemoryAccount) {
    this.#account = account;
    this.#reset();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Makes room for one more pair of this hash. @throws ERR_STATE_QUOTA before anything changed */
  prepare(hash: number): void {
    for (;;) {
      const segment = this.#segments[this.#place(hash)]!;
      const places = segment.entries.length >> 1;
      if ((segment.count + 1) * 10 <= places * 7) return;
      if (places < PLACES_MAX || !this.#split(segment, hash)) this.#double(segment, hash);
    }
  }

  /** Adds a pair; `prepare(hash)` came before, and no equal pair is here. */
  insert(hash: number, ref: number): void {
    const segment = this.#segments[this.#place(hash)]!;
    put(segment.entries, hash, ref);
    segment.count++;
  }

  /** Counts a pair that its owner wrote at the empty place where probing ended; `prepare(hash)` came before. */
  noteInserted(hash: number): void {
    this.#segments[this.#place(hash)]!.count++;
  }

  /** Lets the pair (hash, from) refer to another row. */
  replace(hash: number, from: number, to: number): void {
    const { entries } = this.#segments[this.#place(hash)]!;
    entries[position(entries, hash, from) + 1] = to;
  }

  /** Removes a pair; pairs behind it move up, so that no tombstones gather. */
  remove(hash: number, ref: number): void {
    const segment = this.#segments[this.#place(hash)]!;
    const { entries } = segment;
    const mask = entries.length - 2;
    let hole = position(entries, hash, ref);
    for (let i = (hole + 2) & mask; entries[i + 1] !== NO_REF; i = (i + 2) & mask) {
      const distanceFromHome = (i - home(entries[i]!, mask)) & mask;
      if (distanceFromHome >= ((i - hole) & mask)) {
        entries[hole] = entries[i]!;
        entries[hole + 1] = entries[i + 1]!;
        hole = i;
      }
    }
    entries[hole] = 0;
    entries[hole + 1] = NO_REF;
    segment.count--;
  }

  /** Gives back all bytes; the index can be used again from empty. */
  dispose(): void {
    this.#account.reserve(-this.#bytes);
    this.#bytes = 0;
    this.#reset();
  }

  /** The longest run of taken places, for tests and reports. */
  get longestRun(): number {
    let longest = 0;
    for (const entries of new Set(this.directory)) {
      let run = 0;
      for (let i = 1; i < entries.length; i += 2) {
        run = entries[i] === NO_REF ? 0 : run + 1;
        if (run > longest) longest = run;
      }
    }
    return longest;
  }

  /** Starts with one empty segment that is accounted when the first pair comes. */
  #reset(): void {
    const segment = new Segment(1, 0);
    this.#segments = [segment];
    this.directory = [segment.entries];
    this.shift = 31;
  }

  #place(hash: number): number {
    return (Math.imul(hash, SPREAD) >>> 1) >>> this.shift;
  }

  /** Two segments for one; false when the next bit does not tell any two hashes apart, or all bits are used. */
  #split(segment: Segment, hash: number): boolean {
    const { depth, entries } = segment;
    if (depth === DEPTH_MAX) return false;
    const bit = 30 - depth;
    let ones = 0;
    for (let i = 0; i < entries.length; i += 2) {
      if (entries[i + 1] === NO_REF) continue;
      ones += ((Math.imul(entries[i]!, SPREAD) >>> 1) >>> bit) & 1;
    }
    if (ones === 0 || ones === segment.count) return false;
    const places = entries.length >> 1;
    this.#reserve(2 * entries.length * 4);
    const zero = new Segment(places, depth + 1);
    const one = new Segment(places, depth + 1);
    for (let i = 0; i < entries.length; i += 2) {
      const ref = entries[i + 1]!;
      if (ref === NO_REF) continue;
      const target = ((Math.imul(entries[i]!, SPREAD) >>> 1) >>> bit) & 1 ? one : zero;
      put(target.entries, entries[i]!, ref);
      target.count++;
    }
    this.#reserve(-entries.length * 4);
    if (31 - this.shift === depth) this.#doubleDirectory();
    const first = this.#firstPlace(hash, depth);
    const half = this.#span(depth + 1);
    for (let i = 0; i < half; i++) {
      this.#set(first + i, zero);
      this.#set(first + half + i, one);
    }
    return true;
  }

  #doubleDirectory(): void {
    const segments: Segment[] = [];
    for (const segment of this.#segments) segments.push(segment, segment);
    this.#segments = segments;
    this.directory = segments.map((segment) => segment.entries);
    this.shift--;
  }

  #double(segment: Segment, hash: number): void {
    const { entries, depth } = segment;
    const places = Math.max(PLACES_MIN, entries.length);
    this.#reserve(places * 8);
    const larger = new Segment(places, depth);
    for (let i = 0; i < entries.length; i += 2) {
      if (entries[i + 1] !== NO_REF) put(larger.entries, entries[i]!, entries[i + 1]!);
    }
    larger.count = segment.count;
    if (places > PLACES_MIN) this.#reserve(-entries.length * 4);
    const first = this.#firstPlace(hash, depth);
    for (let i = 0; i < this.#span(depth); i++) this.#set(first + i, larger);
  }

  /** How many places of the directory a segment of this depth takes. */
  #span(depth: number): number {
    return 1 << (31 - this.shift - depth);
  }

  #firstPlace(hash: number, depth: number): number {
    return this.#place(hash) & -this.#span(depth);
  }

  #set(place: number, segment: Segment): void {
    this.#segments[place] = segment;
    this.directory[place] = segment.entries;
  }

  #reserve(bytes: number): void {
    this.#account.reserve(bytes);
    this.#bytes += bytes;
  }
}

/** Where the search for a hash begins in a segment with this mask (length - 2). */
function home(hash: number, mask: number): number {
  const spread = Math.imul(hash, SPREAD);
  return ((spread ^ (spread >>> 15)) << 1) & mask;
}

function put(entries: Int32Array, hash: number, ref: number): void {
  const mask = entries.length - 2;
  let i = home(hash, mask);
  while (entries[i + 1] !== NO_REF) i = (i + 2) & mask;
  entries[i] = hash;
  entries[i + 1] = ref;
}

function position(entries: Int32Array, hash: number, ref: number): number {
  const mask = entries.length - 2;
  let i = home(hash, mask);
  while (entries[i + 1] !== ref) i = (i + 2) & mask;
  return i;
}
