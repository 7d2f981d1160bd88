/**
 * Slices: the pieces of time that windows are put together of, so that a row is folded once however many windows hold it.
 *
 *     size 5, slide 2     windows    [0 ------- 5)
 *                                        [2 ------- 7)
 *                                            [4 ------- 9)
 *                         slices     [0|1|2|3|4|5|6|7|8      one for each piece between starts and ends of windows:
 *                                    [0 1)[1 2)[2 3)[3 4)    two a slide, or one when the slide divides the size
 *
 * Laws (test/operators/window/slicing.property.test.ts), for every timestamp:
 *  1. The slice holds it; every window holds a slice whole or not at all.
 *  2. The windows that hold the slice are those that the assigner gives.
 *
 * Source: Krishnamurthy, Wu, Franklin, "On-the-Fly Sharing for Streamed Aggregation", 2006 (paired windows), which needs
 * fewer slices than pieces of the greatest common divisor.
 */

import { floorMod } from '../../base/index.ts';
import type { CumulativeAssigner, SlidingAssigner, TumblingAssigner } from './assigner.ts';

/** Windows that slices can be put together to. */
export type SliceableAssigner = TumblingAssigner | SlidingAssigner | CumulativeAssigner;

/** The arithmetic of one assigner; all times in integer milliseconds. */
export interface Slicing {
  /** Start of the slice of a timestamp; NaN when it lies in a gap between windows. */
  startOf(timestamp: number): number;
  /** End of the slice that begins there. */
  endOf(start: number): number;
  /** Smallest end, greater than `after`, of a window that holds the slice which begins there; Infinity without one. */
  nextEnd(start: number, after: number): number;
  /** End of the last window that holds the slice which begins there. */
  lastEnd(start: number): number;
  /** Start of the window with this end. */
  windowStart(end: number): number;
  /** Slices of a window at most. */
  readonly slicesPerWindow: number;
}

/** The slices of an assigner. */
export function slicingOf(assigner: SliceableAssigner): Slicing {
  switch (assigner.kind) {
    case 'tumbling':
      return slide(assigner.sizeMs, assigner.sizeMs, assigner.offsetMs);
    case 'sliding':
      return slide(assigner.sizeMs, assigner.slideMs, assigner.offsetMs);
    case 'cumulative':
      return cumulate(assigner);
  }
}

function slide(size: number, every: number, offset: number): Slicing {
  /** Where within a slide a window ends; 0 when that is where others begin. */
  const cut = size < every ? size : size % every;
  const startOf = (timestamp: number): number => {
    const within = floorMod(timestamp - offset, every);
    if (size < every && within >= size) return NaN;
    return timestamp - within + (cut > 0 && within >= cut ? cut : 0);
  };
  const endOf = (start: number): number => {
    const within = floorMod(start - offset, every);
    return start - within + (cut > 0 && within < cut ? cut : every);
  };
  /** The last window that holds a slice is the one that begins last. */
  const lastEnd = (start: number): number => start - floorMod(start - offset, every) + size;
  return {
    startOf,
    endOf,
    lastEnd,
    nextEnd: (start, after) => {
      const from = Math.max(after + 1, endOf(start));
      const end = from + floorMod(offset + size - from, every);
      return end <= lastEnd(start) ? end : Infinity;
    },
    windowStart: (end) => end - size,
    slicesPerWindow: size <= every ? 1 : cut > 0 ? 2 * Math.ceil(size / every) : size / every,
  };
}

function cumulate({ maxSizeMs, stepMs, offsetMs }: CumulativeAssigner): Slicing {
  const first = (time: number): number => time - floorMod(time - offsetMs, maxSizeMs);
  return {
    startOf: (timestamp) => timestamp - floorMod(timestamp - offsetMs, stepMs),
    endOf: (start) => start + stepMs,
    lastEnd: (start) => first(start) + maxSizeMs,
    nextEnd: (start, after) => {
      const from = Math.max(after + 1, start + stepMs);
      const end = from + floorMod(offsetMs - from, stepMs);
      return end <= first(start) + maxSizeMs ? end : Infinity;
    },
    windowStart: (end) => first(end - 1),
    slicesPerWindow: maxSizeMs / stepMs,
  };
}
