/**
 * The slices of one operator that hold rows: accumulators by key id, in pages of 1024 keys that are made when first
 * needed.
 *
 * Laws (test/operators/window/declared-window.property.test.ts):
 *  1. A key is held once by every slice that has a row of it.
 *  2. What the account holds is the bytes of the pages, those kept for reuse included, and the estimate of heap values.
 */

import type { KeySpace, MemoryAccount } from '../../state/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import type { Slicing } from './slicing.ts';

/** Keys of a page: `1 << PAGE_SHIFT`. */
export const PAGE_SHIFT = 10;
export const PAGE_KEYS: number = 1 << PAGE_SHIFT;
export const PAGE_MASK: number = PAGE_KEYS - 1;
/** Bytes of free pages that are kept for the next slice. */
const KEPT_BYTES_MAX = 16 << 20;

/** Accumulators of a run of keys: `(id & PAGE_MASK) * stride` is the place of a key. */
export type Page = Float64Array;
/** By `id >>> PAGE_SHIFT`. */
export type Pages = (Page | undefined)[];

/** One slice of time. */
export class Slice {
  readonly start: number;
  readonly end: number;
  /** End of the last window that holds it. */
  readonly lastEnd: number;
  readonly pages: Pages = [];
  /** Heap values by key id. */
  readonly heaps: (unknown[] | undefined)[] = [];
  /** A window that holds it has fired, or is past: rows that come now are late for that window. */
  closed = false;
  /** It is part of what the combiner has summed up. */
  summed = false;
  /** Sums of this slice and later ones, where the combiner keeps such. */
  readonly suffix: Pages = [];

  constructor(start: number, end: number, lastEnd: number) {
    this.start = start;
    this.end = end;
    this.lastEnd = lastEnd;
  }
}

/** Makes and takes back pages. */
export class PagePool {
  readonly #account: MemoryAccount;
  readonly #words: number;
  readonly #free: Page[] = [];
  readonly #keptMax: number;

  constructor(account: MemoryAccount, stride: number) {
    this.#account = account;
    this.#words = stride * PAGE_KEYS;
    this.#keptMax = Math.ceil(KEPT_BYTES_MAX / (this.#words * 8));
  }

  /** A page of zeros. @throws ERR_STATE_QUOTA */
  take(): Page {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#account.reserve(this.#words * 8);
    return new Float64Array(this.#words);
  }

  /** Takes back a page, whatever is in it. */
  give(page: Page): void {
    if (this.#free.length < this.#keptMax) {
      page.fill(0);
      this.#free.push(page);
    } else this.#account.reserve(-this.#words * 8);
  }

  /** Takes back all pages of a list. */
  giveAll(pages: Pages): void {
    for (const page of pages) if (page !== undefined) this.give(page);
    pages.length = 0;
  }

  /** Gives back the bytes of the free pages. */
  dispose(): void {
    this.#account.reserve(-this.#free.length * this.#words * 8);
    this.#free.length = 0;
  }
}

/** The slices that are alive. Owner: the subtask's worker. */
export class Slices {
  readonly keys: KeySpace;
  readonly accumulators: Accumulators;
  readonly pool: PagePool;
  readonly slicing: Slicing;
  /** By start. */
  readonly live: Slice[] = [];
  /** The slice of the row that came last; its bounds stand in `bounds`. */
  current: Slice = new Slice(0, 0, 0);
  /** Start and end of `current`: an empty range when there is none. */
  readonly bounds: Float64Array = new Float64Array(2);
  readonly #account: MemoryAccount;
  #heapBytes = 0;

  constructor(
    keys: KeySpace,
    accumulators: Accumulators,
    slicing: Slicing,
    account: MemoryAccount,
  ) {
    this.keys = keys;
    this.accumulators = accumulators;
    this.slicing = slicing;
    this.#account = account;
    this.pool = new PagePool(account, accumulators.stride);
  }

  /** Makes the slice of this timestamp the current one, if it is alive. */
  find(timestamp: number): boolean {
    const { live } = this;
    for (let i = live.length - 1; i >= 0; i--) {
      const slice = live[i]!;
      if (timestamp < slice.start) continue;
      if (timestamp >= slice.end) return false;
      this.#use(slice);
      return true;
    }
    return false;
  }

  /** A slice that is not alive yet; it becomes the current one. */
  add(start: number): Slice {
    const { live, slicing } = this;
    const slice = new Slice(start, slicing.endOf(start), slicing.lastEnd(start));
    let place = live.length;
    while (place > 0 && live[place - 1]!.start > start) place--;
    live.splice(place, 0, slice);
    this.#use(slice);
    return slice;
  }

  /** The page of a key. @throws ERR_STATE_QUOTA */
  pageOf(slice: Slice, id: number): Page {
    const { pages } = slice;
    const place = id >>> PAGE_SHIFT;
    while (pages.length < place) pages.push(undefined);
    return (pages[place] ??= this.pool.take());
  }

  /** The first row of a key in a slice. */
  hold(slice: Slice, id: number): void {
    this.keys.retain(id);
    const { accumulators } = this;
    if (accumulators.heapCount === 0) return;
    const heap = accumulators.createHeap();
    slice.heaps[id] = heap;
    this.reserveHeap(accumulators.heapBytes(heap));
  }

  /** Folds a row into the heap values of a key. @throws ERR_STATE_QUOTA */
  addHeap(slice: Slice, id: number, row: unknown, timestamp: number): void {
    const grown = this.accumulators.addHeap(slice.heaps[id]!, row, timestamp);
    if (grown !== 0) this.reserveHeap(grown);
  }

  /** Accounts heap values. @throws ERR_STATE_QUOTA */
  reserveHeap(bytes: number): void {
    this.#account.reserve(bytes);
    this.#heapBytes += bytes;
  }

  /** Lets go of the keys of one page of a slice, and of the page. */
  releasePage(slice: Slice, place: number): void {
    const page = slice.pages[place];
    if (page === undefined) return;
    const { keys, accumulators } = this;
    const { stride } = accumulators;
    for (let o = 0, id = place << PAGE_SHIFT; o < page.length; o += stride, id++) {
      if (page[o] === 0) continue;
      keys.changes.touch(id);
      const heap = slice.heaps[id];
      if (heap !== undefined) {
        this.reserveHeap(-accumulators.heapBytes(heap));
        slice.heaps[id] = undefined;
      }
      keys.release(id);
      keys.settle(id);
    }
    slice.pages[place] = undefined;
    this.pool.give(page);
  }

  /** Takes a slice out, once its pages are released. */
  remove(slice: Slice): void {
    this.live.splice(this.live.indexOf(slice), 1);
    this.pool.giveAll(slice.suffix);
    if (this.current !== slice) return;
    this.bounds[0] = 0;
    this.bounds[1] = 0;
  }

  /** Drops everything, keys apart, and gives back all bytes. */
  dispose(): void {
    for (const slice of this.live) {
      this.pool.giveAll(slice.pages);
      this.pool.giveAll(slice.suffix);
    }
    this.live.length = 0;
    this.bounds.fill(0);
    this.pool.dispose();
    this.reserveHeap(-this.#heapBytes);
  }

  #use(slice: Slice): void {
    this.current = slice;
    this.bounds[0] = slice.start;
    this.bounds[1] = slice.end;
  }
}
