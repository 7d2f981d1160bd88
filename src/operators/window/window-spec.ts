/** What a windowed operator is asked to do, but for the fold: the same for the general operator and the sliced ones. */

import { timeOf } from './assigner.ts';
import type { WindowAssigner } from './assigner.ts';
import type { Evictor } from './evictor.ts';
import { EVENT_TIME_TRIGGER, NEVER_TRIGGER, PROCESSING_TIME_TRIGGER } from './time-triggers.ts';
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

/** The trigger of windows for which the job names none. */
export function defaultTrigger(assigner: WindowAssigner): Trigger {
  const time = timeOf(assigner);
  if (time === 'none') return NEVER_TRIGGER;
  return time === 'event' ? EVENT_TIME_TRIGGER : PROCESSING_TIME_TRIGGER;
}
