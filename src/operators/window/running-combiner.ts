/** Windows from one running total; see slice-combiner.ts. */

import type { SliceCombiner } from './slice-combiner.ts';
import type { PageSums } from './slice-kernel.ts';
import { PAGE_MASK, PAGE_SHIFT } from './slices.ts';
import type { Page, Pages, Slice, Slices } from './slices.ts';

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
