/**
 * Which windows a row belongs to: plain data, and the arithmetic on it. Flink's rules.
 *
 * Laws (test/operators/window/assigner.property.test.ts), for a row with timestamp t, also a negative one:
 *  1. Tumbling: one window, start ≤ t < start + size, start ≡ offset (mod size).
 *  2. Sliding: every window of that size that holds t and starts at offset + k · slide; ceil(size / slide) at most, none
 *     when t lies in a gap.
 *  3. Cumulative: windows of one start (that of the tumbling window of the maximal size), of every multiple of the step
 *     that reaches beyond t.
 *  4. Session: [t, t + gap); windows that overlap or touch become one.
 */

import { floorMod } from '../../base/index.ts';
import { END_OF_TIME } from '../../record/index.ts';

/** By which clock windows open and close. */
export type TimeDomain = 'event' | 'processing';

/** Windows of one size, end to end. */
export interface TumblingAssigner {
  readonly kind: 'tumbling';
  readonly time: TimeDomain;
  /** > 0, integer milliseconds, as are all durations here. */
  readonly sizeMs: number;
  /** |offset| < size. */
  readonly offsetMs: number;
}

/** Windows of one size, a new one at every slide. */
export interface SlidingAssigner {
  readonly kind: 'sliding';
  readonly time: TimeDomain;
  readonly sizeMs: number;
  /** Greater than the size: rows between two windows belong to none. */
  readonly slideMs: number;
  /** |offset| < slide. */
  readonly offsetMs: number;
}

/** Windows that grow by a step up to a size, then start again from empty. */
export interface CumulativeAssigner {
  readonly kind: 'cumulative';
  readonly time: TimeDomain;
  /** A multiple of the step. */
  readonly maxSizeMs: number;
  readonly stepMs: number;
  /** |offset| < maximal size. */
  readonly offsetMs: number;
}

/** Windows that end when no row came for the gap. */
export interface SessionAssigner {
  readonly kind: 'session';
  readonly time: TimeDomain;
  /** Milliseconds > 0, or what says so for a row. */
  readonly gap: number | ((row: never) => number);
}

/** One window that never ends; fires by a trigger only. */
export interface GlobalAssigner {
  readonly kind: 'global';
}

/** How rows find their windows. Plain data but for the gap function. */
export type WindowAssigner =
  | TumblingAssigner
  | SlidingAssigner
  | CumulativeAssigner
  | SessionAssigner
  | GlobalAssigner;

/** A window [start, end), in milliseconds since the epoch. Rows of the last one have timestamp `end - 1`. */
export interface TimeWindow {
  readonly start: number;
  readonly end: number;
}

/** One window for all rows. */
export const GLOBAL_WINDOW_ASSIGNER: GlobalAssigner = Object.freeze({ kind: 'global' });

/** The one window of the global assigner; its last timestamp is the largest below the end of time. */
export const GLOBAL_WINDOW: TimeWindow = Object.freeze({
  start: Number.MIN_SAFE_INTEGER,
  end: END_OF_TIME,
});

/** The clock of an assigner; the global window has none: nothing is late for it. */
export function timeOf(assigner: WindowAssigner): TimeDomain | 'none' {
  return assigner.kind === 'global' ? 'none' : assigner.time;
}

/** Largest timestamp of a window. */
export function maxTimestamp(window: TimeWindow): number {
  return window.end - 1;
}

/** Start of the last window that begins at or before `timestamp`, one beginning at every `offset + k · slide`. */
export function windowStart(timestamp: number, slideMs: number, offsetMs: number): number {
  return timestamp - floorMod(timestamp - offsetMs, slideMs);
}

/** Windows of one row, reused from row to row. */
export class WindowList {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  count = 0;

  add(start: number, end: number): void {
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}

/**
 * Puts the windows of a row into `into`, the earliest first. Sessions give the window the row opens.
 *
 * @param timestamp of the row, or the clock in processing time
 * @param gapMs of a session whose gap depends on the row, else ignored
 */
export function assignWindows(
  assigner: WindowAssigner,
  timestamp: number,
  gapMs: number,
  into: WindowList,
): void {
  into.count = 0;
  switch (assigner.kind) {
    case 'tumbling': {
      const start = windowStart(timestamp, assigner.sizeMs, assigner.offsetMs);
      into.add(start, start + assigner.sizeMs);
      return;
    }
    case 'sliding': {
      const { sizeMs, slideMs } = assigner;
      const last = windowStart(timestamp, slideMs, assigner.offsetMs);
      // Earliest first: the largest k with last - k · slide > timestamp - size.
      const before = Math.ceil((sizeMs - (timestamp - last)) / slideMs) - 1;
      for (let k = before; k >= 0; k--) into.add(last - k * slideMs, last - k * slideMs + sizeMs);
      return;
    }
    case 'cumulative': {
      const { maxSizeMs, stepMs } = assigner;
      const start = windowStart(timestamp, maxSizeMs, assigner.offsetMs);
      const first = start + (Math.floor((timestamp - start) / stepMs) + 1) * stepMs;
      for (let end = first; end <= start + maxSizeMs; end += stepMs) into.add(start, end);
      return;
    }
    case 'session':
      into.add(timestamp, timestamp + gapMs);
      return;
    case 'global':
      into.add(GLOBAL_WINDOW.start, GLOBAL_WINDOW.end);
  }
}

/** Whether two sessions are one: they overlap or touch. */
export function touches(a: TimeWindow, b: TimeWindow): boolean {
  return a.start <= b.end && b.start <= a.end;
}
