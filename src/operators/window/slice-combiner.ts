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
import { PAGE_KEYS } from './slices.ts';
import type { Page, Slice, Slices } from './slices.ts';

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
