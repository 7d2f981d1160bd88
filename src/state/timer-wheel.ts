/**
 * Timers in the order of time: a wheel of seven levels with 256 places each.
 *
 *     time + 2^53:  | digit 6 | digit 5 | digit 4 | digit 3 | digit 2 | digit 1 | digit 0 |   8 bits each
 *
 * A timer stands on the level of the highest digit in which its time differs from `base`, at the place of that digit; on
 * level 0 every place is one millisecond. When the first timers stand on a higher level, `base` moves to the beginning of
 * their place and they are dealt out over the levels below. A time before `base` moves it back: what stands on the
 * levels below is joined again, ring by ring, without being looked at.
 *
 * Laws (test/state/timer-service.property.test.ts):
 *  1. `first` is a timer with the least time, of these the one that was added first.
 *  2. Each timer is dealt out at most once per level and move of `base`: adding and taking in order cost a constant.
 *
 * Invariant: on a level above 0 every place in use is behind the digit of `base`, so the lowest level in use has the first.
 * Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987; as a priority queue it is the radix heap of
 * Ahuja et al., 1990.
 */

import { NO_TIMER, type TimerArena } from './timer-arena.ts';

const LEVELS = 7;
const PLACES = 256;
const HIGH = 2 ** 32;
/** Makes the high part of every safe integer positive. */
const HIGH_BIAS: number = 2 ** 21;

/** The order of the timers of one service. Owner: the subtask's worker. */
export class TimerWheel {
  readonly #arena: TimerArena;
  /** First timer of each place; the others follow by their links, in a ring. */
  readonly #heads: Int32Array = new Int32Array(LEVELS * PLACES);
  /** One bit for each place in use. */
  readonly #used: Int32Array = new Int32Array((LEVELS * PLACES) >> 5);
  /** One bit for each level in use. */
  #levels = 0;
  /** High part (biased) and low part of the time from which digits differ. */
  readonly #base: Int32Array = new Int32Array(2);

  constructor(arena: TimerArena) {
    this.#arena = arena;
  }

  /** Adds a timer, whose time is a safe integer, behind those of the same time. */
  add(ref: number): void {
    const time = this.#arena.timeOf(ref);
    const base = this.#base;
    const high = highOf(time);
    const low = time | 0;
    if (this.#levels === 0) {
      base[0] = high;
      base[1] = low;
    }
    const level = levelOf(high ^ base[0]!, low ^ base[1]!);
    if (level === 0) this.#append(low & 255, ref);
    else {
      const digit = digitOf(high, low, level);
      const baseDigit = digitOf(base[0]!, base[1]!, level);
      if (digit < baseDigit) {
        this.#join(level, baseDigit);
        base[0] = high;
        base[1] = low;
        this.#append(low & 255, ref);
      } else this.#append(level * PLACES + digit, ref);
    }
  }

