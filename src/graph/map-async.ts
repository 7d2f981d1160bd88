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
  const settings = asyncSettings('mapAsync', fn, options);
  const { onTimeout, retry } = options;
  const { onResult, onError } = retry ?? {};
  return asyncTransformation<T, U>(settings, { asyncInvoke: fn, onTimeout, onResult, onError });
}

/** What the options of an asynchronous call say, as plain data. @throws ERR_GRAPH_ARGUMENT */
export function asyncSettings<T, U>(
  call: string,
  fn: unknown,
  options: MapAsyncOptions<T, U>,
): AsyncSettings {
  checkFunction(fn, call);
  if (typeof options !== 'object' || options === null) {
    throw argumentError(call, 'options', options);
  }
  const { ordered = true, capacity = CAPACITY, timeout = TIMEOUT, retry, onTimeout } = options;
  if (typeof ordered !== 'boolean')
    throw argumentError(call, 'ordered to be true or false', ordered);
  const { onResult, onError } = retry ?? {};
  for (const predicate of [onTimeout, onResult, onError]) {
    if (predicate !== undefined) checkFunction(predicate, call);
  }
  return {
    ordered,
    capacity: positive(call, 'capacity', capacity),
    timeoutMs: durationMs(call, 'timeout', timeout, 1),
    retry: retry === undefined ? null : retrySettings(call, retry),
  };
}

function retrySettings(
  call: string,
  { attempts, delay = 0 }: RetryOptions<never>,
): AsyncSettings['retry'] {
  return {
    attempts: positive(call, 'retry.attempts', attempts),
    delay: retryDelay(call, delay),
  };
}

function retryDelay(call: string, delay: NonNullable<RetryOptions['delay']>): RetryDelay {
  if (typeof delay !== 'object' || delay === null) {
    const ms = durationMs(call, 'retry.delay', delay, 0);
    return { initialMs: ms, maxMs: ms, factor: 1 };
  }
  const { factor = 2 } = delay;
  if (!Number.isFinite(factor) || factor < 1) {
    throw argumentError(call, 'retry.delay.factor to be a number of 1 or more', factor);
  }
  const initialMs = durationMs(call, 'retry.delay.initial', delay.initial, 0);
  return { initialMs, maxMs: durationMs(call, 'retry.delay.max', delay.max, initialMs), factor };
}

function positive(call: string, option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw argumentError(call, `${option} to be an integer of 1 or more`, value);
}
