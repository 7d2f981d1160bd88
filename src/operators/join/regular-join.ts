/**
 * Regular join: the rows of two inputs that have the same key, kept up to date as rows come and go.
 *
 * What each input describes is a table: inserts add rows, deletes take equal ones away. What comes out is the changelog of
 * the joined table. An outer side's row without a match is there with nothing beside it, and is deleted when its first
 * match comes, and inserted again when its last match goes.
 *
 * Laws (test/operators/join/regular-join.property.test.ts):
 *  1. Folding the results up to any point gives the join of the tables that the rows so far describe.
 *  2. Inner joins pass on the kind of the row that came; outer joins emit inserts and deletes. A result carries the timestamp
 *     of the row that caused it.
 *  3. With a time to live, a row that came `ttlMs` ago or earlier joins nothing more. Nothing is emitted when it expires.
 *  4. In batch mode the joined table is emitted once, as inserts, when the input ends; no row expires.
 *  5. With a unique side the results are the same. Once its row of a key is there, rows of the other side meet it when they
 *     come and are not kept: no other can ever match them.
 *  6. A row that fails comparisons of its own side's fields has no match and is not kept; of a unique side, its key is.
 */

import { EngineError } from '../../base/index.ts';
import { NO_TIMESTAMP, RowKind } from '../../record/index.ts';
import { NO_REF } from '../../state/index.ts';
import type { OperatorSnapshot, TimerService } from '../../state/index.ts';
import { failChangelog } from '../changelog.ts';
import { describeGot } from '../kept-row.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from '../operator.ts';
import { describeResult, failJoinResult, failNoTimestamp, pairFunction } from './join-result.ts';
import type { JoinResult, PairFunction } from './join-result.ts';
import { JoinState } from './join-state.ts';
import type { JoinRows } from './join-rows.ts';
import { compileWhere, describeWhere } from './join-where.ts';
import type { JoinTests, JoinWhere } from './join-where.ts';
import { emptyRow, readsOf, unboundedState } from './regular-join-spec.ts';
import type { RegularJoinSpec } from './regular-join-spec.ts';
import { TablePairs } from './table-pairs.ts';

/**
 * Joins the rows of two inputs keyed alike.
 *
 * @param where what a pair must fulfil besides the key
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, with a time to live in event time, when a row has no timestamp
 * @throws ERR_OPERATORS_JOIN_UNIQUE, ERR_OPERATORS_CHANGELOG at run time, when the unique side does not hold what it says
 * @example
 * regularJoinTransformation(
 *   { leftOuter: true, rightOuter: false, ttlMs: 3_600_000, ttlTime: 'processing' },
 *   { form: 'function', fn: (person: { name: string }, auction?: { id: number }) => ({ name: person.name, id: auction?.id }) },
 * );
 */
export function regularJoinTransformation(
  spec: RegularJoinSpec,
  result: JoinResult,
  where?: JoinWhere,
): Transformation {
  const { leftOuter, rightOuter, ttlMs = null, ttlTime, unique } = spec;
  const { params, functions } = describeResult(result);
  const condition = describeWhere(where);
  return {
    kind: 'join',
    params: {
      leftOuter,
      rightOuter,
      ttlMs,
      ttlTime,
      ...(unique === undefined ? {} : { unique }),
      ...condition.params,
      ...params,
    },
    functions: { ...functions, ...condition.functions },
    reads: readsOf(spec, result, where) ?? [],
    keyed: true,
    stateful: true,
    // Rows of an outer join are taken back when their first match comes.
    changelog: leftOuter || rightOuter ? 'makes' : 'keeps',
    needsWatermarks: ttlMs !== null && ttlTime === 'event',
    ...(ttlMs === null ? { unboundedState: unboundedState(unique) } : {}),
    create: (context) =>
      new RegularJoin(context, spec, pairFunction(result, context), compileWhere(where)),
  };
}

/** Mark of the row of a unique side that nothing matches. */
const ALONE = -1;

class RegularJoin implements Operator {
  readonly #context: OperatorContext;
  readonly #state: JoinState;
  readonly #spec: RegularJoinSpec;
  readonly #fn: PairFunction;
  readonly #tests: JoinTests;
  readonly #where: JoinTests['pair'];
  readonly #batch: boolean;
  readonly #inner: boolean;
  /** The side of which a key has one row at most; undefined in batch mode, which joins whole tables. */
  readonly #unique: 'left' | 'right' | undefined;
  /** undefined: rows do not expire. */
  readonly #ttlMs: number | undefined;
  /** Timers of the domain in which rows expire. */
  readonly #timers: TimerService;
  /** What is kept of a unique row that nothing matches: a row that says nothing. */
  #nothing: unknown = undefined;
  /** Results of batch mode, once the input ended. */
  #table: TablePairs | undefined = undefined;

