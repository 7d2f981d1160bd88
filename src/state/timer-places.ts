/**
 * The places of a timer wheel: each holds timers in the order in which they came.
 *
 * A place is a list of chunks. It gets an index over its timers when one is looked up among many, and drops it when its
 * timers move: those that are dealt out or fired are never looked up, which is what makes the way of a timer cheap.
 *
 * Laws (test/state/timer-service.property.test.ts):
 *  1. A place gives its timers in the order in which they were appended.
 *  2. A place holds at most as many entries of timers that were removed as of timers that it has, and 32.
 *
 * References in an index may have been consumed, and used again by any place: an entry counts as found only if it has the
 * same key id, namespace and time, which one place alone can hold.
 */

import { KeyIndex, SPREAD } from './key-index.ts';
import type { MemoryAccount } from './memory-account.ts';
import { CHUNK_ENTRIES, CHUNK_SHIFT, NO_TIMER, NOBODY, TimerChunks } from './timer-chunks.ts';

/** Entries up to which a place is searched without an index. */
const SCAN_MAX = 16;
/** Entries up to which a list is joined to another one by one, and entries without timers that a place may have. */
const COPY_MAX = 32;

/** Timers by place. Owner: the subtask's worker. */
export class TimerPlaces {
  readonly chunks: TimerChunks;
  /** Timers of each place. */
  readonly live: Int32Array;
  readonly #account: MemoryAccount;
  /** Entries of each place whose timers were removed out of turn. */
  readonly #dead: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** Bounds of the times of each place. */
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #indexes: (KeyIndex | undefined)[];

  constructor(account: MemoryAccount, places: number) {
    this.#account = account;
    this.chunks = new TimerChunks(account);
    this.live = new Int32Array(places);
    this.#dead = new Int32Array(places);
    this.#first = new Int32Array(places);
    this.#last = new Int32Array(places);
    this.#min = new Float64Array(places);
    this.#max = new Float64Array(places);
    this.#indexes = Array.from({ length: places });
  }

  minOf(place: number): number {
    return this.#min[place]!;
  }

  maxOf(place: number): number {
    return this.#max[place]!;
  }

