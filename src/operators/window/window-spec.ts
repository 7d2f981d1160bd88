/** What a windowed operator is asked to do, but for the fold: the same for the general operator and the sliced ones. */

import type { WindowAssigner } from './assigner.ts';
import type { Evictor } from './evictor.ts';
import type { Trigger } from './trigger.ts';

/** Windows, when they fire, and what becomes of late rows. Made and checked by the graph. */
export interface WindowSpec {
  readonly assigner: WindowAssigner;
  /** undefined: the default of the assigner (event time, processing time, never). */
  readonly trigger: Trigger | undefined;
  readonly evictor: Evictor | undefined;
  /** ≥ 0, integer milliseconds; 0 in processing time. */
  readonly allowedLatenessMs: number;
  /** Side output for rows that are late for all their windows; undefined: they are counted in `lateRowsDropped`. */
  readonly lateTag: string | undefined;
  /** False for `windowAll`: all rows are of one key. */
  readonly keyed: boolean;
}

/** Name of the counter of late rows that no side output takes. */
export const LATE_ROWS_DROPPED = 'lateRowsDropped';
