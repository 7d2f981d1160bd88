/** Gives rows timestamps and the stream watermarks, in the middle of a job. */

import { BoundedWatermarks, checkTimestamp } from './bounded-watermarks.ts';
import type { Operator, OperatorContext, Transformation } from './operator.ts';

/** How timestamps are found and how far out of order rows come. */
export interface TimestampStrategy<T = never> {
  /** Integer milliseconds since the epoch. A view is valid only during the call. */
  readonly timestampOf: (row: T) => number;
  /** ≥ 0, integer milliseconds. */
  readonly boundMs: number;
}

/**
 * Rows with timestamps from `timestampOf`; the watermark is the largest one - `boundMs` - 1. Watermarks from before this
 * operator end here, but for the end of time.
 *
 * @throws ERR_OPERATORS_TIMESTAMP at run time, when a timestamp is not an integer
 * @example
 * timestampsTransformation({ timestampOf: (row: { time: number }) => row.time, boundMs: 5000 });
 */
export function timestampsTransformation<T>(strategy: TimestampStrategy<T>): Transformation {
  const { timestampOf, boundMs } = strategy;
  return {
    kind: 'timestamps',
    params: { boundMs },
    functions: { timestampOf },
    keyed: false,
    create: (context) => timestampsOperator(context, timestampOf, boundMs),
  };
}

function timestampsOperator<T>(
  context: OperatorContext,
  timestampOf: (row: T) => number,
  boundMs: number,
): Operator {
  const { operatorName, output } = context;
  const generator = new BoundedWatermarks(boundMs);
  return {
    ownWatermarks: true,
    process(row) {
      const timestamp = checkTimestamp(timestampOf(row as T), operatorName);
      output.emit(row, timestamp);
      if (generator.observe(timestamp)) output.emitWatermark(generator.watermark);
    },
  };
}
