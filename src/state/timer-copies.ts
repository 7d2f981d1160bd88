/**
 * Finds the copies among timers that were appended without looking them up: a hash table that is filled for one place at a
 * time and thrown away.
 *
 *     table   [ hash | reference | hash | reference | … ]      int32; linear probing from the hash's low bits
 *
 * Timers of one time and namespace differ by their key ids alone: then the table is one bit for each id.
 *
 * Timers that are too many for the table are taken in several passes, each of which looks at the timers of one part of the
 * hashes, so that the work gets done with whatever room there is.
 *
 * Law: of the entries of one timer the first stays, the others are dropped.
 */

import { EngineError } from '../base/index.ts';
import type { MemoryAccount } from './memory-account.ts';
import { CHUNK_SHIFT, NO_TIMER, NOBODY, type TimerChunks } from './timer-chunks.ts';
import { hashOfTimer } from './timer-hash.ts';

/** Slots that a service has from its first copy on, and at most: 8 KiB and 2 MiB. */
const SLOTS_MIN = 1024;
const SLOTS_MAX: number = 1 << 18;
/** Slots that are used at least. */
const SLOTS_LEAST = 16;
/** Bits of the hashes by which timers are parted at most. */
const BITS_MAX = 12;

/** The table of one service. Owner: the subtask's worker. */
export class TimerCopies {
  readonly #account: MemoryAccount;
  readonly #chunks: TimerChunks;
  #table: Int32Array = new Int32Array(0);
  /** Words that have a bit for every id that was looked at in that way. */
  #idWords = 0;

  constructor(account: MemoryAccount, chunks: TimerChunks) {
    this.#account = account;
    this.#chunks = chunks;
  }

