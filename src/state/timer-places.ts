/**
 * The places of a timer wheel: each holds timers in the order in which they came.
 *
 * A place is a log: a list of chunks to which timers are appended. One that may be here already is appended all the same,
 * as a loose entry, and told apart with many others later: when the place is due, or when half of it may be copies. A
 * place gets an index over its timers when one is looked up among many, or when it is too long to be looked through at
 * once, and drops it when its timers move.
 *
 * Laws (test/state/timer-service.property.test.ts):
 *  1. A place gives its timers in the order in which they were appended.
 *  2. A place holds at most as many entries of timers that were removed as of timers that it has, and 32.
 *  3. Of the copies of a timer the first stays. A place without loose entries has none.
 *  4. No more than half of a place, and 2048, are loose, but for those that an index is about to cover.
 */

import type { MemoryAccount } from './memory-account.ts';
import { CHUNK_ENTRIES, CHUNK_SHIFT, NO_TIMER, NOBODY, TimerChunks } from './timer-chunks.ts';
import { TimerCopies } from './timer-copies.ts';
import { hashOfTimer } from './timer-hash.ts';
import { TimerIndex } from './timer-index.ts';

/** Entries up to which a place is searched without an index. */
const SCAN_MAX = 16;
/** Entries up to which a list is joined to another one by one, and entries without timers that a place may have. */
const COPY_MAX = 32;
/** Loose entries that are not looked at in a place however short. */
const LOOSE_MIN = 4096;
/** Timers of a place that are looked through at once at most: some milliseconds. */
const SETTLE_MAX: number = 1 << 16;
/** Entries that an index covers with each timer that is added, and with one that is looked for. */
const COVER_STEP = 8;
const COVER_MOST = 16_384;

/** Timers by place. Owner: the subtask's worker. */
export class TimerPlaces {
  readonly chunks: TimerChunks;
  /** Timers of each place. */
  readonly live: Int32Array;
  /** Timers of each place that may be copies of earlier ones, at most. */
  readonly loose: Int32Array;
  readonly #account: MemoryAccount;
  /** Entries of each place whose timers were removed out of turn. */
  readonly #dead: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** Bounds of the times of each place. */
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #indexes: (TimerIndex | undefined)[];
  readonly #copies: TimerCopies;
  readonly #drop: (ref: number) => void;
  /** The place of the entries that `#drop` is called for. */
  #dropping = 0;

