/** Declared aggregates: what a job folds rows with by name. */

export { wordsAt } from './accumulator-texts.ts';
export { Accumulators } from './accumulators.ts';
export type {
  Aggregate,
  AggregateInput,
  AggregateOptions,
  AggregateResults,
  AggregateSpec,
  BoundAggregate,
  HeapFold,
  RowAccess,
  ValueReader,
  WordFold,
  WordText,
} from './aggregate.ts';
export { aggregateFold } from './aggregate-fold.ts';
export type { AggregateFold, AggregateState } from './aggregate-fold.ts';
export { collectValues, topN } from './collect.ts';
export type { TopNOptions } from './collect.ts';
export { count } from './count.ts';
export { approxDistinct, distinct } from './distinct.ts';
export type { ApproxDistinctOptions } from './distinct.ts';
export { first, last } from './first-last.ts';
export { mean, stddev, variance } from './mean.ts';
export type { SpreadOptions } from './mean.ts';
export { max, min } from './min-max.ts';
export type { ValueOptions } from './min-max.ts';
export { quantile, quantiles } from './quantile.ts';
export type { QuantileOptions } from './quantile.ts';
export { aggregateResultType } from './result-type.ts';
export { retractable } from './retractable.ts';
export { sum } from './sum.ts';
