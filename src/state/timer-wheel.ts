/**
 * Timers in the order of time: a wheel of seven levels with 256 places each.
 *
 *     time + 2^53:  | digit 6 | digit 5 | digit 4 | digit 3 | digit 2 | digit 1 | digit 0 |   8 bits each
 *
 * A timer stands on the level of the highest digit in which its time differs from `base`, at the place of that digit; on
 * level 0 every place is one millisecond. When the first timers stand on a higher level, `base` moves to the beginning of
 * their place and they are opened: moved together if they belong to one place, gathered into a sorted run if they are few
 * enough, dealt out over the levels below otherwise. A time before `base` moves it back, and what stands on the levels
 * below is joined again; a run stays what it is.
 *
 * Laws (test/state/timer-service.property.test.ts):
 *  1. `first` is a timer with the least time, of these the one that was added first.
 *  2. Each timer is dealt out at most once per level and move of `base`: adding and taking in order cost a constant.
 *
 * A timer that may be here already is added all the same, and its copies are dropped before they are first; a time at which
 * timers are being fired takes new ones after a look-up only.
 *
 * Firing needs no memory beyond what registering made sure of, so that it succeeds when the quota is used up.
 *
 * Invariants: on a level above 0 every place in use is behind the digit of `base`, so the lowest level in use has the first.
 * What is in the run was added before anything of the same time that is in a place.
 * Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987; as a priority queue it is the radix heap of
 * Ahuja et al., 1990.
 */

import type { MemoryAccount } from './memory-account.ts';
import { BEYOND, LATEST, NewestTimers } from './newest-timers.ts';
import { CHUNK_SHIFT, NO_TIMER, NOBODY } from './timer-chunks.ts';
import { TimerPlaces } from './timer-places.ts';
import { RUN_MAX, TimerRun } from './timer-run.ts';

const LEVELS = 7;
const PLACES = 256;
const HIGH = 2 ** 32;
const PER_HIGH: number = 2 ** -32;
/** Makes the high part of every safe integer positive. */
const HIGH_BIAS: number = 2 ** 21;
/** The place whose timers are in the run. */
const RUN: number = LEVELS * PLACES;
/** Levels whose places span at most 2^32 ms, so that a run can hold them. */
const RUN_LEVEL_MAX = 4;
/** Neighbours of the same time in a run up to which they are compared one by one. */
const TIES_MAX = 256;
/** Before `base`. */
const NOWHERE = -1;

/** The timers of one service in their order. Owner: the subtask's worker. */
export class TimerWheel {
  readonly places: TimerPlaces;
  /** Number of timers. */
  size = 0;
  /** One bit for each place in use. */
  readonly #used: Int32Array = new Int32Array((LEVELS * PLACES) >> 5);
  /** One bit for each level in use. */
  #levels = 0;
  /** High part (biased) and low part of the time from which digits differ. */
  readonly #base: Int32Array = new Int32Array(2);
  readonly #run: TimerRun;
  /** Place of the timer that `first` gave. */
  #firstAt: number = NOWHERE;
  /** Whatever is in a place is not before this; the run is first up to here. */
  #runsUntil = -Infinity;
  /** The latest time of a timer that was taken out first. */
  #floor = -Infinity;
  readonly #newest: NewestTimers;

  /** @param onCopy called with the key id of a copy that was added and dropped */
  constructor(account: MemoryAccount, onCopy: (id: number) => void) {
    this.places = new TimerPlaces(account, LEVELS * PLACES + 1, (id) => {
      this.size--;
      onCopy(id);
    });
    this.#run = new TimerRun(account, this.places.chunks);
    this.#newest = new NewestTimers(account);
  }

