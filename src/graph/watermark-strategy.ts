/** How a source stream gets timestamps and watermarks. */

import { EngineError } from '../base/index.ts';
import type { WatermarkGenerator } from '../operators/index.ts';
import { argumentError, checkFunction } from './arguments.ts';
import { durationMs } from './durations.ts';
import { callSite, placeOf } from './source-location.ts';

/** Reads the timestamp of a row: integer milliseconds since the epoch. A view is valid only during the call. */
export type TimestampOf<T> = (row: Readonly<T>) => number;

/** A split that gives no row for so long is idle, unless its strategy says otherwise. */
const IDLE_AFTER_MS = 10_000;
const ALIGNMENT_INTERVAL_MS = 1000;

/** Sources that wait for each other: none runs ahead of the slowest by more than the drift. */
export interface WatermarkAlignment {
  readonly group: string;
  /** Milliseconds. */
  readonly maxDriftMs: number;
  /** How often the group's minimum is looked at. */
  readonly updateIntervalMs: number;
}

/**
 * Where timestamps come from, and how watermarks follow from them. Each split of a source has a generator of its own. Frozen;
 * the methods give changed copies.
 */
export class WatermarkStrategy<T = never> {
  readonly kind: 'boundedOutOfOrderness' | 'custom';
  /** undefined: the source's own timestamps. */
  readonly timestampOf: TimestampOf<T> | undefined;
  /** Of `boundedOutOfOrderness`: ≥ 0, integer milliseconds. */
  readonly boundMs: number;
  /** Of `custom`: makes the generator of one split. */
  readonly generator: (() => WatermarkGenerator<Readonly<T>>) | undefined;
  /** A split without rows for so long holds nobody back; null: never. */
  readonly idleAfterMs: number | null;
  readonly alignment: WatermarkAlignment | undefined;

  constructor(
    kind: 'boundedOutOfOrderness' | 'custom',
    timestampOf: TimestampOf<T> | undefined,
    boundMs: number,
    generator: (() => WatermarkGenerator<Readonly<T>>) | undefined,
    idleAfterMs: number | null = IDLE_AFTER_MS,
    alignment?: WatermarkAlignment,
  ) {
    this.kind = kind;
    this.timestampOf = timestampOf;
    this.boundMs = boundMs;
    this.generator = generator;
    this.idleAfterMs = idleAfterMs;
    this.alignment = alignment;
    Object.freeze(this);
  }

  /**
   * A split that gives no row for `timeout` no longer holds the watermark back, until its next row. Time without credit does
   * not count. Default: 10 s.
   *
   * @param timeout milliseconds, text such as `'30s'`, or `'never'`
   * @throws ERR_GRAPH_ARGUMENT
   * @example
   * boundedOutOfOrderness((row: { at: number }) => row.at, '5s').withIdleness('1m').idleAfterMs; // 60000
   */
  withIdleness(timeout: number | string): WatermarkStrategy<T> {
    const idleAfterMs =
      timeout === 'never' ? null : durationMs('withIdleness', 'timeout', timeout, 1);
    return new WatermarkStrategy(
      this.kind,
      this.timestampOf,
      this.boundMs,
      this.generator,
      idleAfterMs,
      this.alignment,
    );
  }

  /**
   * Pauses splits that are ahead of the slowest source of the group by more than `maxDrift`.
   *
   * @throws ERR_GRAPH_ARGUMENT
   * @example
   * monotonousTimestamps((row: { at: number }) => row.at).withWatermarkAlignment('orders', '1m');
   */
  withWatermarkAlignment(
    group: string,
    maxDrift: number | string,
    updateInterval: number | string = ALIGNMENT_INTERVAL_MS,
  ): WatermarkStrategy<T> {
    if (typeof group !== 'string' || group === '') {
      throw argumentError('withWatermarkAlignment', 'the name of a group', group);
    }
    const call = 'withWatermarkAlignment';
    const maxDriftMs = durationMs(call, 'maxDrift', maxDrift, 0);
    const updateIntervalMs = durationMs(call, 'updateInterval', updateInterval, 1);
    return new WatermarkStrategy(
      this.kind,
      this.timestampOf,
      this.boundMs,
      this.generator,
      this.idleAfterMs,
      Object.freeze({ group, maxDriftMs, updateIntervalMs }),
    );
  }
}

