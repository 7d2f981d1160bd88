/** The results of one window of one key, emitted a bounded number at a time. */

import { EngineError } from '../../base/index.ts';
import { NO_REF } from '../../state/index.ts';
import { describeGot } from '../kept-row.ts';
import type { OperatorContext } from '../operator.ts';
import { TimestampedCollector } from '../row-collector.ts';
import { failJoinResult, pairFunction } from './join-result.ts';
import type { PairFunction } from './join-result.ts';
import type { JoinRows } from './join-rows.ts';
import type { JoinState } from './join-state.ts';
import type { CoGroupFunction, WindowJoinResult, WindowJoinSpec } from './window-join-spec.ts';

/**
 * Goes through the pairs of a window. The rows must not change while it is active.
 *
 * Owner: the subtask's worker.
 */
export class WindowFiring {
  /** Whether there is more to emit. */
  active = false;
  id = 0;
  end = 0;
  readonly #context: OperatorContext;
  readonly #state: JoinState;
  readonly #spec: WindowJoinSpec;
  readonly #pair: PairFunction | undefined;
  readonly #group: CoGroupFunction | undefined;
  readonly #out: TimestampedCollector;
  #start = 0;
  /** The pair to emit next, and where the right rows begin. */
  #left: number = NO_REF;
  #right: number = NO_REF;
  #firstRight: number = NO_REF;

  constructor(
    context: OperatorContext,
    state: JoinState,
    spec: WindowJoinSpec,
    result: WindowJoinResult,
  ) {
    this.#context = context;
    this.#state = state;
    this.#spec = spec;
    this.#out = new TimestampedCollector(context.output);
    if (result.form === 'coGroup') {
      this.#pair = undefined;
      this.#group = result.fn as CoGroupFunction;
    } else {
      this.#pair = pairFunction(result, context);
      this.#group = undefined;
    }
  }

  /** Begins with the rows of a key in [start, end). */
  start(id: number, start: number, end: number): void {
    const { left, right } = this.#state;
    this.id = id;
    this.#start = start;
    this.end = end;
    this.#left = firstIn(left, id, start, end);
    this.#right = firstIn(right, id, start, end);
    this.#firstRight = this.#right;
    this.active = true;
  }

  /** Emits at most `max` results; gives how many there were, or pairs that give none. Done when no longer `active`. */
  emit(max: number): number {
    if (this.#group !== undefined) {
      this.active = false;
      if (this.#left === NO_REF && this.#right === NO_REF) return 1;
      this.#callGroup(this.#group);
      return 1;
    }
    const { leftOuter, rightOuter } = this.#spec;
    let rows = 0;
    if (this.#firstRight === NO_REF) {
      while (leftOuter && this.#left !== NO_REF && rows < max) {
        rows++;
        this.#emit(this.#state.left.show(this.#left), undefined);
        this.#left = this.#nextIn(this.#state.left, this.#left);
      }
      this.active = leftOuter && this.#left !== NO_REF;
    } else if (this.#left === NO_REF) {
      while (rightOuter && this.#right !== NO_REF && rows < max) {
        rows++;
        this.#emit(undefined, this.#state.right.show(this.#right));
        this.#right = this.#nextIn(this.#state.right, this.#right);
      }
      this.active = rightOuter && this.#right !== NO_REF;
    } else rows = this.#emitPairs(max);
    return rows;
  }

  #emitPairs(max: number): number {
    const { left, right } = this.#state;
    let rows = 0;
    let l = this.#left;
    let r = this.#right;
    while (rows < max && l !== NO_REF) {
      rows++;
      this.#emit(left.show(l), right.show(r));
      r = this.#nextIn(right, r);
      if (r === NO_REF) {
        r = this.#firstRight;
        l = this.#nextIn(left, l);
      }
    }
    this.#left = l;
    this.#right = r;
    this.active = l !== NO_REF;
    return rows;
  }

  #emit(left: unknown, right: unknown): void {
    const result = this.#pair!(left, right);
    if (result === undefined || result === null) failJoinResult(this.#context, result);
    this.#context.output.emit(result, this.end - 1);
  }

  #callGroup(fn: CoGroupFunction): void {
    const { left, right } = this.#state;
    const { output, operatorName: operator } = this.#context;
    this.#out.timestamp = this.end - 1;
    const lefts = new RowRange(left, this.#left, this.end);
    const rights = new RowRange(right, this.#right, this.end);
    const result = fn(lefts, rights, this.#out, { start: this.#start, end: this.end });
    if (result === undefined || result === null) return;
    if (typeof result !== 'object' || !(Symbol.iterator in result)) {
      throw new EngineError(
        'ERR_OPERATORS_RESULT',
        { operator, expected: 'an iterable of rows or nothing', got: describeGot(result) },
        { place: { operator } },
      );
    }
    for (const row of result) output.emit(row, this.end - 1);
  }

  #nextIn(rows: JoinRows, ref: number): number {
    const next = rows.next(ref);
    return next !== NO_REF && rows.timeOf(next) < this.end ? next : NO_REF;
  }
}

/** The rows of one side of a window; each is valid until the next. */
class RowRange implements Iterable<unknown> {
  readonly #rows: JoinRows;
  readonly #first: number;
  readonly #end: number;

  constructor(rows: JoinRows, first: number, end: number) {
    this.#rows = rows;
    this.#first = first;
    this.#end = end;
  }

  *[Symbol.iterator](): Iterator<unknown> {
    const rows = this.#rows;
    for (let ref = this.#first; ref !== NO_REF; ref = rows.next(ref)) {
      if (rows.timeOf(ref) >= this.#end) return;
      yield rows.show(ref);
    }
  }
}

function firstIn(rows: JoinRows, id: number, start: number, end: number): number {
  let ref = rows.first(id);
  while (ref !== NO_REF && rows.timeOf(ref) < start) ref = rows.next(ref);
  return ref !== NO_REF && rows.timeOf(ref) < end ? ref : NO_REF;
}
