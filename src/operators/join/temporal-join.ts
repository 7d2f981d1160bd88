/**
 * Temporal join: each left row meets the version of its key that was valid at the row's timestamp.
 *
 * The right input is a versioned table: a row is valid from its timestamp until the next row of its key; a delete ends a
 * version without beginning another. (An `updateBefore` says nothing new and is passed over.)
 *
 * Laws (test/operators/join/temporal-join.property.test.ts):
 *  1. A left row is joined when the watermark reached its timestamp t, with the version of the largest timestamp ≤ t, the last
 *     to come if several have it. Rows of a key are joined in the order of their timestamps.
 *  2. Results carry the timestamp and the kind of the left row.
 *  3. Of the versions of a key up to the watermark only the latest is kept; none if that is a delete.
 *  4. Rows that come late are not dropped: a late version takes its place among those that are kept, a late left row is joined
 *     at the next watermark with what is kept by then.
 */

import { NO_TIMESTAMP, RowKind } from '../../record/index.ts';
import { NO_REF } from '../../state/index.ts';
import type { OperatorSnapshot } from '../../state/index.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from '../operator.ts';
import {
  describeResult,
  failJoinResult,
  failNoTimestamp,
  pairFunction,
  resultReads,
} from './join-result.ts';
import type { JoinResult, PairFunction } from './join-result.ts';
import { JoinState } from './join-state.ts';

/** Whether left rows without a version are kept. */
export interface TemporalJoinSpec {
  readonly leftOuter: boolean;
}

/** Namespaces of timers: left rows to join, versions to drop. */
const JOIN = 0;
const DROP = 1;
/** Marks of versions. */
const VALID = 0;
const DELETED = 1;

/**
 * Joins the rows of input 0 with the versions of input 1, both keyed alike.
 *
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, when a row has no timestamp
 * @example
 * temporalJoinTransformation(
 *   { leftOuter: false },
 *   { form: 'function', fn: (order: { sum: number }, rate: { factor: number }) => order.sum * rate.factor },
 * );
 */
export function temporalJoinTransformation(
  spec: TemporalJoinSpec,
  result: JoinResult,
): Transformation {
  const { params, functions } = describeResult(result);
  return {
    kind: 'temporalJoin',
    params: { leftOuter: spec.leftOuter, ...params },
    functions,
    reads: resultReads(result) ?? [],
    keyed: true,
    stateful: true,
    needsWatermarks: true,
    create: (context) => new TemporalJoin(context, spec, pairFunction(result, context)),
  };
}

class TemporalJoin implements Operator {
  readonly #context: OperatorContext;
  readonly #state: JoinState;
  readonly #leftOuter: boolean;
  readonly #fn: PairFunction;
  /** The key whose left rows are being joined, or -1. */
  #joining = -1;
  readonly #onTimer = (id: number, namespace: number, time: number): void => {
    if (namespace === JOIN) this.#joining = id;
    else {
      // Not up to the watermark: left rows of later times may still wait for their timer.
      this.#dropUnreachable(id, time);
      this.#state.keys.settle(id);
    }
  };

  constructor(context: OperatorContext, spec: TemporalJoinSpec, fn: PairFunction) {
    this.#context = context;
    this.#state = new JoinState(context);
    this.#leftOuter = spec.leftOuter;
    this.#fn = fn;
  }

  process(row: unknown, timestamp: number): void {
    const { current } = this.#context;
    if (timestamp === NO_TIMESTAMP) failNoTimestamp(this.#context);
    const { left, timers, keyOfLeft } = this.#state;
    const id = keyOfLeft(row, current.keyHash);
    const ref = left.insert(id, row, timestamp, current.rowKind);
    if (left.first(id) === ref) timers.register(id, JOIN, timestamp);
  }

  process2(row: unknown, timestamp: number): void {
    const { current } = this.#context;
    if (timestamp === NO_TIMESTAMP) failNoTimestamp(this.#context);
    const kind = current.rowKind;
    if (kind === RowKind.updateBefore) return;
    const { right, keys, timers, keyOfRight } = this.#state;
    const id = keyOfRight(row, current.keyHash);
    const deleted = kind === RowKind.delete;
    const ref = right.insert(id, row, timestamp, deleted ? DELETED : VALID);
    const previous = right.previous(ref);
    if (previous !== NO_REF && right.timeOf(previous) === timestamp) right.remove(id, previous);
    if (timestamp <= current.watermark) this.#dropUnreachable(id, current.watermark);
    else if (deleted || right.first(id) !== right.last(id)) timers.register(id, DROP, timestamp);
    keys.settle(id);
  }

  onWatermark(watermark: number): boolean {
    const { timers } = this.#state;
    for (let rows = 0; rows < FINISH_ROWS_MAX;) {
      if (this.#joining >= 0) rows = this.#join(this.#joining, watermark, rows);
      else {
        rows++;
        if (timers.advance(watermark, 1, this.#onTimer) && this.#joining < 0) return true;
      }
    }
    return false;
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

  /** Joins the left rows of a key up to the watermark while `rows` < `FINISH_ROWS_MAX`; gives the new count of rows. */
  #join(id: number, watermark: number, rows: number): number {
    const { left, right, keys, timers } = this.#state;
    let count = rows;
    let ref = left.first(id);
    while (ref !== NO_REF && left.timeOf(ref) <= watermark) {
      if (count === FINISH_ROWS_MAX) return count;
      const time = left.timeOf(ref);
      // Rows come in the order of time: what is unreachable from here on is so for the next row as well.
      this.#dropUnreachable(id, time);
      const version = right.first(id);
      const valid = version !== NO_REF && right.timeOf(version) <= time;
      if (valid && right.markOf(version) === VALID) this.#emit(ref, right.show(version), time);
      else if (this.#leftOuter) this.#emit(ref, undefined, time);
      ref = left.remove(id, ref);
      count++;
    }
    this.#joining = -1;
    this.#dropUnreachable(id, watermark);
    if (ref !== NO_REF) timers.register(id, JOIN, left.timeOf(ref));
    keys.settle(id);
    return count;
  }

  #emit(ref: number, version: unknown, time: number): void {
    const { output } = this.#context;
    const { left } = this.#state;
    const result = this.#fn(left.show(ref), version);
    if (result === undefined || result === null) failJoinResult(this.#context, result);
    const kind = left.markOf(ref) as RowKind;
    if (kind === RowKind.insert) output.emit(result, time);
    else output.emitChange(kind, result, time);
  }

  /** Drops the versions of a key that no row with a timestamp ≥ `time` meets. */
  #dropUnreachable(id: number, time: number): void {
    const { right } = this.#state;
    let ref = right.first(id);
    while (ref !== NO_REF) {
      const next = right.next(ref);
      const replaced = next !== NO_REF && right.timeOf(next) <= time;
      const ended = right.markOf(ref) === DELETED && right.timeOf(ref) <= time;
      if (!replaced && !ended) return;
      ref = right.remove(id, ref);
    }
  }
}
