/** Windows from two stacks; see slice-combiner.ts. */

import type { SliceCombiner } from './slice-combiner.ts';
import type { PageSums } from './slice-kernel.ts';
import { PAGE_KEYS, PAGE_MASK, PAGE_SHIFT } from './slices.ts';
import type { Page, Pages, Slice, Slices } from './slices.ts';

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
