/**
 * How the slices of a window become its result, a page of keys at a time.
 *
 *     direct     the window is one slice
 *     running    one total: slices are added as windows reach them, and subtracted (invertible accumulators), or the total
 *                starts again from empty (cumulative windows)
 *     stacks     two sums: `back`, of the slices since the last turn, and in each slice before it the sum of it and all
 *                after it up to the turn (its suffix). A window is suffix + back; when it begins at the turn or later, the
 *                suffixes are made anew. Two merges a key and slide on average, whatever the number of slices.
 *     merging    the slices are merged for every window: for values on the heap
 *
 * Law (test/operators/window/declared-window.property.test.ts): all give the sums of the window's slices.
 * What a combiner keeps can be made again from the slices, so it is no part of a snapshot.
 * Source of the stacks: Tangwongsan, Hirzel, Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant
 * Time", 2017, section 2 (two-stacks), here over all keys at once.
 */

import type { PageSums } from './slice-kernel.ts';
import { PAGE_KEYS, PAGE_MASK, PAGE_SHIFT } from './slices.ts';
import type { Page, Pages, Slice, Slices } from './slices.ts';

/** Sums of one window. Calls: `begin`, `page` for every page in order, `end`; the others between windows. */
export interface SliceCombiner {
  /** Returns how many pages there are. */
  begin(start: number, end: number): number;
  /** The sums of a page of keys; undefined when it has none. Valid until the next call. */
  page(place: number): Page | undefined;
  /** Heap values of a key of the page given last. */
  heapOf(id: number): readonly unknown[] | undefined;
  end(): void;
  /** A slice was made. */
  added(slice: Slice): void;
  /** A page of a slice is about to be released. */
  expiring(slice: Slice, place: number): void;
  /** A slice was taken out. */
  expired(slice: Slice): void;
  /** A late row changed what a slice holds for a key. */
  changed(slice: Slice, id: number): void;
  dispose(): void;
}

/** Windows of one slice. */
export class DirectCombiner implements SliceCombiner {
  readonly #slices: Slices;
  #slice: Slice | undefined = undefined;

  constructor(slices: Slices) {
    this.#slices = slices;
  }

  begin(start: number): number {
    this.#slice = this.#slices.live.find((slice) => slice.start === start);
    return this.#slice?.pages.length ?? 0;
  }

  page(place: number): Page | undefined {
    return this.#slice?.pages[place];
  }

  heapOf(id: number): readonly unknown[] | undefined {
    return this.#slice?.heaps[id];
  }

  end(): void {
    this.#slice = undefined;
  }

  added(): void {}
  expiring(): void {}
  expired(): void {}
  changed(): void {}
  dispose(): void {}
}

/** One total. */
export class RunningCombiner implements SliceCombiner {
  readonly #slices: Slices;
  readonly #sums: PageSums;
  /** Slices leave the total by starting again instead of by subtraction. */
  readonly #restarts: boolean;
  readonly #total: Pages = [];
  #start: number = Number.NaN;
  #leaving: readonly Slice[] = [];
  #coming: readonly Slice[] = [];

  constructor(slices: Slices, sums: PageSums, restarts: boolean) {
    this.#slices = slices;
    this.#sums = sums;
    this.#restarts = restarts;
  }

