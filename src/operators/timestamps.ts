/** Gives rows timestamps and the stream watermarks, in the middle of a job. */

import { NO_TIMESTAMP } from '../record/index.ts';
import { BoundedWatermarks, checkTimestamp } from './bounded-watermarks.ts';
import { emitAsIs } from './changelog.ts';
import type { Operator, OperatorContext, Transformation } from './operator.ts';
import { CustomWatermarks } from './watermark-generator.ts';
import type { SplitWatermarks, WatermarkGenerator } from './watermark-generator.ts';

/** How timestamps are found and what watermarks follow from them; the part of a `WatermarkStrategy` that is used here. */
export interface TimestampStrategy<T = never> {
  /** Integer milliseconds since the epoch; undefined keeps the timestamps that rows have. A view is valid only during the call. */
  readonly timestampOf: ((row: T) => number) | undefined;
  /** ≥ 0, integer milliseconds; not used with a generator. */
  readonly boundMs: number;
  readonly generator?: (() => WatermarkGenerator<T>) | undefined;
  /** Without rows for so long the stream counts as idle; null: never. */
  readonly idleAfterMs?: number | null;
}

/** A user's generator is asked at least so often. */
export const PERIODIC_MS = 200;

/**
 * Rows with timestamps from `timestampOf`; watermarks by bound or generator. Watermarks and idleness from before this operator
 * end here, but for the end of time.
 *
 * @throws ERR_OPERATORS_TIMESTAMP at run time, when a timestamp is not an integer
 * @example
 * timestampsTransformation({ timestampOf: (row: { time: number }) => row.time, boundMs: 5000 });
 */
export function timestampsTransformation<T>(strategy: TimestampStrategy<T>): Transformation {
  const { timestampOf, boundMs, generator, idleAfterMs } = strategy;
  return {
    kind: 'timestamps',
    params: { boundMs, idleAfterMs: idleAfterMs ?? null },
    functions: { ...(timestampOf && { timestampOf }), ...(generator && { generator }) },
    keyed: false,
    changelog: 'keeps',
    create: (context) => new TimestampsOperator(context, strategy as TimestampStrategy<unknown>),
  };
}

/** The watermarks of one input under a strategy. */
export function splitWatermarks(
  strategy: Pick<TimestampStrategy<unknown>, 'boundMs' | 'generator'>,
  operatorName: string,
): SplitWatermarks {
  if (strategy.generator === undefined) return new BoundedWatermarks(strategy.boundMs);
  return new CustomWatermarks(strategy.generator(), operatorName);
}

class TimestampsOperator implements Operator {
  readonly ownWatermarks = true;
  readonly process: (row: unknown, timestamp: number) => void;
  readonly #context: OperatorContext;
  readonly #watermarks: SplitWatermarks;
  readonly #periodic: boolean;
  readonly #idleAfterMs: number;
  /** Processing time of the last look at the clock, rows since then, and what was said downstream. */
  #lookedMs = 0;
  #rows = 0;
  #activeMs = 0;
  #idle = false;

  constructor(context: OperatorContext, strategy: TimestampStrategy<unknown>) {
    const { operatorName, output } = context;
    const watermarks = splitWatermarks(strategy, operatorName);
    const { timestampOf } = strategy;
    // In batch mode nothing comes before the end of time.
    const streaming = context.executionMode === 'streaming';
    this.#context = context;
    this.#watermarks = watermarks;
    this.#periodic = streaming && strategy.generator !== undefined;
    this.#idleAfterMs = streaming ? (strategy.idleAfterMs ?? Infinity) : Infinity;
    this.#activeMs = context.nowMs();
    this.#lookedMs = this.#activeMs;
    this.process = (row, timestamp) => {
      const at = checkTimestamp(
        timestampOf === undefined ? timestamp : timestampOf(row),
        operatorName,
      );
      if (at === NO_TIMESTAMP) checkTimestamp(NaN, operatorName);
      this.#rows++;
      if (this.#idle) this.#say(false);
      emitAsIs(context, row, at);
      if (watermarks.observe(at, row) && streaming) output.emitWatermark(watermarks.watermark);
    };
  }

  processingTimeDue(): number {
    const periodic = this.#periodic ? this.#lookedMs + PERIODIC_MS : Infinity;
    return this.#idle ? periodic : Math.min(periodic, this.#activeMs + this.#idleAfterMs);
  }

  onProcessingTime(nowMs: number): void {
    this.#lookedMs = nowMs;
    if (this.#rows > 0) {
      this.#rows = 0;
      this.#activeMs = nowMs;
    }
    if (this.#periodic && this.#watermarks.periodic()) {
      this.#context.output.emitWatermark(this.#watermarks.watermark);
    }
    const idle = this.#watermarks.idle || nowMs - this.#activeMs >= this.#idleAfterMs;
    if (idle !== this.#idle) this.#say(idle);
  }

  #say(idle: boolean): void {
    this.#idle = idle;
    this.#context.output.emitStatus(idle);
  }
}
