/**
 * Fire a window at every multiple of an interval, by either clock, for early results of windows that are long.
 *
 * The global window has no last multiple: at the end of time it fires once, with all it holds.
 */

import { floorMod } from '../../base/index.ts';
import { END_OF_TIME } from '../../record/index.ts';
import { GLOBAL_WINDOW } from './assigner.ts';
import type { TimeWindow } from './assigner.ts';
import type { Trigger, TriggerContext, TriggerMergeContext, TriggerResult } from './trigger.ts';

/** State: the timer that is registered next; 0 where there is none is told from a time by `NONE`. */
const NEXT = 'next';
const NONE: null = null;

/** By the watermark, and as the event-time trigger when the window's end has passed. @param intervalMs integer ≥ 1 */
export function continuousEventTimeTriggerOf(intervalMs: number): Trigger {
  const schedule = (from: number, window: TimeWindow, ctx: TriggerContext): void => {
    const next = ended(window, ctx.currentWatermark())
      ? window.end - 1
      : Math.min(from + intervalMs, window.end - 1);
    ctx.getState<number | null>(NEXT, NONE).update(next);
    ctx.registerEventTimeTimer(next);
  };
  return Object.freeze({
    kind: 'continuousEventTime',
    params: { intervalMs },
    functions: {},
    timers: 'event',
    needsTimestamps: true,
    onElement(_row: unknown, time: number, window: TimeWindow, ctx: TriggerContext) {
      if (window.end - 1 <= ctx.currentWatermark()) return 'fire' as TriggerResult;
      ctx.registerEventTimeTimer(window.end - 1);
      if (ctx.getState<number | null>(NEXT, NONE).value() === NONE) {
        schedule(time - floorMod(time, intervalMs), window, ctx);
      }
      return 'continue';
    },
    onEventTime(time: number, window: TimeWindow, ctx: TriggerContext) {
      if (time === window.end - 1) return 'fire' as TriggerResult;
      if (ctx.getState<number | null>(NEXT, NONE).value() !== time) return 'continue';
      schedule(time, window, ctx);
      return ended(window, ctx.currentWatermark()) ? 'continue' : 'fire';
    },
    onMerge(window: TimeWindow, ctx: TriggerMergeContext): void {
      ctx.mergeState<number>(NEXT, Math.min);
      // A merged window that has passed already fires by the row that merged it.
      if (window.end - 1 <= ctx.currentWatermark()) return;
      const next = ctx.getState<number | null>(NEXT, NONE).value();
      if (next !== NONE) ctx.registerEventTimeTimer(next);
    },
    clear(_window: TimeWindow, ctx: TriggerContext): void {
      const next = ctx.getState<number | null>(NEXT, NONE).value();
      if (next !== NONE) ctx.deleteEventTimeTimer(next);
      ctx.getState<number | null>(NEXT, NONE).clear();
    },
  } satisfies Trigger);
}

/** By the clock of the machine. @param intervalMs integer ≥ 1 */
export function continuousProcessingTimeTriggerOf(intervalMs: number): Trigger {
  const schedule = (from: number, window: TimeWindow, ctx: TriggerContext): void => {
    const next = Math.min(from + intervalMs, window.end - 1);
    ctx.getState<number | null>(NEXT, NONE).update(next);
    ctx.registerProcessingTimeTimer(next);
  };
  return Object.freeze({
    kind: 'continuousProcessingTime',
    params: { intervalMs },
    functions: {},
    timers: 'processing',
    onElement(_row: unknown, _time: number, window: TimeWindow, ctx: TriggerContext) {
      const now = ctx.currentProcessingTime();
      if (ctx.getState<number | null>(NEXT, NONE).value() === NONE) {
        schedule(now - floorMod(now, intervalMs), window, ctx);
      }
      return 'continue' as TriggerResult;
    },
    onProcessingTime(time: number, window: TimeWindow, ctx: TriggerContext) {
      if (ctx.getState<number | null>(NEXT, NONE).value() !== time) {
        return 'continue' as TriggerResult;
      }
      if (!ended(window, ctx.currentProcessingTime())) schedule(time, window, ctx);
      return 'fire';
    },
    onMerge(_window: TimeWindow, ctx: TriggerMergeContext): void {
      ctx.mergeState<number>(NEXT, Math.min);
      const next = ctx.getState<number | null>(NEXT, NONE).value();
      if (next !== NONE) ctx.registerProcessingTimeTimer(next);
    },
    clear(_window: TimeWindow, ctx: TriggerContext): void {
      const next = ctx.getState<number | null>(NEXT, NONE).value();
      if (next !== NONE) ctx.deleteProcessingTimeTimer(next);
      ctx.getState<number | null>(NEXT, NONE).clear();
    },
  } satisfies Trigger);
}

/** Whether there would be no end of firings. */
function ended(window: TimeWindow, clock: number): boolean {
  return clock === END_OF_TIME && window.end === GLOBAL_WINDOW.end;
}
