/** Triggers around others: one that also drops what the window held, one that fires when rows are waited for in vain. */

import type { TimeWindow } from './assigner.ts';
import { canMerge } from './trigger.ts';
import type { Trigger, TriggerContext, TriggerMergeContext, TriggerResult } from './trigger.ts';

/** Whenever `nested` fires, the window starts again from empty. */
export function purgingTriggerOf<T>(nested: Trigger<T>): Trigger<T> {
  return Object.freeze({
    kind: 'purging',
    functions: {},
    ...timersOf(nested),
    nested,
    canMerge: () => canMerge(nested),
    onElement(row: T, timestamp: number, window: TimeWindow, ctx: TriggerContext) {
      return purged(nested.onElement(row, timestamp, window, ctx));
    },
    onEventTime(time: number, window: TimeWindow, ctx: TriggerContext) {
      return purged(nested.onEventTime?.(time, window, ctx) ?? 'continue');
    },
    onProcessingTime(time: number, window: TimeWindow, ctx: TriggerContext) {
      return purged(nested.onProcessingTime?.(time, window, ctx) ?? 'continue');
    },
    onMerge(window: TimeWindow, ctx: TriggerMergeContext): void {
      nested.onMerge?.(window, ctx);
    },
    clear(window: TimeWindow, ctx: TriggerContext): void {
      nested.clear?.(window, ctx);
    },
  } satisfies Trigger<T>);
}

/** How a processing-time-out trigger waits. */
export interface TimeoutOptions {
  /** Every row starts the wait anew (default); otherwise it runs from the first row after a firing. */
  readonly resetOnElement?: boolean;
  /** The nested trigger forgets its state and timers when the time is out (default). */
  readonly clearOnTimeout?: boolean;
}

const DEADLINE = 'timeout';
const NONE: null = null;

/**
 * Fires when `nested` does, and when the clock has passed `timeoutMs` since a row came. Cannot be used with sessions.
 *
 * @param timeoutMs integer ≥ 1
 */
export function processingTimeoutTriggerOf<T>(
  nested: Trigger<T>,
  timeoutMs: number,
  { resetOnElement = true, clearOnTimeout = true }: TimeoutOptions = {},
): Trigger<T> {
  const clear = (window: TimeWindow, ctx: TriggerContext): void => {
    const state = ctx.getState<number | null>(DEADLINE, NONE);
    const deadline = state.value();
    if (deadline !== NONE) {
      ctx.deleteProcessingTimeTimer(deadline);
      state.clear();
    }
    nested.clear?.(window, ctx);
  };
  const onTime = (result: TriggerResult, window: TimeWindow, ctx: TriggerContext) => {
    if (clearOnTimeout) clear(window, ctx);
    return purges(result) ? 'fireAndPurge' : ('fire' as TriggerResult);
  };
  return Object.freeze({
    kind: 'processingTimeout',
    params: { timeoutMs, resetOnElement, clearOnTimeout },
    functions: {},
    ...(nested.timers === 'none' ? { timers: 'processing' as const } : {}),
    ...(nested.needsTimestamps === true ? { needsTimestamps: true } : {}),
    nested,
    canMerge: () => false,
    onElement(row: T, timestamp: number, window: TimeWindow, ctx: TriggerContext) {
      const result = nested.onElement(row, timestamp, window, ctx);
      if (fires(result)) {
        clear(window, ctx);
        return result;
      }
      const state = ctx.getState<number | null>(DEADLINE, NONE);
      let deadline = state.value();
      if (deadline !== NONE && resetOnElement) {
        ctx.deleteProcessingTimeTimer(deadline);
        deadline = NONE;
      }
      if (deadline === NONE) {
        const next = ctx.currentProcessingTime() + timeoutMs;
        state.update(next);
        ctx.registerProcessingTimeTimer(next);
      }
      return result;
    },
    onEventTime(time: number, window: TimeWindow, ctx: TriggerContext) {
      return onTime(nested.onEventTime?.(time, window, ctx) ?? 'continue', window, ctx);
    },
    onProcessingTime(time: number, window: TimeWindow, ctx: TriggerContext) {
      return onTime(nested.onProcessingTime?.(time, window, ctx) ?? 'continue', window, ctx);
    },
    clear,
  } satisfies Trigger<T>);
}

/** Whether the window's function is called. */
export function fires(result: TriggerResult): boolean {
  return result === 'fire' || result === 'fireAndPurge';
}

/** Whether the window's rows are dropped. */
export function purges(result: TriggerResult): boolean {
  return result === 'purge' || result === 'fireAndPurge';
}

function purged(result: TriggerResult): TriggerResult {
  return result === 'fire' ? 'fireAndPurge' : result;
}

/** What a wrapper takes over from the trigger it wraps. */
function timersOf(nested: Trigger<never>): Pick<Trigger, 'timers' | 'needsTimestamps'> {
  const { timers, needsTimestamps } = nested;
  return {
    ...(timers === undefined ? {} : { timers }),
    ...(needsTimestamps === undefined ? {} : { needsTimestamps }),
  };
}
