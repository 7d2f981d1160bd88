/**
 * Interval join: pairs of rows of one key whose timestamps lie within an interval of each other.
 *
 * Laws (test/operators/join/interval-join.property.test.ts):
 *  1. The results are the pairs of rows that were not late, with left + lower ≤ right ≤ left + upper; each once, whatever
 *     the order in which rows and watermarks of both inputs come. A result carries the larger timestamp.
 *  2. A row is late when its timestamp is less than the watermark. It joins nothing.
 *  3. A row is dropped when the watermark has passed the last timestamp that it could match. The rows of a key are dropped
 *     together, so that it may stay for as long as the interval, and the disorder among its key's rows, more.
 *
 * Flink drops a row one millisecond earlier, and so loses pairs whose later row has exactly the watermark's timestamp.
 */

import { NO_REF } from '../../state/index.ts';
import { checkInsert } from '../changelog.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from '../operator.ts';
import { LATE_ROWS_DROPPED } from '../window/window-spec.ts';
import { NO_TIMESTAMP, RowKind } from '../../record/index.ts';
import type { OperatorSnapshot } from '../../state/index.ts';
import {
  describeResult,
  failJoinResult,
  failNoTimestamp,
  pairFunction,
  resultReads,
} from './join-result.ts';
import type { JoinResult, PairFunction } from './join-result.ts';
import { JoinState } from './join-state.ts';
import { PairContext, processJoinFunctions } from './process-join.ts';
import type { ProcessJoinFunction } from './process-join.ts';

/** Bounds and side outputs of an interval join. */
export interface IntervalJoinSpec {
  /** left + lower ≤ right ≤ left + upper, in integer milliseconds, both ends inclusive; lower ≤ upper. */
  readonly lowerMs: number;
  readonly upperMs: number;
  /** Side outputs for late rows; undefined: they are counted. */
  readonly lateLeft: string | undefined;
  readonly lateRight: string | undefined;
}

/** What makes the results: one row for each pair, or any number. */
export type IntervalJoinResult =
  | JoinResult
  | { readonly form: 'process'; readonly fn: ProcessJoinFunction };

/**
 * Joins the rows of two inputs keyed alike.
 *
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, when a row has no timestamp
 * @throws ERR_OPERATORS_CHANGELOG at run time, when a row is no insert
 * @example
 * intervalJoinTransformation(
 *   { lowerMs: -5000, upperMs: 10_000, lateLeft: undefined, lateRight: undefined },
 *   { form: 'function', fn: (order: { id: number }, payment: { sum: number }) => ({ ...order, ...payment }) },
 * );
 */
export function intervalJoinTransformation(
  spec: IntervalJoinSpec,
  result: IntervalJoinResult,
): Transformation {
  const { lowerMs, upperMs, lateLeft = null, lateRight = null } = spec;
  const described =
    result.form === 'process'
      ? { params: { select: null }, functions: processJoinFunctions(result.fn) }
      : describeResult(result);
  return {
    kind: 'intervalJoin',
    params: { lowerMs, upperMs, lateLeft, lateRight, ...described.params },
    functions: described.functions,
    reads: readsOf(spec, result),
    keyed: true,
    stateful: true,
    needsWatermarks: true,
    create: (context) => new IntervalJoin(context, spec, result),
  };
}

/** Late rows are passed on whole. */
function readsOf(
  { lateLeft, lateRight }: IntervalJoinSpec,
  result: IntervalJoinResult,
): NonNullable<Transformation['reads']> {
  const [left, right] = (result.form === 'process' ? undefined : resultReads(result)) ?? [];
  return [lateLeft === undefined ? left : undefined, lateRight === undefined ? right : undefined];
}

/** Emits the result of a pair, given the timestamps of both rows. */
type EmitPair = (left: unknown, right: unknown, leftTime: number, rightTime: number) => void;

class IntervalJoin implements Operator {
  readonly #context: OperatorContext;
  readonly #state: JoinState;
  readonly #spec: IntervalJoinSpec;
  readonly #emit: EmitPair;
  /** Clean-up times are multiples of this: rows of a key are dropped together. */
  readonly #granuleMs: number;

  constructor(context: OperatorContext, spec: IntervalJoinSpec, result: IntervalJoinResult) {
    this.#context = context;
    this.#spec = spec;
    this.#state = new JoinState(context);
    this.#emit =
      result.form === 'process'
        ? processPairs(context, result.fn)
        : emitPairs(context, pairFunction(result, context));
    this.#granuleMs = Math.max(1, Math.floor((spec.upperMs - spec.lowerMs) / 8));
  }

