/** How a window's rows become its results: folded as they come, or kept and handed over. */

import { EngineError } from '../../base/index.ts';
import type { AggregateFunction } from '../aggregate-function.ts';
import { keepRow, keptRow } from '../kept-row.ts';
import type { OperatorContext, Plain } from '../operator.ts';
import { accumulatorOf } from './accumulator-rows.ts';
import type { TimeWindow } from './assigner.ts';

/** What a windowed operator does with rows, apart from a window function that may follow. */
export type WindowFold =
  /** Rows are kept; a window function must follow. */
  | { readonly kind: 'rows' }
  /** The first row, folded with each further one. */
  | { readonly kind: 'reduce'; readonly reduce: (folded: never, row: never) => unknown }
  | { readonly kind: 'aggregate'; readonly aggregate: AggregateFunction }
  /** The same, of accumulators of many rows each (accumulator-rows.ts). */
  | { readonly kind: 'parts'; readonly aggregate: AggregateFunction }
  /** The same, of the engine's own: made where it runs, and told the rows' timestamps. */
  | { readonly kind: 'timed'; timed(context: OperatorContext): TimedAggregate }
  /** A fold of the engine's own, such as `sum` of a field. */
  | {
      readonly kind: 'builtIn';
      readonly params: { readonly [key: string]: Plain };
      create(context: OperatorContext): RowFold;
    };

/** An incremental fold that sees timestamps: `NO_TIMESTAMP` where there is none. */
export interface TimedAggregate {
  create(): unknown;
  add(accumulator: unknown, row: unknown, timestamp: number): unknown;
  merge(a: unknown, b: unknown): unknown;
  result(accumulator: unknown): unknown;
}

/** Whose rows were folded; valid only during the call. */
export interface WindowOfKey {
  /** undefined when the stream is not keyed. */
  readonly key: unknown;
  readonly window: TimeWindow;
}

/** A fold as the operator runs it. */
export interface RowFold {
  /** The accumulator of a first row. */
  first(row: unknown, timestamp: number): unknown;
  add(accumulated: unknown, row: unknown, timestamp: number): unknown;
  merge(a: unknown, b: unknown): unknown;
  /** May be read again after more rows. */
  result(accumulated: unknown, of: WindowOfKey): unknown;
  /** The result over no rows, which only an evictor can bring about; missing: none. */
  empty?(of: WindowOfKey): unknown;
}

/** What a fold makes of the accumulator when a window fires; for results that carry key and window. */
export type ResultOf = (result: unknown, of: WindowOfKey) => unknown;

const PLAIN_RESULT: ResultOf = (result) => result;

/** The fold of a description; undefined when rows are kept. */
export function rowFold(
  fold: WindowFold,
  context: OperatorContext,
  resultOf: ResultOf = PLAIN_RESULT,
): RowFold | undefined {
  switch (fold.kind) {
    case 'rows':
      return undefined;
    case 'builtIn':
      return fold.create(context);
    case 'reduce': {
      const reduce = fold.reduce as (folded: unknown, row: unknown) => unknown;
      const add = (folded: unknown, row: unknown): unknown =>
        keptRow(reduce(folded, row) ?? failResult(context, 'a row'));
      return { first: keepRow, add, merge: add, result: PLAIN_RESULT };
    }
    case 'aggregate': {
      const { aggregate } = fold;
      return {
        first: (row) => keptRow(aggregate.add(aggregate.create(), row)),
        add: (accumulated, row) => keptRow(aggregate.add(accumulated, row)),
        merge: (a, b) => aggregate.merge(a, b),
        result: (accumulated, of) =>
          resultOf(aggregate.result(accumulated) ?? failResult(context, 'a value'), of),
        empty: (of) => resultOf(aggregate.result(aggregate.create()), of),
      };
    }
    case 'parts': {
      const { aggregate } = fold;
      return {
        first: accumulatorOf,
        add: (accumulated, row) => aggregate.merge(accumulated, accumulatorOf(row)),
        merge: (a, b) => aggregate.merge(a, b),
        result: (accumulated, of) =>
          resultOf(aggregate.result(accumulated) ?? failResult(context, 'a value'), of),
      };
    }
    // None over no rows: sums and extremes have no value then, and their columns are not nullable.
    case 'timed': {
      const aggregate = fold.timed(context);
      return {
        first: (row, timestamp) => aggregate.add(aggregate.create(), row, timestamp),
        add: (accumulated, row, timestamp) => aggregate.add(accumulated, row, timestamp),
        merge: (a, b) => aggregate.merge(a, b),
        result: (accumulated, of) => resultOf(aggregate.result(accumulated), of),
      };
    }
  }
}

function failResult(context: OperatorContext, expected: string): never {
  const { operatorName: operator } = context;
  throw new EngineError(
    'ERR_OPERATORS_RESULT',
    { operator, expected, got: 'null or undefined' },
    { place: { operator } },
  );
}