  /**
   * Adds a timer, whose time is a safe integer, behind those of the same time; false when it is known to be here. A copy
   * that is not known to be one is added, and dropped later.
   *
   * @throws ERR_STATE_QUOTA
   */
  add(id: number, namespace: number, time: number): boolean {
    const known = this.#newest.compare(id, namespace, time);
    if (known === LATEST && time > this.#floor) return false;
    const isNew = known === BEYOND;
    const { places } = this;
    const base = this.#base;
    const high = highOf(time);
    const low = time | 0;
    // Dealing out a place takes up to one chunk for each place below, before it gives back its own.
    places.chunks.ensure(Math.min(PLACES, this.size) + 2);
    if (this.#levels === 0) {
      base[0] = high;
      base[1] = low;
    }
    if (!isNew && places.find(RUN, id, namespace, time) !== NO_TIMER) return false;
    let place = this.#placeOf(time);
    if (place === NOWHERE) {
      const level = levelOf(high ^ base[0]!, low ^ base[1]!);
      this.#join(level, digitOf(base[0]!, base[1]!, level));
      base[0] = high;
      base[1] = low;
      place = low & 255;
    }
    // What is due may be asked for after every timer that is added.
    if (!places.add(place, id, namespace, time, isNew, time <= this.#floor)) return false;
    if (isNew) this.#newest.note(id, namespace, time);
    if (time < this.#runsUntil) this.#runsUntil = time;
    this.#setUsed(place);
    this.size++;
    return true;
  }

  /** Takes out a timer and its copies; gives how many they were, 0 when there is none. @throws ERR_STATE_QUOTA */
  remove(id: number, namespace: number, time: number): number {
    const { places } = this;
    this.#newest.forget(id, namespace, time);
    const inRun = places.find(RUN, id, namespace, time);
    if (inRun !== NO_TIMER) {
      this.size--;
      places.remove(RUN, inRun, false);
      if (places.live[RUN] === 0) this.#run.clear();
      return 1;
    }
    const place = this.#placeOf(time);
    if (place === NOWHERE) return 0;
    let removed = 0;
    do {
      const ref = places.find(place, id, namespace, time);
      if (ref === NO_TIMER) break;
      places.remove(place, ref, true);
      this.size--;
      removed++;
    } while (places.loose[place]! > 0);
    if (removed > 0 && places.live[place] === 0) this.#setEmpty(place);
    return removed;
  }

  /** Time of the first timer; `Infinity` when there is none. */
  nextTime(): number {
    const ref = this.#first(Infinity, false);
    return ref === NO_TIMER ? Infinity : this.places.chunks.timeOf(ref);
  }

  /** The entry of the first timer if its time is ≤ `until`; or `NO_TIMER`. */
  first(until: number): number {
    const runTime = this.#run.frontTime();
    if (runTime <= this.#runsUntil) return this.#ofRun(runTime, until);
    return this.#first(until, true);
  }

  /** The same; timers of one time may still have copies unless `settles`. */
  #first(until: number, settles: boolean): number {
    const base = this.#base;
    const run = this.#run;
    for (;;) {
      const levels = this.#levels;
      const runTime = run.frontTime();
      if (levels === 0) return this.#ofRun(runTime, until);
      const level = 31 - Math.clz32(levels & -levels);
      const place = this.#firstPlace(level);
      const digit = place & 255;
      let high = base[0]!;
      let low = 0;
      if (level < 4) {
        const shift = level << 3;
        low = (base[1]! & ~(-1 >>> (24 - shift))) | (digit << shift);
      } else {
        const shift = (level - 4) << 3;
        high = (high & ~(-1 >>> (24 - shift))) | (digit << shift);
      }
      const start = (high - HIGH_BIAS) * HIGH + (low >>> 0);
      this.#runsUntil = start;
      if (runTime <= start) return this.#ofRun(runTime, until);
      if (start > until) return NO_TIMER;
      if (level === 0) {
        this.#firstAt = place;
        if (settles) this.places.settle(place);
        return this.places.front(place);
      }
      base[0] = high;
      base[1] = low;
      this.#open(place, level, start);
    }
  }

  /** Takes out the timer that `first` gave just now. */
  takeFirst(ref: number): void {
    const time = this.places.chunks.timeOf(ref);
    if (time > this.#floor) this.#floor = time;
    this.size--;
    const place = this.#firstAt;
    if (place === RUN) {
      this.places.take(RUN, ref);
      if (this.places.live[RUN] === 0) this.#run.clear();
      return;
    }
    this.places.takeFront(place, ref);
    if (this.places.live[place] === 0) this.#setEmpty(place);
  }

  /** Drops all copies of timers. */
  settle(): void {
    const { places } = this;
    for (let place = 0; place < RUN; place++) places.settle(place);
  }

  /** Calls `visit` with the entry of every timer and of its copies; those of one time in the order in which they were added. */
  forEach(visit: (ref: number) => void): void {
    this.places.forEach(RUN, visit);
    for (let place = 0; place < RUN; place++) this.places.forEach(place, visit);
  }

  /** Drops all timers and gives back all bytes. */
  dispose(): void {
    this.#run.dispose();
    this.places.dispose();
    this.#newest.dispose();
    this.#used.fill(0);
    this.#levels = 0;
  }

  #ofRun(runTime: number, until: number): number {
    this.#firstAt = RUN;
    return runTime <= until && runTime !== Infinity ? this.#run.front : NO_TIMER;
  }

  /** Takes apart the timers of a place to whose beginning `base` has moved. */
  #open(place: number, level: number, start: number): void {
    const { places } = this;
    const target = this.#placeOf(places.minOf(place));
    const together = target === this.#placeOf(places.maxOf(place));
    const count = places.live[place]!;
    if (!together && places.live[RUN] === 0 && level < RUN_LEVEL_MAX && count <= RUN_MAX) {
      this.#gather(place, start);
      return;
    }
    this.#setEmpty(place);
    if (together) {
      places.move(place, target);
      this.#setUsed(target);
    } else this.#dealOut(place);
  }

  /** Deals the timers of a place over the levels below; its chunks are used again meanwhile. */
  #dealOut(place: number): void {
    const { places } = this;
    const { chunks } = places;
    const loose = places.loose[place] === 0 ? 0 : 1;
    for (let chunk = places.detach(place); chunk !== NO_TIMER;) {
      const next = chunks.nextOf(chunk);
      const end = (chunk << CHUNK_SHIFT) + chunks.endOf(chunk);
      for (let ref = (chunk << CHUNK_SHIFT) + chunks.startOf(chunk); ref < end; ref++) {
        const id = chunks.idOf(ref);
        if (id === NOBODY) continue;
        const time = chunks.timeOf(ref);
        const target = this.#placeOf(time);
        places.append(target, id, chunks.namespaceOf(ref), time);
        places.loose[target]! += loose;
        if (places.live[target] === 1) this.#setUsed(target);
      }
      chunks.free(chunk);
      chunk = next;
    }
  }

  /** Makes the timers of a place the run. */
  #gather(place: number, start: number): void {
    const run = this.#run;
    this.#setEmpty(place);
    this.places.move(place, RUN);
    run.gather(this.places.firstChunk(RUN), start, place >> 8);
    if (this.places.loose[RUN]! > 0) {
      if (run.countTies() <= TIES_MAX) run.forEachCopy((ref) => this.places.dropCopy(RUN, ref));
      else this.places.settle(RUN);
      this.places.loose[RUN] = 0;
    }
  }

  /** Takes everything below `level` to the place of `digit` on it, which is empty. */
  #join(level: number, digit: number): void {
    const target = level * PLACES + digit;
    for (let below = 0; below < level; below++) {
      while ((this.#levels >>> below) & 1) {
        const place = this.#firstPlace(below);
        this.places.join(place, target);
        this.#setEmpty(place);
        this.#setUsed(target);
      }
    }
  }

  /** Where a time stands; `NOWHERE` before `base`. */
  #placeOf(time: number): number {
    const baseHigh = this.#base[0]!;
    const baseLow = this.#base[1]!;
    const high = highOf(time);
    const low = time | 0;
    const level = levelOf(high ^ baseHigh, low ^ baseLow);
    if (level === 0) return low & 255;
    const digit = digitOf(high, low, level);
    return digit < digitOf(baseHigh, baseLow, level) ? NOWHERE : level * PLACES + digit;
  }

  #firstPlace(level: number): number {
    const used = this.#used;
    let word = level << 3;
    while (used[word] === 0) word++;
    const bits = used[word]!;
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  #setUsed(place: number): void {
    this.#used[place >> 5]! |= 1 << (place & 31);
    this.#levels |= 1 << (place >> 8);
  }

  #setEmpty(place: number): void {
    const used = this.#used;
    used[place >> 5]! &= ~(1 << (place & 31));
    const level = place >> 8;
    let word = level << 3;
    const end = word + 8;
    while (word < end && used[word] === 0) word++;
    if (word === end) this.#levels &= ~(1 << level);
  }
}

function highOf(time: number): number {
  return Math.floor(time * PER_HIGH) + HIGH_BIAS;
}

/** Level of the highest digit that is not 0 in the difference of two times. */
function levelOf(high: number, low: number): number {
  if (high !== 0) return 4 + ((31 - Math.clz32(high)) >> 3);
  return low === 0 ? 0 : (31 - Math.clz32(low)) >> 3;
}

function digitOf(high: number, low: number, level: number): number {
  return level < 4 ? (low >>> (level << 3)) & 255 : (high >>> ((level - 4) << 3)) & 255;
}