  process(row: unknown, timestamp: number): void {
    const context = this.#context;
    if (!this.#accept(row, timestamp, this.#spec.lateLeft)) return;
    const { left, right, keys, keyOfLeft } = this.#state;
    const { lowerMs, upperMs } = this.#spec;
    const id = keyOfLeft(row, context.current.keyHash);
    const until = timestamp + upperMs;
    let ref = right.firstFrom(id, timestamp + lowerMs);
    while (ref !== NO_REF) {
      const time = right.timeOf(ref);
      if (time > until) break;
      this.#emit(row, right.show(ref), timestamp, time);
      ref = right.next(ref);
    }
    if (until >= context.current.watermark) {
      if (until + upperMs - lowerMs < this.#due(id)) this.#arm(id, until);
      left.insert(id, row, timestamp, 0);
    } else keys.settle(id);
  }

  process2(row: unknown, timestamp: number): void {
    const context = this.#context;
    if (!this.#accept(row, timestamp, this.#spec.lateRight)) return;
    const { left, right, keys, keyOfRight } = this.#state;
    const { lowerMs, upperMs } = this.#spec;
    const id = keyOfRight(row, context.current.keyHash);
    const until = timestamp - lowerMs;
    let ref = left.firstFrom(id, timestamp - upperMs);
    while (ref !== NO_REF) {
      const time = left.timeOf(ref);
      if (time > until) break;
      this.#emit(left.show(ref), row, time, timestamp);
      ref = left.next(ref);
    }
    if (until >= context.current.watermark) {
      if (until + upperMs - lowerMs < this.#due(id)) this.#arm(id, until);
      right.insert(id, row, timestamp, 0);
    } else keys.settle(id);
  }

  onWatermark(watermark: number): boolean {
    const { timers } = this.#state;
    return timers.advance(watermark, FINISH_ROWS_MAX, (id) => this.#clean(id, watermark));
  }

  snapshot(): OperatorSnapshot {
    return this.#state.snapshot();
  }

  restore(state: RestoredState): void {
    this.#state.restore(state);
  }

  close(): void {
    this.#state.dispose();
  }

  #accept(row: unknown, timestamp: number, lateTag: string | undefined): boolean {
    const context = this.#context;
    if (context.current.rowKind !== RowKind.insert) checkInsert(context);
    if (timestamp === NO_TIMESTAMP) failNoTimestamp(context);
    if (timestamp >= context.current.watermark) return true;
    if (lateTag === undefined) context.counter(LATE_ROWS_DROPPED).add(1);
    else context.output.emitSide(lateTag, row, timestamp);
    return false;
  }

  /**
   * Lets the key be cleaned after `until`. One timer serves all rows of a key: it is set anew when it fires. A row that can go
   * before them gets one of its own only if it would be kept for long beyond its time.
   */
  #arm(id: number, until: number): void {
    const granule = this.#granuleMs;
    this.#state.timers.register(id, 0, (Math.floor(until / granule) + 1) * granule);
  }

  /** The time after which the first row of a key can go; `Infinity` when it has none. */
  #due(id: number): number {
    const { left, right } = this.#state;
    const { lowerMs, upperMs } = this.#spec;
    const firstLeft = left.first(id);
    const firstRight = right.first(id);
    const untilLeft = firstLeft === NO_REF ? Infinity : left.timeOf(firstLeft) + upperMs;
    const untilRight = firstRight === NO_REF ? Infinity : right.timeOf(firstRight) - lowerMs;
    return untilLeft < untilRight ? untilLeft : untilRight;
  }

  #clean(id: number, watermark: number): void {
    const { left, right, keys } = this.#state;
    const { lowerMs, upperMs } = this.#spec;
    left.dropBefore(id, watermark - upperMs);
    right.dropBefore(id, watermark + lowerMs);
    const due = this.#due(id);
    if (due < Infinity) this.#arm(id, due);
    keys.settle(id);
  }
}

function emitPairs(context: OperatorContext, fn: PairFunction): EmitPair {
  const { output } = context;
  return (left, right, leftTime, rightTime) => {
    const result = fn(left, right);
    if (result === undefined || result === null) failJoinResult(context, result);
    output.emit(result, leftTime > rightTime ? leftTime : rightTime);
  };
}

function processPairs(context: OperatorContext, fn: ProcessJoinFunction): EmitPair {
  const pair = new PairContext(context);
  return (left, right, leftTime, rightTime) => {
    pair.move(leftTime, rightTime);
    fn.processElement(left, right, pair, pair);
  };
}