  constructor(context: OperatorContext, spec: RegularJoinSpec, fn: PairFunction, tests: JoinTests) {
    this.#context = context;
    this.#spec = spec;
    this.#fn = fn;
    this.#state = new JoinState(context);
    this.#batch = context.executionMode === 'batch';
    // Batch mode keeps all rows, and tests them when it pairs them.
    this.#tests = this.#batch ? { ...tests, left: undefined, right: undefined } : tests;
    this.#where = tests.pair;
    this.#inner = !spec.leftOuter && !spec.rightOuter;
    this.#unique = this.#batch ? undefined : spec.unique;
    this.#ttlMs = this.#batch ? undefined : spec.ttlMs;
    this.#timers = spec.ttlTime === 'event' ? this.#state.timers : this.#state.clockTimers();
  }

  process(row: unknown, timestamp: number): void {
    const { left, right, keyOfLeft } = this.#state;
    const { leftOuter, rightOuter } = this.#spec;
    const id = keyOfLeft(row, this.#context.current.keyHash);
    this.#take(id, row, timestamp, left, right, leftOuter, rightOuter, true);
  }

  process2(row: unknown, timestamp: number): void {
    const { left, right, keyOfRight } = this.#state;
    const { leftOuter, rightOuter } = this.#spec;
    const id = keyOfRight(row, this.#context.current.keyHash);
    this.#take(id, row, timestamp, right, left, rightOuter, leftOuter, false);
  }

  onWatermark(watermark: number): boolean {
    if (this.#batch || this.#spec.ttlTime !== 'event') return true;
    return this.#expire(watermark);
  }

  processingTimeDue(): number {
    return this.#spec.ttlTime === 'processing' ? this.#timers.next : Infinity;
  }

  onProcessingTime(nowMs: number): boolean {
    return this.#expire(nowMs);
  }

  finish(): boolean {
    if (!this.#batch) return true;
    this.#table ??= new TablePairs(this.#state, this.#spec, this.#where);
    return this.#table.next(FINISH_ROWS_MAX, (left, right, timestamp) => {
      this.#context.output.emit(this.#result(left, right), timestamp);
    });
  }

  snapshot(): OperatorSnapshot {
    return this.#state.snapshot();
  }

  restore(state: RestoredState): void {
    this.#state.restore(state);
    const { left, right, keys } = this.#state;
    if (this.#unique === undefined) return;
    // A job that did not know of the unique side has kept rows that cannot match any more.
    const [one, many] = this.#unique === 'left' ? [left, right] : [right, left];
    for (const id of keys.ids()) if (one.has(id)) many.dropBefore(id, Infinity);
  }

  close(): void {
    this.#state.dispose();
  }

  #take(
    id: number,
    row: unknown,
    timestamp: number,
    mine: JoinRows,
    others: JoinRows,
    mineOuter: boolean,
    othersOuter: boolean,
    isLeft: boolean,
  ): void {
    const { current } = this.#context;
    const kind = current.rowKind;
    const adds = kind === RowKind.insert || kind === RowKind.updateAfter;
    const where = this.#where;
    const counts = othersOuter || mineOuter;
    const arrived = this.#arrival(timestamp);
    const ttlMs = this.#ttlMs;
    if (ttlMs !== undefined) {
      const alive = this.#now() - ttlMs + 1;
      mine.dropBefore(id, alive);
      others.dropBefore(id, alive);
    }
    const unique = this.#unique;
    const one = unique !== undefined && (unique === 'left') === isLeft;
    if (one) this.#checkUnique(id, mine);
    // The one row that can match is there: nothing that comes later meets this one.
    const first = others.first(id);
    const settled = unique !== undefined && !one && first !== NO_REF;
    const test = isLeft ? this.#tests.left : this.#tests.right;
    const alone = (test !== undefined && !test(row)) || (settled && others.markOf(first) === ALONE);
    let matches = 0;
    if (counts || !this.#batch) {
      for (let ref = alone ? NO_REF : first; ref !== NO_REF; ref = others.next(ref)) {
        const other = others.show(ref);
        if (where !== undefined && !(isLeft ? where(row, other) : where(other, row))) continue;
        matches++;
        if (othersOuter) this.#recount(others, ref, other, adds, isLeft, timestamp);
        const pairKind = this.#inner ? kind : adds ? RowKind.insert : RowKind.delete;
        if (isLeft) this.#emit(pairKind, row, other, timestamp);
        else this.#emit(pairKind, other, row, timestamp);
        if (othersOuter && !adds) this.#revive(others, ref, other, isLeft, timestamp);
      }
      if (mineOuter && matches === 0) {
        const padded = adds ? RowKind.insert : RowKind.delete;
        if (isLeft) this.#emit(padded, row, undefined, timestamp);
        else this.#emit(padded, undefined, row, timestamp);
      }
    }
    if (one && first !== NO_REF) others.dropBefore(id, Infinity);
    if (adds) {
      if (one && alone)
        this.#keep(id, (this.#nothing ??= emptyRow(this.#context, isLeft)), arrived, mine, ALONE);
      else if (!settled && !alone) this.#keep(id, row, arrived, mine, matches);
    } else if (!settled && !alone) {
      const ref = mine.findEqual(id, row);
      if (ref !== NO_REF) mine.remove(id, ref);
    }
    this.#state.keys.settle(id);
  }

  /** @throws ERR_OPERATORS_JOIN_UNIQUE, ERR_OPERATORS_CHANGELOG */
  #checkUnique(id: number, mine: JoinRows): void {
    const context = this.#context;
    const side = this.#unique!;
    if (context.current.rowKind !== RowKind.insert) {
      failChangelog(context, `inserts only from the ${side} input, which is declared unique`);
    }
    if (!mine.has(id)) return;
    const { operatorName: operator } = context;
    throw new EngineError(
      'ERR_OPERATORS_JOIN_UNIQUE',
      { operator, side, key: describeGot(this.#state.keys.keyOf(id)) },
      { place: { operator } },
    );
  }

  /** One match more or less for a row of an outer side; the first match takes its lonely result away. */
  #recount(
    others: JoinRows,
    ref: number,
    other: unknown,
    adds: boolean,
    isLeft: boolean,
    timestamp: number,
  ): void {
    const matches = others.markOf(ref);
    if (!adds) {
      others.setMark(ref, Math.max(0, matches - 1));
      return;
    }
    others.setMark(ref, matches + 1);
    if (matches > 0) return;
    if (isLeft) this.#emit(RowKind.delete, undefined, other, timestamp);
    else this.#emit(RowKind.delete, other, undefined, timestamp);
  }

  /** Its last match went: a row of an outer side stands alone again. */
  #revive(others: JoinRows, ref: number, other: unknown, isLeft: boolean, timestamp: number): void {
    if (others.markOf(ref) > 0) return;
    if (isLeft) this.#emit(RowKind.insert, undefined, other, timestamp);
    else this.#emit(RowKind.insert, other, undefined, timestamp);
  }

  #keep(id: number, row: unknown, arrived: number, mine: JoinRows, matches: number): void {
    const ttlMs = this.#ttlMs;
    if (ttlMs !== undefined && arrived + ttlMs <= this.#now()) return;
    const ref = mine.insert(id, row, arrived, matches);
    if (ttlMs !== undefined && mine.first(id) === ref) this.#arm(id, arrived + ttlMs);
  }

  /** What orders the rows of a key: their arrival where they expire, else they stay in the order in which they came. */
  #arrival(timestamp: number): number {
    if (this.#batch) return timestamp;
    if (this.#ttlMs === undefined) return 0;
    if (this.#spec.ttlTime === 'processing') return this.#context.nowMs();
    if (timestamp === NO_TIMESTAMP) failNoTimestamp(this.#context);
    return timestamp;
  }

  #now(): number {
    const context = this.#context;
    return this.#spec.ttlTime === 'event' ? context.current.watermark : context.nowMs();
  }

  #arm(id: number, expires: number): void {
    const granule = Math.max(1, Math.floor(this.#ttlMs! / 8));
    this.#timers.register(id, 0, Math.ceil(expires / granule) * granule);
  }

  #expire(now: number): boolean {
    const ttlMs = this.#ttlMs;
    const { left, right, keys } = this.#state;
    return this.#timers.advance(now, FINISH_ROWS_MAX, (id) => {
      // State of a job that had a time to live before, and has none now.
      if (ttlMs === undefined) return;
      left.dropBefore(id, now - ttlMs + 1);
      right.dropBefore(id, now - ttlMs + 1);
      const firstLeft = left.first(id);
      const firstRight = right.first(id);
      const arrivedLeft = firstLeft === NO_REF ? Infinity : left.timeOf(firstLeft);
      const arrivedRight = firstRight === NO_REF ? Infinity : right.timeOf(firstRight);
      const first = Math.min(arrivedLeft, arrivedRight);
      if (first < Infinity) this.#arm(id, first + ttlMs);
      keys.settle(id);
    });
  }

  #emit(kind: RowKind, left: unknown, right: unknown, timestamp: number): void {
    if (this.#batch) return;
    const { output } = this.#context;
    const result = this.#result(left, right);
    if (kind === RowKind.insert) output.emit(result, timestamp);
    else output.emitChange(kind, result, timestamp);
  }

  #result(left: unknown, right: unknown): unknown {
    const result = this.#fn(left, right);
    if (result === undefined || result === null) failJoinResult(this.#context, result);
    return result;
  }
}
