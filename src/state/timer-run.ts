/**
 * The timers that fire next, sorted: a short piece of time whose timers were gathered from one place of the wheel.
 *
 *     distances[i]  time - start, uint32       refs[i]  the entry         both twice: sorting moves them to and fro
 *
 * They are sorted byte by byte, from the lowest to the highest in which they can differ; one or two bytes mostly. Few of
 * them are inserted one by one.
 *
 * Law: the run gives its timers in the order of time, within one time in that of arrival. Nothing is added to it later.
 * Source: Knuth, The Art of Computer Programming 3, 5.2.5, Algorithm R (radix list sort, by counting).
 */

import type { MemoryAccount } from './memory-account.ts';
import { CHUNK_SHIFT, NO_TIMER, NOBODY, type TimerChunks } from './timer-chunks.ts';

/** Timers of a run at most, so that what it looks at stays in the cache. */
export const RUN_MAX = 1024;
const DIGITS = 256;
const BYTES: number = RUN_MAX * 16 + DIGITS * 4;
/** Timers that are sorted by insertion at most. */
const INSERTED_MAX = 24;

/** The run of one service. Owner: the subtask's worker. */
export class TimerRun {
  readonly #account: MemoryAccount;
  readonly #chunks: TimerChunks;
  #distances: Int32Array = new Int32Array(RUN_MAX);
  #refs: Int32Array = new Int32Array(RUN_MAX);
  #otherDistances: Int32Array = new Int32Array(RUN_MAX);
  #otherRefs: Int32Array = new Int32Array(RUN_MAX);
  readonly #places: Int32Array = new Int32Array(DIGITS);
  #count = 0;
  #next = 0;
  #start = 0;
  /** Entry of the first timer that is still there, when `frontTime` is not `Infinity`. */
  front: number = NO_TIMER;

  /** @throws ERR_STATE_QUOTA */
  constructor(account: MemoryAccount, chunks: TimerChunks) {
    account.reserve(BYTES);
    this.#account = account;
    this.#chunks = chunks;
  }

  /**
   * Begins a new run with the timers of a list of chunks, `RUN_MAX` at most.
   *
   * @param start their times are `start` .. `start + 256 ** bytes`
   * @param bytes 1 .. 3
   */
  gather(first: number, start: number, bytes: number): void {
    const chunks = this.#chunks;
    const distances = this.#distances;
    const refs = this.#refs;
    let count = 0;
    for (let chunk = first; chunk !== NO_TIMER; chunk = chunks.nextOf(chunk)) {
      const end = (chunk << CHUNK_SHIFT) + chunks.endOf(chunk);
      for (let ref = (chunk << CHUNK_SHIFT) + chunks.startOf(chunk); ref < end; ref++) {
        if (chunks.idOf(ref) === NOBODY) continue;
        distances[count] = chunks.timeOf(ref) - start;
        refs[count] = ref;
        count++;
      }
    }
    this.#start = start;
    this.#next = 0;
    this.#count = count;
    if (count <= INSERTED_MAX) this.#insert();
    else for (let byte = 0; byte < bytes; byte++) this.#sortBy(byte << 3);
  }

  /** Pairs of neighbours that have the same time. */
  countTies(): number {
    const distances = this.#distances;
    let ties = 0;
    for (let i = 1; i < this.#count; i++) if (distances[i] === distances[i - 1]) ties++;
    return ties;
  }

  /** Calls `drop` with each entry whose timer is in an earlier one. */
  forEachCopy(drop: (ref: number) => void): void {
    const chunks = this.#chunks;
    const distances = this.#distances;
    const refs = this.#refs;
    for (let i = 1; i < this.#count; i++) {
      if (distances[i] !== distances[i - 1]) continue;
      const ref = refs[i]!;
      const id = chunks.idOf(ref);
      const namespace = chunks.namespaceOf(ref);
      const time = chunks.timeOf(ref);
      for (let k = i - 1; k >= 0 && distances[k] === distances[i]; k--) {
        if (!chunks.holds(refs[k]!, id, namespace, time)) continue;
        drop(ref);
        break;
      }
    }
  }

  /** Time of the first timer that is still there; `Infinity` when none is. */
  frontTime(): number {
    const chunks = this.#chunks;
    while (this.#next < this.#count) {
      const ref = this.#refs[this.#next]!;
      if (chunks.idOf(ref) !== NOBODY) {
        this.front = ref;
        return this.#start + (this.#distances[this.#next]! >>> 0);
      }
      this.#next++;
    }
    return Infinity;
  }

  /** Drops the run; its room stays. */
  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }

  /** Gives back all bytes. */
  dispose(): void {
    this.#account.reserve(-BYTES);
  }

  #insert(): void {
    const distances = this.#distances;
    const refs = this.#refs;
    for (let i = 1; i < this.#count; i++) {
      const distance = distances[i]!;
      const ref = refs[i]!;
      let at = i;
      for (; at > 0 && distances[at - 1]! >>> 0 > distance >>> 0; at--) {
        distances[at] = distances[at - 1]!;
        refs[at] = refs[at - 1]!;
      }
      distances[at] = distance;
      refs[at] = ref;
    }
  }

  /** Sorts by the byte at `shift`; what is equal there stays in its order. */
  #sortBy(shift: number): void {
    const distances = this.#distances;
    const refs = this.#refs;
    const sortedDistances = this.#otherDistances;
    const sortedRefs = this.#otherRefs;
    const places = this.#places;
    const count = this.#count;
    places.fill(0);
    for (let i = 0; i < count; i++) places[(distances[i]! >>> shift) & 255]!++;
    let place = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const here = places[digit]!;
      places[digit] = place;
      place += here;
    }
    for (let i = 0; i < count; i++) {
      const distance = distances[i]!;
      const to = places[(distance >>> shift) & 255]!++;
      sortedDistances[to] = distance;
      sortedRefs[to] = refs[i]!;
    }
    this.#distances = sortedDistances;
    this.#refs = sortedRefs;
    this.#otherDistances = distances;
    this.#otherRefs = refs;
  }
}
