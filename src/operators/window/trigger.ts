/**
 * The contract of a trigger: when a window's function is called, and when what the window holds is dropped.
 *
 * A trigger is one object for all windows; what it must remember about a window it keeps in the window's own trigger state.
 * It is called for every row of a window (after the row was added), for every timer of the window (its own, and the one of
 * the window's clean-up), when windows merge, and when a window is dropped.
 */

import type { Plain } from '../operator.ts';
import type { ValueState } from '../value-state.ts';
import type { TimeWindow } from './assigner.ts';

/** What happens to the window now; `purge` drops its rows, not its trigger state. */
export type TriggerResult = 'continue' | 'fire' | 'purge' | 'fireAndPurge';

/** What a trigger is given, for one key and window; valid only during the call. */
export interface TriggerContext {
  /** Milliseconds since the epoch; `Number.MIN_SAFE_INTEGER` before the first watermark. */
  currentWatermark(): number;
  /** Milliseconds since the epoch. */
  currentProcessingTime(): number;
  /** `onEventTime` is called when the watermark reaches `time`; registering a time twice is once. */
  registerEventTimeTimer(time: number): void;
  /** `onProcessingTime` is called when the clock reaches `time`. */
  registerProcessingTimeTimer(time: number): void;
  deleteEventTimeTimer(time: number): void;
  deleteProcessingTimeTimer(time: number): void;
  /**
   * State of this key, window and trigger; any value that structured clone can copy.
   *
   * @param initial the value where there is none, or a function that makes one
   */
  getState<V>(name: string, initial: V | (() => V)): ValueState<V>;
}

/** What `onMerge` is given: the context of the merged window, and the state of those that were merged into it. */
export interface TriggerMergeContext extends TriggerContext {
  /** Folds the values of the merged windows that have one into the state of the new window. */
  mergeState<V>(name: string, merge: (a: V, b: V) => V): void;
}

/**
 * When windows fire. Users may write their own: `kind` and `params` stand in the plan, the methods' source text is
 * part of the fingerprint.
 */
export interface Trigger<T = unknown> {
  /** `eventTime`, `count`, …; `custom` when a user's trigger says nothing. */
  readonly kind?: string;
  readonly params?: { readonly [key: string]: Plain };
  /** User functions by role; missing: the methods of the trigger itself. */
  readonly functions?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** The clocks whose timers it registers; missing: any. An event-time trigger cannot stand on a processing-time window. */
  readonly timers?: 'event' | 'processing' | 'none';
  /** Whether it reads the rows' timestamps, so that rows without one are an error. */
  readonly needsTimestamps?: boolean;
  /** A trigger this one wraps. */
  readonly nested?: Trigger<T>;
  /** Whether it can be used with sessions; missing means that it can if it has `onMerge`. */
  canMerge?(): boolean;
  /** A row was added. A view is valid only during the call: `keepRow` keeps it. */
  onElement(row: T, timestamp: number, window: TimeWindow, context: TriggerContext): TriggerResult;
  /** The watermark reached a timer of the window. Missing: continue. */
  onEventTime?(time: number, window: TimeWindow, context: TriggerContext): TriggerResult;
  /** The clock reached a timer of the window. Missing: continue. */
  onProcessingTime?(time: number, window: TimeWindow, context: TriggerContext): TriggerResult;
  /** Windows became `window`; timers and state of the merged ones are cleared afterwards. */
  onMerge?(window: TimeWindow, context: TriggerMergeContext): void;
  /** The window is dropped: deletes the timers that are still registered. Its state is dropped by itself. */
  clear?(window: TimeWindow, context: TriggerContext): void;
}

/** Whether a trigger can be used with windows that merge. */
export function canMerge(trigger: Trigger): boolean {
  return trigger.canMerge?.() ?? trigger.onMerge !== undefined;
}