  /** Takes a timer out. */
  remove(ref: number): void {
    const arena = this.#arena;
    const time = arena.timeOf(ref);
    const high = highOf(time);
    const low = time | 0;
    const level = levelOf(high ^ this.#base[0]!, low ^ this.#base[1]!);
    const place = level * PLACES + digitOf(high, low, level);
    const next = arena.nextOf(ref);
    if (next === ref) this.#setEmpty(place);
    else {
      const previous = arena.previousOf(ref);
      arena.setNext(previous, next);
      arena.setPrevious(next, previous);
      if (this.#heads[place] === ref) this.#heads[place] = next;
    }
  }

  /** The first timer with a time ≤ `until`, or `NO_TIMER`. */
  first(until: number): number {
    const base = this.#base;
    for (;;) {
      const levels = this.#levels;
      if (levels === 0) return NO_TIMER;
      const level = 31 - Math.clz32(levels & -levels);
      const place = this.#firstPlace(level);
      const head = this.#heads[place]!;
      if (level === 0) return this.#arena.timeOf(head) <= until ? head : NO_TIMER;
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
      if ((high - HIGH_BIAS) * HIGH + (low >>> 0) > until) return NO_TIMER;
      base[0] = high;
      base[1] = low;
      this.#dealOut(place);
    }
  }

  /** Calls `visit` for every timer; those of one time in the order in which they were added. */
  forEach(visit: (ref: number) => void): void {
    const arena = this.#arena;
    for (const head of this.#heads) {
      if (head === NO_TIMER) continue;
      let ref = head;
      do {
        visit(ref);
        ref = arena.nextOf(ref);
      } while (ref !== head);
    }
  }

  clear(): void {
    this.#heads.fill(NO_TIMER);
    this.#used.fill(0);
    this.#levels = 0;
  }

  /** Takes all timers of a place, to which `base` has moved, to the levels below. */
  #dealOut(place: number): void {
    const arena = this.#arena;
    const baseHigh = this.#base[0]!;
    const baseLow = this.#base[1]!;
    const last = arena.previousOf(this.#heads[place]!);
    let next = this.#heads[place]!;
    this.#setEmpty(place);
    let ref: number;
    do {
      ref = next;
      next = arena.nextOf(ref);
      const time = arena.timeOf(ref);
      const high = highOf(time);
      const low = time | 0;
      const level = levelOf(high ^ baseHigh, low ^ baseLow);
      this.#append(level * PLACES + digitOf(high, low, level), ref);
    } while (ref !== last);
  }

  /** Takes everything below `level` to the place of `digit` on it, which is empty. Equal times stay in order. */
  #join(level: number, digit: number): void {
    const target = level * PLACES + digit;
    for (let below = 0; below < level; below++) {
      while ((this.#levels >>> below) & 1) {
        const place = this.#firstPlace(below);
        const head = this.#heads[place]!;
        this.#setEmpty(place);
        this.#concatenate(target, head);
      }
    }
  }

  #append(place: number, ref: number): void {
    const arena = this.#arena;
    const head = this.#heads[place]!;
    if (head === NO_TIMER) {
      arena.setNext(ref, ref);
      arena.setPrevious(ref, ref);
      this.#setUsed(place, ref);
      return;
    }
    const last = arena.previousOf(head);
    arena.setNext(last, ref);
    arena.setPrevious(ref, last);
    arena.setNext(ref, head);
    arena.setPrevious(head, ref);
  }

  /** Appends a whole ring. */
  #concatenate(place: number, ring: number): void {
    const arena = this.#arena;
    const head = this.#heads[place]!;
    if (head === NO_TIMER) {
      this.#setUsed(place, ring);
      return;
    }
    const last = arena.previousOf(head);
    const ringLast = arena.previousOf(ring);
    arena.setNext(last, ring);
    arena.setPrevious(ring, last);
    arena.setNext(ringLast, head);
    arena.setPrevious(head, ringLast);
  }

  #firstPlace(level: number): number {
    const used = this.#used;
    let word = level << 3;
    while (used[word] === 0) word++;
    const bits = used[word]!;
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  #setUsed(place: number, head: number): void {
    this.#heads[place] = head;
    this.#used[place >> 5]! |= 1 << (place & 31);
    this.#levels |= 1 << (place >> 8);
  }

  #setEmpty(place: number): void {
    const used = this.#used;
    this.#heads[place] = NO_TIMER;
    used[place >> 5]! &= ~(1 << (place & 31));
    const level = place >> 8;
    let word = level << 3;
    const end = word + 8;
    while (word < end && used[word] === 0) word++;
    if (word === end) this.#levels &= ~(1 << level);
  }
}

function highOf(time: number): number {
  return Math.floor(time / HIGH) + HIGH_BIAS;
}

/** Level of the highest digit that is not 0 in the difference of two times. */
function levelOf(high: number, low: number): number {
  if (high !== 0) return 4 + ((31 - Math.clz32(high)) >> 3);
  return low === 0 ? 0 : (31 - Math.clz32(low)) >> 3;
}

function digitOf(high: number, low: number, level: number): number {
  return level < 4 ? (low >>> (level << 3)) & 255 : (high >>> ((level - 4) << 3)) & 255;
}