  /** Sees to it that copies can be looked for at all, however full the quota is by then. @throws ERR_STATE_QUOTA */
  ensure(): void {
    if (this.#table.length === 0) this.#grow(SLOTS_MIN);
  }

  /**
   * Calls `drop` with each entry of a list of chunks whose timer was there before; `ensure` came before.
   *
   * @param entries how many the list has
   * @param aligned whether all have one time
   */
  find(first: number, entries: number, aligned: boolean, drop: (ref: number) => void): void {
    if (aligned && this.#idWords <= entries && this.#findById(first, drop)) return;
    let slots = SLOTS_LEAST;
    while (slots < SLOTS_MAX && slots * 3 < entries * 4) slots *= 2;
    slots = this.#fit(slots);
    let bits = 0;
    while ((slots * 3) << bits < entries * 4) bits++;
    for (let part = 0; part < 1 << bits; part++) this.#findIn(first, slots, bits, part, drop);
  }

  /** Gives back all bytes. */
  dispose(): void {
    this.#account.reserve(-this.#table.length * 4);
    this.#table = new Int32Array(0);
    this.#idWords = 0;
  }

  /** Finds the copies of timers that differ by their key ids alone, by a bit for each; false when they differ otherwise. */
  #findById(first: number, drop: (ref: number) => void): boolean {
    const chunks = this.#chunks;
    let table = this.#table;
    let cleared = Math.min(this.#idWords, table.length);
    let namespace = Number.NaN;
    table.fill(0, 0, cleared);
    for (let chunk = first; chunk !== NO_TIMER; chunk = chunks.nextOf(chunk)) {
      const end = (chunk << CHUNK_SHIFT) + chunks.endOf(chunk);
      for (let ref = (chunk << CHUNK_SHIFT) + chunks.startOf(chunk); ref < end; ref++) {
        const id = chunks.idOf(ref);
        if (id === NOBODY) continue;
        if (chunks.namespaceOf(ref) !== namespace) {
          if (!Number.isNaN(namespace)) return false;
          namespace = chunks.namespaceOf(ref);
        }
        if (id >>> 5 >= cleared) {
          if (!this.#fitId(id)) return false;
          table = this.#table;
          table.fill(0, cleared, this.#idWords);
          cleared = this.#idWords;
        }
        const bits = table[id >>> 5]!;
        const bit = 1 << (id & 31);
        if ((bits & bit) !== 0) drop(ref);
        else table[id >>> 5] = bits | bit;
      }
    }
    return true;
  }

  /** Lets the table have a bit for an id, and keeps those that are set; false when there is no room. */
  #fitId(id: number): boolean {
    let slots = SLOTS_MIN;
    while (slots < SLOTS_MAX && slots << 6 <= id) slots *= 2;
    if (slots << 6 <= id || this.#fit(slots) < slots) return false;
    const words = (id >>> 5) + 1;
    this.#idWords = Math.min(this.#table.length, words + (words >> 1));
    return true;
  }

  /** Finds the copies in one part of the hashes, by halves when the table is too small for it. */
  #findIn(
    first: number,
    slots: number,
    bits: number,
    part: number,
    drop: (ref: number) => void,
  ): void {
    if (this.#pass(first, slots, bits, part, drop)) return;
    this.#findIn(first, slots, bits + 1, 2 * part, drop);
    this.#findIn(first, slots, bits + 1, 2 * part + 1, drop);
  }

  /** Looks at the timers of one part of the hashes; false when the table is too small for them. */
  #pass(
    first: number,
    slots: number,
    bits: number,
    part: number,
    drop: (ref: number) => void,
  ): boolean {
    const chunks = this.#chunks;
    const table = this.#table;
    const mask = 2 * slots - 2;
    const partShift = 32 - bits;
    table.fill(0, 0, 2 * slots);
    let left = slots - (slots >> 3);
    for (let chunk = first; chunk !== NO_TIMER; chunk = chunks.nextOf(chunk)) {
      const end = (chunk << CHUNK_SHIFT) + chunks.endOf(chunk);
      for (let ref = (chunk << CHUNK_SHIFT) + chunks.startOf(chunk); ref < end; ref++) {
        const id = chunks.idOf(ref);
        if (id === NOBODY) continue;
        const time = chunks.timeOf(ref);
        const namespace = chunks.namespaceOf(ref);
        const hash = hashOfTimer(id, namespace, time);
        if (bits > 0 && hash >>> partShift !== part) continue;
        let i = (hash << 1) & mask;
        let known = NO_TIMER;
        for (; (known = table[i + 1]!) !== NO_TIMER; i = (i + 2) & mask) {
          if (table[i] === hash && chunks.holds(known, id, namespace, time)) break;
        }
        if (known !== NO_TIMER) {
          drop(ref);
          continue;
        }
        if (left === 0) {
          if (bits < BITS_MAX) return false;
          if (this.#isBefore(first, ref, id, namespace, time)) drop(ref);
          continue;
        }
        left--;
        table[i] = hash;
        table[i + 1] = ref;
      }
    }
    return true;
  }

  /** Whether a timer is in an entry before that of `ref`: for hashes that no part tells apart. */
  #isBefore(first: number, ref: number, id: number, namespace: number, time: number): boolean {
    const chunks = this.#chunks;
    for (let chunk = first; ; chunk = chunks.nextOf(chunk)) {
      const end = (chunk << CHUNK_SHIFT) + chunks.endOf(chunk);
      for (let at = (chunk << CHUNK_SHIFT) + chunks.startOf(chunk); at < end; at++) {
        if (at === ref) return false;
        if (chunks.holds(at, id, namespace, time)) return true;
      }
    }
  }

  /** As many slots as are wanted, or as there are when the quota does not allow them. */
  #fit(slots: number): number {
    const held = this.#table.length >> 1;
    if (slots <= held) return slots;
    try {
      this.#grow(slots);
      return slots;
    } catch (error) {
      if (error instanceof EngineError && error.code === 'ERR_STATE_QUOTA') return held;
      throw error;
    }
  }

  #grow(slots: number): void {
    const held = this.#table.length * 4;
    this.#account.reserve(slots * 8);
    const table = new Int32Array(slots * 2);
    table.set(this.#table);
    this.#table = table;
    this.#account.reserve(-held);
  }
}
