/**
 * The open sessions of one operator: slots of words with the session's bounds and its accumulator, listed by key id.
 *
 *     slot     [ start | end | due | next + 1 | fired end | link | key id | accumulator … ]
 *
 * `end` is the last timestamp + gap, NaN once the session became part of another; `due` and `link` are the calendar's;
 * `fired end` is the end with which it fired last.
 * The sessions of a key do not touch one another and stand in falling order, so that the first is the one that rows mostly
 * go to.
 *
 * Law (test/operators/window/declared-window.property.test.ts): a key is held once by each of its sessions.
 */

import { IntColumns, WordColumns } from '../../state/index.ts';
import type { KeySpace, MemoryAccount } from '../../state/index.ts';
import type { Accumulators } from '../aggregate/index.ts';

/** Words of a slot, by what they hold. */
export const SESSION_START = 0;
export const SESSION_END = 1;
export const SESSION_DUE = 2;
export const SESSION_NEXT = 3;
export const SESSION_FIRED = 4;
/** The slot + 1 that follows in the calendar's list. */
export const SESSION_LINK = 5;
export const SESSION_KEY = 6;
/** Where the accumulator begins. */
export const SESSION_WORDS = 7;

/** No slot. */
export const NO_SESSION = -1;

/** Sessions by key id. Owner: the subtask's worker. */
export class Sessions {
  readonly keys: KeySpace;
  readonly accumulators: Accumulators;
  /** The slots; `pages` must be read again after one was added. */
  readonly slots: WordColumns;
  /** First slot + 1 by key id; 0 for none. */
  readonly heads: IntColumns;
  readonly heaps: (unknown[] | undefined)[] = [];
  readonly #account: MemoryAccount;
  #heapBytes = 0;
  #slotCount = 0;
  #free: number = NO_SESSION;

  constructor(keys: KeySpace, accumulators: Accumulators, account: MemoryAccount) {
    this.keys = keys;
    this.accumulators = accumulators;
    this.#account = account;
    this.slots = new WordColumns(account, SESSION_WORDS + accumulators.stride);
    this.heads = new IntColumns(account, 1);
  }

  /** The first session of a key, or `NO_SESSION`. */
  first(id: number): number {
    return id < this.heads.capacity ? this.heads.get(id, 0) - 1 : NO_SESSION;
  }

  /** The session after this one in the list of its key, or `NO_SESSION`. */
  next(slot: number): number {
    return this.slots.get(slot, SESSION_NEXT) - 1;
  }

  /** An empty session at its place in the list of the key. @throws ERR_STATE_QUOTA */
  add(id: number, start: number, end: number): number {
    const { slots, heads, accumulators } = this;
    let slot = this.#free;
    heads.ensure(id);
    if (slot === NO_SESSION) {
      slot = this.#slotCount;
      slots.ensure(slot);
      this.#slotCount++;
    } else this.#free = slots.get(slot, SESSION_NEXT);
    slots.zero(slot);
    slots.set(slot, SESSION_START, start);
    slots.set(slot, SESSION_END, end);
    slots.set(slot, SESSION_KEY, id);
    slots.set(slot, SESSION_FIRED, Number.NaN);
    let before = NO_SESSION;
    let after = this.first(id);
    while (after !== NO_SESSION && slots.get(after, SESSION_START) > start) {
      before = after;
      after = this.next(after);
    }
    slots.set(slot, SESSION_NEXT, after + 1);
    this.#link(id, before, slot);
    this.keys.retain(id);
    if (accumulators.heapCount > 0) {
      const heap = accumulators.createHeap();
      this.heaps[slot] = heap;
      this.reserveHeap(accumulators.heapBytes(heap));
    }
    return slot;
  }

  /** Takes a session out of the list of its key, which is not settled; its slot is not used again before `free`. */
  remove(id: number, slot: number): void {
    const { slots } = this;
    let before = NO_SESSION;
    for (let at = this.first(id); at !== slot; at = this.next(at)) before = at;
    this.#link(id, before, this.next(slot));
    slots.set(slot, SESSION_END, Number.NaN);
    const heap = this.heaps[slot];
    if (heap !== undefined) {
      this.reserveHeap(-this.accumulators.heapBytes(heap));
      this.heaps[slot] = undefined;
    }
    this.keys.release(id);
  }

  /** The slot of a session that was removed may be used again. */
  free(slot: number): void {
    this.slots.set(slot, SESSION_NEXT, this.#free);
    this.#free = slot;
  }

  /** Adds the accumulator of `from` to that of `into`. */
  merge(into: number, from: number): void {
    const { slots, accumulators, heaps } = this;
    const { pages, shift, mask, stride } = slots;
    const b = pages[from >>> shift]!;
    const ob = (from & mask) * stride + SESSION_WORDS;
    if (b[ob] === 0) return;
    const oa = (into & mask) * stride + SESSION_WORDS;
    accumulators.merge(pages[into >>> shift]!, oa, b, ob);
    const heap = heaps[into];
    if (heap === undefined) return;
    const before = accumulators.heapBytes(heap);
    accumulators.mergeHeap(heap, heaps[from]!);
    this.reserveHeap(accumulators.heapBytes(heap) - before);
  }

  /** Folds a row into the heap values of a session. @throws ERR_STATE_QUOTA */
  addHeap(slot: number, row: unknown, timestamp: number): void {
    const grown = this.accumulators.addHeap(this.heaps[slot]!, row, timestamp);
    if (grown !== 0) this.reserveHeap(grown);
  }

  /** Accounts heap values. @throws ERR_STATE_QUOTA */
  reserveHeap(bytes: number): void {
    this.#account.reserve(bytes);
    this.#heapBytes += bytes;
  }

  /** Drops everything, keys apart, and gives back all bytes. */
  dispose(): void {
    this.slots.dispose();
    this.heads.dispose();
    this.heaps.length = 0;
    this.reserveHeap(-this.#heapBytes);
    this.#slotCount = 0;
    this.#free = NO_SESSION;
  }

  /** Makes `slot` (which may be none) follow `before`, or be the first. */
  #link(id: number, before: number, slot: number): void {
    if (before === NO_SESSION) this.heads.set(id, 0, slot + 1);
    else this.slots.set(before, SESSION_NEXT, slot + 1);
  }
}
