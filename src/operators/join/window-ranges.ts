/** Windows of fixed places as ranges of time: pure arithmetic on their ends. */

import { GLOBAL_WINDOW, windowStart } from '../window/assigner.ts';
import type {
  CumulativeAssigner,
  GlobalAssigner,
  SlidingAssigner,
  TumblingAssigner,
} from '../window/assigner.ts';

/** Windows whose places do not depend on rows. */
export type AlignedAssigner =
  | TumblingAssigner
  | SlidingAssigner
  | CumulativeAssigner
  | GlobalAssigner;

/** Start of the window that ends at `end`. */
export function startOfWindow(assigner: AlignedAssigner, end: number): number {
  switch (assigner.kind) {
    case 'tumbling':
    case 'sliding':
      return end - assigner.sizeMs;
    case 'cumulative':
      return windowStart(end - 1, assigner.maxSizeMs, assigner.offsetMs);
    case 'global':
      return GLOBAL_WINDOW.start;
  }
}

/** The first time whose windows do not all end at `end`, where some window ends, or before. */
export function keptFrom(assigner: AlignedAssigner, end: number): number {
  switch (assigner.kind) {
    case 'tumbling':
    case 'global':
      return end;
    case 'sliding':
      return end - assigner.sizeMs + assigner.slideMs;
    case 'cumulative': {
      const start = startOfWindow(assigner, end);
      return end === start + assigner.maxSizeMs ? end : start;
    }
  }
}
