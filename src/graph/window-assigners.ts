/** The windows a job can name, checked where it names them. Durations are milliseconds or text such as `'5s'`. */

import { GLOBAL_WINDOW_ASSIGNER } from '../operators/index.ts';
import type {
  CumulativeAssigner,
  GlobalAssigner,
  SessionAssigner,
  SlidingAssigner,
  TimeDomain,
  TumblingAssigner,
  WindowAssigner,
} from '../operators/index.ts';
import { argumentError } from './arguments.ts';
import { durationMs } from './durations.ts';
import type { Duration } from './durations.ts';

/** By which clock windows open and close. */
export interface WindowTimeOptions {
  /**
   * Timestamps and watermarks (default), or the clock of the machine. Declared aggregates read the clock every 32 rows, and
   * whenever rows come after a pause.
   */
  readonly time?: TimeDomain;
}

/** Where windows begin. */
export interface WindowOptions extends WindowTimeOptions {
  /**
   * Windows begin at the epoch plus this: `'-8h'` gives days of UTC+8. Negative ones too; smaller than the distance of two
   * windows.
   */
  readonly offset?: Duration;
}

/**
 * Windows of one size, end to end: each row is in one.
 *
 * @throws ERR_GRAPH_ARGUMENT the size is not positive, or the offset as large as the size
 * @example
 * flights.keyBy('origin').window(tumbling('1h')).sum('delay');
 */
export function tumbling(size: Duration, options: WindowOptions = {}): TumblingAssigner {
  const sizeMs = durationMs('tumbling', 'size', size, 1);
  const { time, offsetMs } = checkOptions('tumbling', options, 'size', sizeMs);
  return Object.freeze({ kind: 'tumbling', time, sizeMs, offsetMs });
}

/**
 * Windows of one size, a new one at every slide: each row is in up to size / slide of them, in none when it falls between
 * windows that are further apart than they are long.
 *
 * @throws ERR_GRAPH_ARGUMENT
 * @example
 * bids.keyBy('auction').window(sliding('1m', '1s')).aggregate({ bids: count() });
 */
export function sliding(
  size: Duration,
  slide: Duration,
  options: WindowOptions = {},
): SlidingAssigner {
  const sizeMs = durationMs('sliding', 'size', size, 1);
  const slideMs = durationMs('sliding', 'slide', slide, 1);
  const { time, offsetMs } = checkOptions('sliding', options, 'slide', slideMs);
  return Object.freeze({ kind: 'sliding', time, sizeMs, slideMs, offsetMs });
}

/**
 * Windows that end when no row of the key came for the gap.
 *
 * @param gap a duration, or what gives the gap in milliseconds (integer > 0) for a row
 * @throws ERR_GRAPH_ARGUMENT
 * @example
 * clicks.keyBy('user').window(session('30m')).process(Visit, VisitType);
 */
export function session<T>(
  gap: Duration | ((row: Readonly<T>) => number),
  options: WindowTimeOptions = {},
): SessionAssigner {
  const time = checkTime('session', options);
  const checked =
    typeof gap === 'function'
      ? (gap as (row: never) => number)
      : durationMs('session', 'gap', gap, 1);
  return Object.freeze({ kind: 'session', time, gap: checked });
}

/**
 * Windows that begin together and end a step apart, up to a maximal size: totals since the beginning of a day, say, every
 * ten minutes.
 *
 * @param maxSize a multiple of the step
 * @throws ERR_GRAPH_ARGUMENT
 * @example
 * sales.keyBy('shop').window(cumulative('1d', '10m')).sum('amount');
 */
export function cumulative(
  maxSize: Duration,
  step: Duration,
  options: WindowOptions = {},
): CumulativeAssigner {
  const maxSizeMs = durationMs('cumulative', 'maxSize', maxSize, 1);
  const stepMs = durationMs('cumulative', 'step', step, 1);
  if (maxSizeMs % stepMs !== 0) {
    throw argumentError(
      'cumulative',
      `maxSize to be a multiple of the step (${stepMs} ms)`,
      maxSize,
    );
  }
  const { time, offsetMs } = checkOptions('cumulative', options, 'maxSize', maxSizeMs);
  return Object.freeze({ kind: 'cumulative', time, maxSizeMs, stepMs, offsetMs });
}

/** One window for all rows of a key; it fires only by a trigger. */
export function globalWindow(): GlobalAssigner {
  return GLOBAL_WINDOW_ASSIGNER;
}

const KINDS: ReadonlySet<unknown> = new Set([
  'tumbling',
  'sliding',
  'cumulative',
  'session',
  'global',
] satisfies WindowAssigner['kind'][]);

/** @throws ERR_GRAPH_ARGUMENT when it is no assigner */
export function checkAssigner(assigner: unknown, call: string): asserts assigner is WindowAssigner {
  const kind = (assigner as { readonly kind?: unknown } | null | undefined)?.kind;
  if (!KINDS.has(kind)) throw argumentError(call, "windows such as tumbling('10s')", assigner);
}

/** An assigner in a few words, for messages. */
export function describeAssigner(assigner: WindowAssigner): string {
  if (assigner.kind === 'global') return 'the global window';
  const clock = assigner.time === 'event' ? 'event' : 'processing';
  return `${assigner.kind} windows in ${clock} time`;
}

function checkOptions(
  call: string,
  options: WindowOptions,
  bound: string,
  boundMs: number,
): { readonly time: TimeDomain; readonly offsetMs: number } {
  const time = checkTime(call, options);
  const { offset = 0 } = options;
  const text = String(offset).trim();
  const negative = text.startsWith('-');
  const size = durationMs(call, 'offset', negative ? text.slice(1) : text, 0);
  if (size >= boundMs) {
    throw argumentError(call, `offset to be smaller than ${bound} (${boundMs} ms)`, offset);
  }
  return { time, offsetMs: negative && size > 0 ? -size : size };
}

function checkTime(call: string, options: WindowTimeOptions): TimeDomain {
  if (typeof options !== 'object' || options === null) {
    throw argumentError(call, 'options', options);
  }
  const { time = 'event' } = options;
  if (time === 'event' || time === 'processing') return time;
  throw argumentError(call, "time to be 'event' or 'processing'", time);
}