  begin(start: number, end: number): number {
    const { live } = this.#slices;
    if (this.#restarts && start !== this.#start) this.#restart();
    this.#start = start;
    this.#leaving = live.filter((slice) => slice.summed && slice.start < start);
    this.#coming = live.filter(
      (slice) => !slice.summed && slice.start >= start && slice.end <= end,
    );
    return Math.max(this.#total.length, ...this.#coming.map(({ pages }) => pages.length));
  }

  page(place: number): Page | undefined {
    const { merge, subtract } = this.#sums;
    for (const slice of this.#leaving) {
      const page = slice.pages[place];
      if (page !== undefined) subtract(this.#total[place]!, page);
    }
    for (const slice of this.#coming) {
      const page = slice.pages[place];
      if (page !== undefined) merge((this.#total[place] ??= this.#slices.pool.take()), page);
    }
    return this.#total[place];
  }

  heapOf(): undefined {
    return undefined;
  }

  end(): void {
    for (const slice of this.#leaving) slice.summed = false;
    for (const slice of this.#coming) slice.summed = true;
    this.#leaving = [];
    this.#coming = [];
  }

  added(): void {}

  expiring(slice: Slice, place: number): void {
    const page = slice.pages[place];
    if (!slice.summed || page === undefined) return;
    if (this.#restarts) this.#restart();
    else this.#sums.subtract(this.#total[place]!, page);
  }

  expired(): void {
    if (!this.#slices.live.some((slice) => slice.summed)) this.#restart();
  }

  changed(slice: Slice, id: number): void {
    if (!slice.summed) return;
    const place = id >>> PAGE_SHIFT;
    const { accumulators, live, pool } = this.#slices;
    const total = (this.#total[place] ??= pool.take());
    const o = (id & PAGE_MASK) * accumulators.stride;
    total.fill(0, o, o + accumulators.stride);
    for (const { summed, pages } of live) {
      const page = pages[place];
      if (summed && page !== undefined && page[o] !== 0) accumulators.merge(total, o, page, o);
    }
  }

  dispose(): void {
    this.#restart();
  }

  #restart(): void {
    this.#slices.pool.giveAll(this.#total);
    for (const slice of this.#slices.live) slice.summed = false;
  }
}

/** Two stacks. */
export class StackCombiner implements SliceCombiner {
  readonly #slices: Slices;
  readonly #sums: PageSums;
  readonly #back: Pages = [];
  readonly #scratch: Page;
  /** Slices that begin before it have suffixes, later ones are in `back`. */
  #turn: number = -Infinity;
  /** The slices of the window at hand. */
  #window: readonly Slice[] = [];
  /** Those of them that come to `back` now. */
  #coming: readonly Slice[] = [];
  #turning = false;
  #end = 0;

  constructor(slices: Slices, sums: PageSums) {
    this.#slices = slices;
    this.#sums = sums;
    this.#scratch = new Float64Array(slices.accumulators.stride * PAGE_KEYS);
  }

  begin(start: number, end: number): number {
    const { live } = this.#slices;
    this.#end = end;
    this.#turning = start >= this.#turn;
    this.#window = live.filter((slice) => slice.start >= start && slice.end <= end);
    const isNew = (slice: Slice): boolean => slice.start >= this.#turn && !slice.summed;
    this.#coming = this.#turning ? [] : this.#window.filter(isNew);
    const pages = this.#window.map((slice) => Math.max(slice.pages.length, slice.suffix.length));
    return Math.max(0, this.#back.length, ...pages);
  }

  page(place: number): Page | undefined {
    const { pool } = this.#slices;
    const { merge } = this.#sums;
    const [oldest] = this.#window;
    if (this.#turning) {
      this.#turnPage(place);
      return oldest?.suffix[place];
    }
    for (const { pages } of this.#coming) {
      const page = pages[place];
      if (page !== undefined) merge((this.#back[place] ??= pool.take()), page);
    }
    const back = this.#back[place];
    const suffix = oldest?.suffix[place];
    if (back === undefined || suffix === undefined) return suffix ?? back;
    this.#scratch.set(suffix);
    merge(this.#scratch, back);
    return this.#scratch;
  }

  heapOf(): undefined {
    return undefined;
  }

  end(): void {
    if (this.#turning) this.#turn = this.#end;
    for (const slice of this.#turning ? this.#window : this.#coming) slice.summed = true;
    this.#window = [];
    this.#coming = [];
  }

  added(slice: Slice): void {
    // The suffixes before it go around it.
    if (slice.start < this.#turn) this.#forget();
  }

  expiring(): void {}

  expired(slice: Slice): void {
    if (slice.summed && slice.start >= this.#turn) this.#forget();
  }

  changed(slice: Slice, id: number): void {
    if (!slice.summed) return;
    const { accumulators, live, pool } = this.#slices;
    const { stride } = accumulators;
    const place = id >>> PAGE_SHIFT;
    const o = (id & PAGE_MASK) * stride;
    const inBack = slice.start >= this.#turn;
    const back = this.#back[place];
    if (inBack) back?.fill(0, o, o + stride);
    /** The suffix that was made last. */
    let later: Page | undefined;
    for (let i = live.length - 1; i >= 0; i--) {
      const { pages, start, suffix, summed } = live[i]!;
      if (!summed || start >= this.#turn !== inBack) continue;
      const page = pages[place];
      const has = page !== undefined && page[o] !== 0;
      if (inBack) {
        if (has) accumulators.merge((this.#back[place] ??= pool.take()), o, page, o);
        continue;
      }
      while (suffix.length < place) suffix.push(undefined);
      const sum = (suffix[place] ??= pool.take());
      for (let k = 0; k < stride; k++) sum[o + k] = later === undefined ? 0 : later[o + k]!;
      if (has) accumulators.merge(sum, o, page, o);
      later = sum;
    }
  }

  dispose(): void {
    this.#forget();
  }

  /** Makes the suffixes of a page anew; `back` is empty then. */
  #turnPage(place: number): void {
    const { pool } = this.#slices;
    const back = this.#back[place];
    if (back !== undefined) {
      pool.give(back);
      this.#back[place] = undefined;
    }
    let later: Page | undefined;
    for (let i = this.#window.length - 1; i >= 0; i--) {
      const { pages, suffix } = this.#window[i]!;
      const page = pages[place];
      while (suffix.length < place) suffix.push(undefined);
      const before = suffix[place];
      if (page === undefined && later === undefined) {
        if (before !== undefined) pool.give(before);
        suffix[place] = undefined;
        continue;
      }
      const sum = before ?? pool.take();
      suffix[place] = sum;
      if (later === undefined) sum.fill(0);
      else sum.set(later);
      if (page !== undefined) this.#sums.merge(sum, page);
      later = sum;
    }
  }

  /** The next window makes everything anew. */
  #forget(): void {
    const { live, pool } = this.#slices;
    this.#turn = -Infinity;
    pool.giveAll(this.#back);
    for (const slice of live) {
      pool.giveAll(slice.suffix);
      slice.summed = false;
    }
  }
}

/** Slices are merged for every window. */
export class MergingCombiner implements SliceCombiner {
  readonly #slices: Slices;
  readonly #sums: PageSums;
  readonly #scratch: Page;
  #window: readonly Slice[] = [];

  constructor(slices: Slices, sums: PageSums) {
    this.#slices = slices;
    this.#sums = sums;
    this.#scratch = new Float64Array(slices.accumulators.stride * PAGE_KEYS);
  }

  begin(start: number, end: number): number {
    this.#window = this.#slices.live.filter((slice) => slice.start >= start && slice.end <= end);
    return Math.max(0, ...this.#window.map(({ pages }) => pages.length));
  }

  page(place: number): Page | undefined {
    let any = false;
    for (const { pages } of this.#window) {
      const page = pages[place];
      if (page === undefined) continue;
      if (!any) this.#scratch.fill(0);
      any = true;
      this.#sums.merge(this.#scratch, page);
    }
    return any ? this.#scratch : undefined;
  }

  heapOf(id: number): readonly unknown[] {
    const { accumulators } = this.#slices;
    const heap = accumulators.createHeap();
    for (const { heaps } of this.#window) {
      const from = heaps[id];
      if (from !== undefined) accumulators.mergeHeap(heap, from);
    }
    return heap;
  }

  end(): void {
    this.#window = [];
  }

  added(): void {}
  expiring(): void {}
  expired(): void {}
  changed(): void {}
  dispose(): void {}
}