  /** @param onCopy called with the key id of a copy that was dropped */
  constructor(account: MemoryAccount, places: number, onCopy: (id: number) => void) {
    this.#account = account;
    this.chunks = new TimerChunks(account);
    this.#copies = new TimerCopies(account, this.chunks);
    this.#drop = (ref) => {
      const id = this.chunks.idOf(ref);
      this.chunks.forget(ref);
      this.live[this.#dropping]!--;
      this.#dead[this.#dropping]!++;
      onCopy(id);
    };
    this.live = new Int32Array(places);
    this.loose = new Int32Array(places);
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

  /**
   * Adds a timer last in the order; false when it is known to be here. A chunk was made sure of.
   *
   * @param isNew whether it is certainly not here
   * @param exactly whether it must be known for certain by now; else a copy may be appended
   * @throws ERR_STATE_QUOTA before anything changed
   */
  add(
    place: number,
    id: number,
    namespace: number,
    time: number,
    isNew: boolean,
    exactly: boolean,
  ): boolean {
    const known = this.#indexes[place];
    if (known !== undefined && !known.complete) this.#cover(place, known, COVER_STEP);
    if (!isNew) {
      if (!exactly && known?.complete !== true) {
        this.#appendLoose(place, id, namespace, time);
        return true;
      }
      if (this.find(place, id, namespace, time) !== NO_TIMER) return false;
    }
    const index = this.#indexes[place];
    if (index === undefined || !index.complete) {
      this.append(place, id, namespace, time);
      return true;
    }
    const hash = hashOfTimer(id, namespace, time);
    index.prepare(hash);
    index.insert(hash, this.append(place, id, namespace, time));
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

  /** An entry of a timer, or `NO_TIMER`; of a place with `loose` entries there may be more. @throws ERR_STATE_QUOTA when an index does not fit */
  find(place: number, id: number, namespace: number, time: number): number {
    if (this.live[place] === 0) return NO_TIMER;
    if (time < this.#min[place]! || time > this.#max[place]!) return NO_TIMER;
    let index = this.#indexes[place];
    if (index === undefined) {
      const first = this.#first[place]!;
      if (this.live[place]! + this.#dead[place]! <= SCAN_MAX) {
        return this.chunks.search(first, this.chunks.startOf(first), id, namespace, time);
      }
      index = this.#beginIndex(place);
    }
    if (!index.complete) this.#cover(place, index, COVER_MOST);
    const ref = index.find(id, namespace, time);
    if (ref !== NO_TIMER || index.complete) return ref;
    return this.chunks.search(index.restChunk, index.restEntry, id, namespace, time);
  }

  /**
   * Takes out the timer of an entry that was found.
   *
   * @param compacts whether the other timers may change their entries
   */
  remove(place: number, ref: number, compacts: boolean): void {
    const { chunks } = this;
    this.#indexes[place]?.remove(ref);
    chunks.forget(ref);
    this.#dead[place]!++;
    const live = --this.live[place]!;
    if (live === 0) this.#clear(place);
    else if (compacts && this.#dead[place]! > live + COPY_MAX) this.#compact(place);
  }

  /** Drops all copies of timers in a place. */
  settle(place: number): void {
    if (this.loose[place] === 0) return;
    this.#dropping = place;
    const aligned = this.#min[place] === this.#max[place];
    this.#copies.find(this.#first[place]!, this.live[place]!, aligned, this.#drop);
    this.loose[place] = 0;
    this.#dropIndex(place);
    if (this.#dead[place]! > this.live[place]! + COPY_MAX) this.#compact(place);
  }

  /** Drops an entry that is a copy of an earlier one. */
  dropCopy(place: number, ref: number): void {
    this.#dropping = place;
    this.#drop(ref);
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
      const next = chunks.nextOf(chunk);
      this.#indexes[place]?.passOver(chunk, next);
      this.#first[place] = next;
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
    this.loose[to] = this.loose[from]!;
    this.#indexes[to] = this.#indexes[from];
    this.#indexes[from] = undefined;
    this.#reset(from);
  }

  /** Appends everything of a place to another one, and empties it. */
  join(from: number, to: number): void {
    if (this.live[to] === 0) return this.move(from, to);
    this.#dropIndex(to);
    if (this.live[from]! + this.#dead[from]! <= COPY_MAX) {
      this.loose[to]! += this.loose[from]!;
      this.drain(from, (id, namespace, time) => this.append(to, id, namespace, time));
      return;
    }
    this.#dropIndex(from);
    this.chunks.setNext(this.#last[to]!, this.#first[from]!);
    this.#last[to] = this.#last[from]!;
    this.live[to]! += this.live[from]!;
    this.#dead[to]! += this.#dead[from]!;
    this.loose[to]! += this.loose[from]!;
    this.#min[to] = Math.min(this.#min[to]!, this.#min[from]!);
    this.#max[to] = Math.max(this.#max[to]!, this.#max[from]!);
    this.#reset(from);
  }

  /** Empties a place and gives its list of chunks, which are the caller's. */
  detach(place: number): number {
    const first = this.#first[place]!;
    this.#dropIndex(place);
    this.#reset(place);
    return first;
  }

  firstChunk(place: number): number {
    return this.#first[place]!;
  }

  /** Empties a place and gives its timers in their order; the entries' chunks are used again meanwhile. */
  drain(place: number, take: (id: number, namespace: number, time: number) => void): void {
    this.chunks.release(this.detach(place), take);
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
    this.#copies.dispose();
  }

  /** Appends a timer that may be here, after the copies have been told apart if there may be many. */
  #appendLoose(place: number, id: number, namespace: number, time: number): void {
    this.#copies.ensure();
    const live = this.live[place]!;
    if (this.#indexes[place] === undefined && 2 * this.loose[place]! > live + LOOSE_MIN) {
      if (live <= SETTLE_MAX) this.settle(place);
      else this.#cover(place, this.#beginIndex(place), COVER_STEP);
    }
    this.append(place, id, namespace, time);
    this.loose[place]!++;
  }

  #beginIndex(place: number): TimerIndex {
    const index = new TimerIndex(this.#account, this.chunks, this.#first[place]!);
    this.#indexes[place] = index;
    return index;
  }

  #cover(place: number, index: TimerIndex, most: number): void {
    this.#dropping = place;
    index.cover(most, this.#drop);
    if (index.complete) this.loose[place] = 0;
  }

  /** Writes the timers of a place anew, without what was removed. */
  #compact(place: number): void {
    const loose = this.loose[place]!;
    this.drain(place, (id, namespace, time) => this.append(place, id, namespace, time));
    this.loose[place] = loose;
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
    this.loose[place] = 0;
    this.#first[place] = NO_TIMER;
    this.#last[place] = NO_TIMER;
  }
}