/**
 * Watermarks for rows that come at most `bound` out of order: the largest timestamp seen - `bound` - 1 ms.
 *
 * @param timestampOf left out: the source's own timestamps
 * @param bound milliseconds or text such as `'5s'`
 * @throws ERR_GRAPH_ARGUMENT the bound is negative, or no duration
 * @example
 * boundedOutOfOrderness((row: { at: number }) => row.at, '5s').boundMs; // 5000
 */
export function boundedOutOfOrderness<T>(
  timestampOf: TimestampOf<T>,
  bound: number | string,
): WatermarkStrategy<T>;
export function boundedOutOfOrderness<T = never>(bound: number | string): WatermarkStrategy<T>;
export function boundedOutOfOrderness<T>(
  first: TimestampOf<T> | number | string,
  second?: number | string,
): WatermarkStrategy<T> {
  const [timestampOf, bound] =
    typeof first === 'function' ? [first, second ?? 0] : [undefined, first];
  if (second !== undefined) checkFunction(first, 'boundedOutOfOrderness');
  const boundMs = durationMs('boundedOutOfOrderness', 'bound', bound, 0);
  return new WatermarkStrategy<T>('boundedOutOfOrderness', timestampOf, boundMs, undefined);
}

/**
 * Watermarks for rows whose timestamps never decrease within a split: a bound of 0.
 *
 * @param timestampOf left out: the source's own timestamps
 */
export function monotonousTimestamps<T = never>(
  timestampOf?: TimestampOf<T>,
): WatermarkStrategy<T> {
  if (timestampOf !== undefined) checkFunction(timestampOf, 'monotonousTimestamps');
  return new WatermarkStrategy<T>('boundedOutOfOrderness', timestampOf, 0, undefined);
}

/**
 * Watermarks by a generator of one's own, periodic or by row.
 *
 * @param timestampOf undefined: the source's own timestamps
 * @param generator called once for each split
 * @throws ERR_GRAPH_ARGUMENT
 * @example
 * customWatermarks((row: { at: number; last: boolean }) => row.at, () => ({
 *   onEvent: (row, timestamp, output) => {
 *     if (row.last) output.emitWatermark(timestamp);
 *   },
 * }));
 */
export function customWatermarks<T>(
  timestampOf: TimestampOf<T> | undefined,
  generator: () => WatermarkGenerator<Readonly<T>>,
): WatermarkStrategy<T> {
  if (timestampOf !== undefined) checkFunction(timestampOf, 'customWatermarks');
  checkFunction(generator, 'customWatermarks');
  return new WatermarkStrategy<T>('custom', timestampOf, 0, generator);
}

/** @throws ERR_GRAPH_ARGUMENT when it is no strategy */
export function checkWatermarkStrategy(strategy: unknown, call: string): void {
  if (strategy instanceof WatermarkStrategy) return;
  throw argumentError(call, 'a watermark strategy such as boundedOutOfOrderness(…)', strategy);
}

/**
 * @param own whether the rows have timestamps without the strategy
 * @throws ERR_GRAPH_NO_TIMESTAMPS the strategy relies on timestamps that the rows do not have
 */
export function checkTimestampsKnown(
  strategy: WatermarkStrategy<never>,
  own: boolean,
  call: string,
): void {
  if (strategy.timestampOf !== undefined || own) return;
  throw new EngineError('ERR_GRAPH_NO_TIMESTAMPS', { call }, { place: placeOf(callSite()) });
}
