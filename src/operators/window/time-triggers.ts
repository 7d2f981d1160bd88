/** The triggers that fire a window once its time has passed: the defaults of the two clocks, the end of the stream, and none. */

import type { TimeWindow } from './assigner.ts';
import type { Trigger, TriggerContext, TriggerResult } from './trigger.ts';

/** Fires when the watermark passes the end of the window, and again for every late row that is still allowed. */
export const EVENT_TIME_TRIGGER: Trigger = Object.freeze({
  kind: 'eventTime',
  functions: {},
  timers: 'event',
  onElement(_row: unknown, _time: number, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    if (window.end - 1 <= ctx.currentWatermark()) return 'fire';
    ctx.registerEventTimeTimer(window.end - 1);
    return 'continue';
  },
  onEventTime: fireAtEnd,
  onMerge(window: TimeWindow, ctx: TriggerContext): void {
    // A merged window that has passed already fires by the row that merged it.
    if (window.end - 1 > ctx.currentWatermark()) ctx.registerEventTimeTimer(window.end - 1);
  },
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.deleteEventTimeTimer(window.end - 1);
  },
} satisfies Trigger);

/** Fires when the clock passes the end of the window. */
export const PROCESSING_TIME_TRIGGER: Trigger = Object.freeze({
  kind: 'processingTime',
  functions: {},
  timers: 'processing',
  onElement(_row: unknown, _time: number, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    ctx.registerProcessingTimeTimer(window.end - 1);
    return 'continue';
  },
  onProcessingTime(): TriggerResult {
    return 'fire';
  },
  onMerge(window: TimeWindow, ctx: TriggerContext): void {
    if (window.end - 1 > ctx.currentProcessingTime()) {
      ctx.registerProcessingTimeTimer(window.end - 1);
    }
  },
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.deleteProcessingTimeTimer(window.end - 1);
  },
} satisfies Trigger);

/** Fires when the input ends: for the global window, the last timestamp is the end of time. */
export const END_OF_STREAM_TRIGGER: Trigger = Object.freeze({
  kind: 'endOfStream',
  functions: {},
  timers: 'event',
  onElement(_row: unknown, _time: number, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    ctx.registerEventTimeTimer(window.end - 1);
    return 'continue';
  },
  onEventTime: fireAtEnd,
  onMerge(window: TimeWindow, ctx: TriggerContext): void {
    ctx.registerEventTimeTimer(window.end - 1);
  },
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.deleteEventTimeTimer(window.end - 1);
  },
} satisfies Trigger);

/** Never fires: the default of the global window. */
export const NEVER_TRIGGER: Trigger = Object.freeze({
  kind: 'never',
  functions: {},
  timers: 'none',
  onElement(): TriggerResult {
    return 'continue';
  },
  onMerge(): void {},
} satisfies Trigger);

function fireAtEnd(time: number, window: TimeWindow): TriggerResult {
  return time === window.end - 1 ? 'fire' : 'continue';
}
