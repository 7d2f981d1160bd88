/** How a source stream gets timestamps and watermarks. */

import { parseDuration } from '../base/index.ts';

/**
 * Timestamps come from `timestampOf`; the watermark trails the largest timestamp seen by `boundMs` + 1 ms.
 * Plain data but for the function.
 */
export interface WatermarkStrategy<T = never> {
  readonly kind: 'boundedOutOfOrderness';
  /** Milliseconds since the epoch of a row. A view is valid only during the call. */
  readonly timestampOf: (row: Readonly<T>) => number;
  /** ≥ 0, integer milliseconds. */
  readonly boundMs: number;
}

/**
 * Watermarks for rows that come at most `bound` out of order.
 *
 * @param bound milliseconds or text such as `'5s'`
 * @throws ERR_BASE_UNIT
 * @example
 * boundedOutOfOrderness((row: { at: number }) => row.at, '5s').boundMs; // 5000
 */
export function boundedOutOfOrderness<T>(
  timestampOf: (row: Readonly<T>) => number,
  bound: number | string,
): WatermarkStrategy<T> {
  return { kind: 'boundedOutOfOrderness', timestampOf, boundMs: Math.round(parseDuration(bound)) };
}

/** Watermarks for rows whose timestamps never decrease: a bound of 0. */
export function monotonousTimestamps<T>(
  timestampOf: (row: Readonly<T>) => number,
): WatermarkStrategy<T> {
  return boundedOutOfOrderness(timestampOf, 0);
}