  /** Adds a timer last in the order; false when it is here. A chunk was made sure of. @throws ERR_STATE_QUOTA before anything changed */
  add(place: number, id: number, namespace: number, time: number): boolean {
    const entriesHere = this.live[place]! + this.#dead[place]!;
    if (entriesHere === 0) {
      this.append(place, id, namespace, time);
      return true;
    }
    let index = this.#indexes[place];
    if (index === undefined) {
      if (entriesHere <= SCAN_MAX) {
        if (this.#scan(place, id, namespace, time) !== NO_TIMER) return false;
        this.append(place, id, namespace, time);
        return true;
      }
      index = this.#buildIndex(place);
    }
    const { chunks } = this;
    const hash = hashOf(id, namespace, time);
    index.prepare(hash);
    const spread = Math.imul(hash, SPREAD);
    const entries = index.directory[(spread >>> 1) >>> index.shift]!;
    const mask = entries.length - 2;
    let i = ((spread ^ (spread >>> 15)) << 1) & mask;
    for (; entries[i + 1] !== NO_TIMER; i = (i + 2) & mask) {
      if (entries[i] === hash && chunks.holds(entries[i + 1]!, id, namespace, time)) return false;
    }
    entries[i + 1] = this.append(place, id, namespace, time);
    entries[i] = hash;
    index.noteInserted(hash);
    return true;
  }

  /** Adds a timer that is not here to a place without an index; gives its entry. A chunk was made sure of. */
  append(place: number, id: number, namespace: number, time: number): number {
    const { chunks } = this;
    let chunk = this.#last[place]!;
    if (chunk === NO_TIMER) {
      chunk = chunks.allocate();
      this.#first[place] = chunk;
      this.#last[place] = chunk;
      this.#min[place] = time;
      this.#max[place] = time;
    } else {
      if (chunks.endOf(chunk) === CHUNK_ENTRIES) {
        const next = chunks.allocate();
        chunks.setNext(chunk, next);
        this.#last[place] = next;
        chunk = next;
      }
      if (time < this.#min[place]!) this.#min[place] = time;
      else if (time > this.#max[place]!) this.#max[place] = time;
    }
    this.live[place]!++;
    return chunks.append(chunk, id, namespace, time);
  }

  /** The entry of a timer, or `NO_TIMER`. @throws ERR_STATE_QUOTA when an index does not fit */
  find(place: number, id: number, namespace: number, time: number): number {
    if (this.live[place] === 0) return NO_TIMER;
    if (time < this.#min[place]! || time > this.#max[place]!) return NO_TIMER;
    let index = this.#indexes[place];
    if (index === undefined) {
      if (this.live[place]! + this.#dead[place]! <= SCAN_MAX) {
        return this.#scan(place, id, namespace, time);
      }
      index = this.#buildIndex(place);
    }
    const { chunks } = this;
    const hash = hashOf(id, namespace, time);
    const spread = Math.imul(hash, SPREAD);
    const entries = index.directory[(spread >>> 1) >>> index.shift]!;
    const mask = entries.length - 2;
    for (let i = ((spread ^ (spread >>> 15)) << 1) & mask; ; i = (i + 2) & mask) {
      const ref = entries[i + 1]!;
      if (ref === NO_TIMER) return NO_TIMER;
      if (entries[i] === hash && chunks.holds(ref, id, namespace, time)) return ref;
    }
  }

  /**
   * Takes out the timer of an entry that was found.
   *
   * @param compacts whether the other timers may change their entries
   */
  remove(place: number, ref: number, compacts: boolean): void {
    const { chunks } = this;
    const hash = hashOf(chunks.idOf(ref), chunks.namespaceOf(ref), chunks.timeOf(ref));
    this.#indexes[place]?.remove(hash, ref);
    chunks.forget(ref);
    this.#dead[place]!++;
    const live = --this.live[place]!;
    if (live === 0) this.#clear(place);
    else if (compacts && this.#dead[place]! > live + COPY_MAX) this.#compact(place);
  }

  /** The entry of the first timer of a place that has one. */
  front(place: number): number {
    const { chunks } = this;
    for (;;) {
      const chunk = this.#first[place]!;
      const end = chunks.endOf(chunk);
      for (let i = chunks.startOf(chunk); i < end; i++) {
        const ref = (chunk << CHUNK_SHIFT) + i;
        if (chunks.idOf(ref) === NOBODY) {
          this.#dead[place]!--;
          continue;
        }
        chunks.setStart(chunk, i);
        return ref;
      }
      this.#first[place] = chunks.nextOf(chunk);
      chunks.free(chunk);
    }
  }

  /** Takes out the first timer, whose entry `front` gave just now. */
  takeFront(place: number, ref: number): void {
    const { chunks } = this;
    chunks.forget(ref);
    chunks.setStart(ref >>> CHUNK_SHIFT, (ref & (CHUNK_ENTRIES - 1)) + 1);
    if (--this.live[place]! === 0) this.#clear(place);
  }

  /** Takes out a timer wherever it stands, and leaves its entry unused. */
  take(place: number, ref: number): void {
    this.chunks.forget(ref);
    if (--this.live[place]! === 0) this.#clear(place);
  }

  /** Gives everything of a place to another one, which is empty. */
  move(from: number, to: number): void {
    this.live[to] = this.live[from]!;
    this.#dead[to] = this.#dead[from]!;
    this.#first[to] = this.#first[from]!;
    this.#last[to] = this.#last[from]!;
    this.#min[to] = this.#min[from]!;
    this.#max[to] = this.#max[from]!;
    this.#indexes[to] = this.#indexes[from];
    this.#indexes[from] = undefined;
    this.#reset(from);
  }

  /** Appends everything of a place to another one, and empties it. */
  join(from: number, to: number): void {
    if (this.live[to] === 0) return this.move(from, to);
    this.#dropIndex(to);
    if (this.live[from]! + this.#dead[from]! <= COPY_MAX) {
      this.drain(from, (id, namespace, time) => this.append(to, id, namespace, time));
      return;
    }
    this.#dropIndex(from);
    this.chunks.setNext(this.#last[to]!, this.#first[from]!);
    this.#last[to] = this.#last[from]!;
    this.live[to]! += this.live[from]!;
    this.#dead[to]! += this.#dead[from]!;
    this.#min[to] = Math.min(this.#min[to]!, this.#min[from]!);
    this.#max[to] = Math.max(this.#max[to]!, this.#max[from]!);
    this.#reset(from);
  }

  /** Empties a place and gives its timers in their order; the entries' chunks are used again meanwhile. */
  drain(place: number, take: (id: number, namespace: number, time: number) => void): void {
    const first = this.#first[place]!;
    this.#dropIndex(place);
    this.#reset(place);
    this.chunks.release(first, take);
  }

  /** Calls `visit` with every entry that has a timer, in order. */
  forEach(place: number, visit: (ref: number) => void): void {
    const { chunks } = this;
    for (let chunk = this.#first[place]!; chunk !== NO_TIMER; chunk = chunks.nextOf(chunk)) {
      const end = chunks.endOf(chunk);
      for (let i = chunks.startOf(chunk); i < end; i++) {
        const ref = (chunk << CHUNK_SHIFT) + i;
        if (chunks.idOf(ref) !== NOBODY) visit(ref);
      }
    }
  }

  /** Drops all timers and gives back all bytes. */
  dispose(): void {
    for (let place = 0; place < this.live.length; place++) {
      this.#dropIndex(place);
      this.#reset(place);
    }
    this.chunks.dispose();
  }

  #scan(place: number, id: number, namespace: number, time: number): number {
    const { chunks } = this;
    for (let chunk = this.#first[place]!; chunk !== NO_TIMER; chunk = chunks.nextOf(chunk)) {
      const end = chunks.endOf(chunk);
      for (let i = chunks.startOf(chunk); i < end; i++) {
        const ref = (chunk << CHUNK_SHIFT) + i;
        if (chunks.holds(ref, id, namespace, time)) return ref;
      }
    }
    return NO_TIMER;
  }

  #buildIndex(place: number): KeyIndex {
    const { chunks } = this;
    const index = new KeyIndex(this.#account);
    try {
      this.forEach(place, (ref) => {
        const hash = hashOf(chunks.idOf(ref), chunks.namespaceOf(ref), chunks.timeOf(ref));
        index.prepare(hash);
        index.insert(hash, ref);
      });
    } catch (error) {
      index.dispose();
      throw error;
    }
    this.#indexes[place] = index;
    return index;
  }

  /** Writes the timers of a place anew, without what was removed. */
  #compact(place: number): void {
    this.drain(place, (id, namespace, time) => this.append(place, id, namespace, time));
  }

  #clear(place: number): void {
    const { chunks } = this;
    for (let chunk = this.#first[place]!; chunk !== NO_TIMER;) {
      const next = chunks.nextOf(chunk);
      chunks.free(chunk);
      chunk = next;
    }
    this.#dropIndex(place);
    this.#reset(place);
  }

  #dropIndex(place: number): void {
    this.#indexes[place]?.dispose();
    this.#indexes[place] = undefined;
  }

  #reset(place: number): void {
    this.live[place] = 0;
    this.#dead[place] = 0;
    this.#first[place] = NO_TIMER;
    this.#last[place] = NO_TIMER;
  }
}

/** Spreads many keys that share one time as well as one key with many times. */
function hashOf(id: number, namespace: number, time: number): number {
  let h = Math.imul(id, 0x85ebca6b) ^ (time | 0);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ (namespace | 0);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ Math.floor(time / 2 ** 32);
  h = Math.imul(h ^ (h >>> 16), 0x297a2d39);
  return h ^ (h >>> 15);
}
