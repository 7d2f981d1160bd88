/** The triggers and evictors a job can name, checked where it names them. */

import {
  continuousEventTimeTriggerOf,
  continuousProcessingTimeTriggerOf,
  countEvictorOf,
  countTriggerOf,
  deltaEvictorOf,
  deltaTriggerOf,
  END_OF_STREAM_TRIGGER,
  EVENT_TIME_TRIGGER,
  NEVER_TRIGGER,
  PROCESSING_TIME_TRIGGER,
  processingTimeoutTriggerOf,
  purgingTriggerOf,
  timeEvictorOf,
} from '../operators/index.ts';
import type {
  DeltaFunction,
  Evictor,
  EvictorOptions,
  TimeoutOptions,
  Trigger,
} from '../operators/index.ts';
import { argumentError, checkFunction } from './arguments.ts';
import { durationMs } from './durations.ts';
import type { Duration } from './durations.ts';

/** Fires when the watermark passes the end of the window, and for every late row that is still allowed: the default. */
export function eventTimeTrigger(): Trigger {
  return EVENT_TIME_TRIGGER;
}

/** Fires when the clock passes the end of the window: the default of processing time. */
export function processingTimeTrigger(): Trigger {
  return PROCESSING_TIME_TRIGGER;
}

/** Fires when the input ends: for the global window over a bounded source. */
export function endOfStreamTrigger(): Trigger {
  return END_OF_STREAM_TRIGGER;
}

/** Never fires: the default of the global window. */
export function neverTrigger(): Trigger {
  return NEVER_TRIGGER;
}

/**
 * Fires whenever the window took in so many rows; what it holds stays.
 *
 * @throws ERR_GRAPH_ARGUMENT the count is no integer ≥ 1
 * @example
 * bids.keyBy('auction').window(globalWindow()).trigger(purgingTrigger(countTrigger(100)));
 */
export function countTrigger(count: number): Trigger {
  return countTriggerOf(checkCount('countTrigger', count, 1));
}

/**
 * Fires at every multiple of the interval that the watermark passes, and at the end of the window: early results of long
 * windows.
 *
 * @throws ERR_GRAPH_ARGUMENT
 */
export function continuousEventTimeTrigger(interval: Duration): Trigger {
  const call = 'continuousEventTimeTrigger';
  return continuousEventTimeTriggerOf(durationMs(call, 'interval', interval, 1));
}

/**
 * Fires at every multiple of the interval by the clock. In an event-time window it does not fire at the window's end.
 *
 * @throws ERR_GRAPH_ARGUMENT
 */
export function continuousProcessingTimeTrigger(interval: Duration): Trigger {
  const call = 'continuousProcessingTimeTrigger';
  return continuousProcessingTimeTriggerOf(durationMs(call, 'interval', interval, 1));
}

/**
 * Fires when a row is further from that of the last firing than the threshold; not for sessions.
 *
 * @throws ERR_GRAPH_ARGUMENT
 * @example
 * cars.keyBy('id').window(globalWindow()).trigger(deltaTrigger(50, (from: Car, to: Car) => to.km - from.km));
 */
export function deltaTrigger<T>(threshold: number, delta: DeltaFunction<Readonly<T>>): Trigger<T> {
  checkFunction(delta, 'deltaTrigger');
  return deltaTriggerOf<T>(checkThreshold('deltaTrigger', threshold), delta);
}

/** Whenever `trigger` fires, the window starts again from empty. @throws ERR_GRAPH_ARGUMENT */
export function purgingTrigger<T>(trigger: Trigger<T>): Trigger<T> {
  checkTrigger(trigger, 'purgingTrigger');
  return purgingTriggerOf(trigger);
}

/**
 * Fires when `trigger` does, and when by the clock the timeout passed after a row; not for sessions.
 *
 * @throws ERR_GRAPH_ARGUMENT
 */
export function processingTimeoutTrigger<T>(
  trigger: Trigger<T>,
  timeout: Duration,
  options: TimeoutOptions = {},
): Trigger<T> {
  const call = 'processingTimeoutTrigger';
  checkTrigger(trigger, call);
  return processingTimeoutTriggerOf(trigger, durationMs(call, 'timeout', timeout, 1), options);
}

/** Keeps the last `count` rows of the window. @throws ERR_GRAPH_ARGUMENT the count is no integer ≥ 0 */
export function countEvictor<T>(count: number, options: EvictorOptions = {}): Evictor<T> {
  return countEvictorOf<T>(checkCount('countEvictor', count, 0), options);
}

/** Keeps rows that are younger than `keep`, measured from the newest timestamp. @throws ERR_GRAPH_ARGUMENT */
export function timeEvictor<T>(keep: Duration, options: EvictorOptions = {}): Evictor<T> {
  return timeEvictorOf<T>(durationMs('timeEvictor', 'keep', keep, 1), options);
}

/** Keeps rows whose difference from the window's last row is below the threshold. @throws ERR_GRAPH_ARGUMENT */
export function deltaEvictor<T>(
  threshold: number,
  delta: DeltaFunction<Readonly<T>>,
  options: EvictorOptions = {},
): Evictor<T> {
  checkFunction(delta, 'deltaEvictor');
  return deltaEvictorOf<T>(checkThreshold('deltaEvictor', threshold), delta, options);
}

/** @throws ERR_GRAPH_ARGUMENT when it is no trigger */
export function checkTrigger(trigger: unknown, call: string): void {
  const { onElement } = (trigger ?? {}) as { readonly onElement?: unknown };
  if (typeof onElement === 'function') return;
  throw argumentError(call, 'a trigger such as countTrigger(100), with onElement', trigger);
}

/** @throws ERR_GRAPH_ARGUMENT when it is no evictor */
export function checkEvictor(evictor: unknown, call: string): void {
  const { evictBefore, evictAfter } = (evictor ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof evictBefore === 'function' || typeof evictAfter === 'function') return;
  throw argumentError(call, 'an evictor, with evictBefore or evictAfter', evictor);
}

/** @throws ERR_GRAPH_ARGUMENT unless it is an integer of `least` or more */
export function checkCount(call: string, count: number, least: number): number {
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw argumentError(call, `an integer of ${least} or more`, count);
}

function checkThreshold(call: string, threshold: number): number {
  if (typeof threshold === 'number' && !Number.isNaN(threshold)) return threshold;
  throw argumentError(call, 'a number as threshold', threshold);
}
