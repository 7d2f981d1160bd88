/** What user functions emit through: rows take the timestamp of the row that is being processed. */

import { EngineError } from '../base/index.ts';
import { NO_TIMESTAMP } from '../record/index.ts';
import type { RowKind } from '../record/index.ts';
import { emitAsIs } from './changelog.ts';
import { describeGot } from './kept-row.ts';
import type { Collector, OperatorContext } from './operator.ts';

/** Where a user function puts rows. */
export interface RowCollector<T = unknown> {
  /**
   * Emits a row. A view may be passed: it is copied before this returns.
   *
   * @param timestamp milliseconds since the epoch; that of the row being processed when left out
   */
  collect(row: T, timestamp?: number): void;
}

/** Where a process function puts rows and changes. */
export interface ChangeCollector<T = unknown> extends RowCollector<T> {
  /**
   * Emits a change to the table that the result describes: `RowKind.delete` of a row that was emitted before, and so on.
   *
   * @example
   * out.collectChange(RowKind.updateAfter, { user, clicks });
   */
  collectChange(kind: RowKind, row: T, timestamp?: number): void;
}

/** A function that gives any number of rows for each row: through `out`, as an iterable, or both (`out` first). */
export type FlatMapFunction<T = unknown, U = unknown> = (
  row: T,
  out: RowCollector<U>,
) => void | Iterable<U>;

/** The collector of one operator instance. Owner: the subtask's worker. */
export class TimestampedCollector implements ChangeCollector {
  /** Given to rows without a timestamp of their own; the operator sets it for each row. */
  timestamp: number = NO_TIMESTAMP;
  /** Rows so far, for operators that emit a bounded number per call. */
  emitted = 0;
  readonly #output: Collector;

  constructor(output: Collector) {
    this.#output = output;
  }

  collect(row: unknown, timestamp?: number): void {
    this.emitted++;
    this.#output.emit(row, timestamp ?? this.timestamp);
  }

  collectChange(kind: RowKind, row: unknown, timestamp?: number): void {
    this.emitted++;
    this.#output.emitChange(kind, row, timestamp ?? this.timestamp);
  }
}

/** The collector of an operator that works on one row at a time: what it emits keeps the kind of that row. */
class SameKindCollector implements RowCollector {
  timestamp: number = NO_TIMESTAMP;
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  collect(row: unknown, timestamp?: number): void {
    emitAsIs(this.#context, row, timestamp ?? this.timestamp);
  }
}

/**
 * The `process` of a flat map. The rows keep the changelog kind of the row they came from: what a function gives for a
 * deleted row is deleted.
 *
 * @throws ERR_OPERATORS_RESULT when the function returns something that is neither nothing nor an iterable of rows; a
 * text counts as a mistake, not as its characters
 */
export function flatMapProcess(
  context: OperatorContext,
  fn: FlatMapFunction<never>,
): (row: unknown, timestamp: number) => void {
  const out = new SameKindCollector(context);
  return (row, timestamp) => {
    out.timestamp = timestamp;
    const result = fn(row as never, out);
    if (result === undefined || result === null) return;
    if (typeof result !== 'object' || !(Symbol.iterator in result)) failIterable(context, result);
    for (const item of result) emitAsIs(context, item, timestamp);
  };
}

function failIterable(context: OperatorContext, got: unknown): never {
  throw new EngineError(
    'ERR_OPERATORS_RESULT',
    {
      operator: context.operatorName,
      expected: 'an iterable of rows or nothing',
      got: describeGot(got),
    },
    { place: { operator: context.operatorName } },
  );
}
