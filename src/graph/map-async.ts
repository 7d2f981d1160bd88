/** The options of asynchronous I/O, checked and made plain. */

import { asyncTransformation } from '../operators/index.ts';
import type {
  AsyncAnswer,
  AsyncFunction,
  AsyncSettings,
  RetryDelay,
  Transformation,
} from '../operators/index.ts';
import { argumentError, checkFunction } from './arguments.ts';
import { durationMs } from './durations.ts';
import type { Duration } from './durations.ts';

/** Flink's defaults, but for the timeout, which it demands. */
const CAPACITY = 100;
const TIMEOUT: Duration = '3m';
const CALL = 'mapAsync';

/** When and how often a request is tried again. */
export interface RetryOptions<U = unknown> {
  /** Most attempts, the first included; ≥ 1. */
  readonly attempts: number;
  /**
   * Wait between two attempts, default 0: fixed, or growing from `initial` by `factor` (default 2) up to `max`. By the clock of the
   * subtask; the time of a request, `timeout`, goes on.
   */
  readonly delay?:
    | Duration
    | { readonly initial: Duration; readonly max: Duration; readonly factor?: number };
  /** Whether these rows, as an answer, call for another attempt; by default none do. */
  readonly onResult?: (rows: readonly U[]) => boolean;
  /** Whether a failure calls for another attempt; by default every one does. */
  readonly onError?: (error: unknown) => boolean;
}

/** Options of `mapAsync`. */
export interface MapAsyncOptions<T = unknown, U = unknown> {
  /**
   * Whether answers leave in the order of their rows (default), or as they come. Either way none passes a watermark.
   */
  readonly ordered?: boolean;
  /** Most requests per subtask whose answers have not left, default 100; beyond that the stream waits. */
  readonly capacity?: number;
  /** Longest time from the first attempt to the answer, default 3 minutes. */
  readonly timeout?: Duration;
  /** Without it a failure is final. */
  readonly retry?: RetryOptions<U>;
  /** The answer for a row whose time is over, at once; without it that fails the job. */
  readonly onTimeout?: (row: T) => AsyncAnswer<U>;
}

/** @throws ERR_GRAPH_ARGUMENT */
export function mapAsyncTransformation<T, U>(
  fn: AsyncFunction<T, U>,
  options: MapAsyncOptions<T, U>,
): Transformation {
  checkFunction(fn, CALL);
  if (typeof options !== 'object' || options === null) {
    throw argumentError(CALL, 'options', options);
  }
  const { ordered = true, capacity = CAPACITY, timeout = TIMEOUT, retry, onTimeout } = options;
  if (typeof ordered !== 'boolean')
    throw argumentError(CALL, 'ordered to be true or false', ordered);
  const settings: AsyncSettings = {
    ordered,
    capacity: positive('capacity', capacity),
    timeoutMs: durationMs(CALL, 'timeout', timeout, 1),
    retry: retry === undefined ? null : retrySettings(retry),
  };
  const { onResult, onError } = retry ?? {};
  for (const predicate of [onTimeout, onResult, onError]) {
    if (predicate !== undefined) checkFunction(predicate, CALL);
  }
  return asyncTransformation<T, U>(settings, { asyncInvoke: fn, onTimeout, onResult, onError });
}

function retrySettings({ attempts, delay = 0 }: RetryOptions<never>): AsyncSettings['retry'] {
  return { attempts: positive('retry.attempts', attempts), delay: retryDelay(delay) };
}

function retryDelay(delay: NonNullable<RetryOptions['delay']>): RetryDelay {
  if (typeof delay !== 'object' || delay === null) {
    const ms = durationMs(CALL, 'retry.delay', delay, 0);
    return { initialMs: ms, maxMs: ms, factor: 1 };
  }
  const { factor = 2 } = delay;
  if (!Number.isFinite(factor) || factor < 1) {
    throw argumentError(CALL, 'retry.delay.factor to be a number of 1 or more', factor);
  }
  const initialMs = durationMs(CALL, 'retry.delay.initial', delay.initial, 0);
  return { initialMs, maxMs: durationMs(CALL, 'retry.delay.max', delay.max, initialMs), factor };
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw argumentError(CALL, `${option} to be an integer of 1 or more`, value);
}
