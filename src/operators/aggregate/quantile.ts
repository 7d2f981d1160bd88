/** `quantile` and `quantiles`, by a DDSketch: mergeable, with a bounded relative error. */

import type { Aggregate, AggregateOptions, HeapFold } from './aggregate.ts';
import {
  addValue,
  createSketch,
  logGammaOf,
  mergeSketches,
  quantileOf,
  sketchBytes,
} from './dd-sketch.ts';
import type { DdSketch } from './dd-sketch.ts';
import { declareAggregate, failAggregate } from './declare.ts';
import { NUMBER, valueReader } from './value-reader.ts';

/** Options of {@link quantile} and {@link quantiles}. */
export interface QuantileOptions<T> extends AggregateOptions<T> {
  /** Relative error, 0.0001 .. 0.5; default 0.01. */
  readonly accuracy?: number;
}

type NumberSelector<T> = string | ((row: Readonly<T>) => number | null | undefined);

/**
 * A quantile of a field as an f64: within 1 % (or `accuracy`) of the value of rank floor(q * (n - 1)). 0 is the smallest
 * value, 1 the largest (both exact), 0.5 the median. NaN counts as greater than every number. Null when no value took part.
 *
 * @param q 0 .. 1
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * quantile('delay', 0.99);
 */
export function quantile<T>(
  value: NumberSelector<T>,
  q: number,
  options?: QuantileOptions<T>,
): Aggregate<T, number> {
  checkQuantile('quantile', q);
  const accuracy = accuracyOf('quantile', options);
  return declareAggregate('quantile', value, { q, accuracy }, options, (input) => ({
    value: valueReader('quantile', value, undefined, input, NUMBER),
    fold: sketchFold(accuracy, (sketch) => quantileOf(sketch, q), null),
    result: input.type && { type: { kind: 'f64' }, nullable: false },
  }));
}

/**
 * Several quantiles of a field, from one sketch, as a list in the order asked for; empty when no value took part.
 *
 * @param qs one or more, each 0 .. 1
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * quantiles('delay', [0.5, 0.99]);
 */
export function quantiles<T>(
  value: NumberSelector<T>,
  qs: readonly number[],
  options?: QuantileOptions<T>,
): Aggregate<T, readonly number[]> {
  if (!Array.isArray(qs) || qs.length === 0) {
    failAggregate('quantiles', 'a list of one or more quantiles', qs);
  }
  for (const q of qs) checkQuantile('quantiles', q);
  const accuracy = accuracyOf('quantiles', options);
  const all = (sketch: DdSketch): unknown => qs.map((q) => quantileOf(sketch, q));
  return declareAggregate('quantiles', value, { qs: [...qs], accuracy }, options, (input) => ({
    value: valueReader('quantiles', value, undefined, input, NUMBER),
    fold: sketchFold(accuracy, all, Object.freeze([])),
    result: input.type && { type: { kind: 'list', of: { kind: 'f64' } }, nullable: false },
  }));
}

function sketchFold(
  accuracy: number,
  result: (sketch: DdSketch) => unknown,
  empty: unknown,
): HeapFold<DdSketch> {
  const logGamma = logGammaOf(accuracy);
  return {
    form: 'heap',
    create: () => createSketch(accuracy),
    add: (sketch, value) => {
      addValue(sketch, value as number, logGamma);
      return sketch;
    },
    merge: (a, b) => {
      mergeSketches(a, b);
      return a;
    },
    resultOf: result,
    bytesOf: sketchBytes,
    empty,
  };
}

function checkQuantile(call: string, q: number): void {
  if (!(q >= 0 && q <= 1)) failAggregate(call, 'a quantile 0 .. 1', q);
}

function accuracyOf(call: string, options: QuantileOptions<never> | undefined): number {
  const accuracy = options?.accuracy ?? 0.01;
  if (!(accuracy >= 0.0001 && accuracy <= 0.5)) {
    failAggregate(call, 'an accuracy 0.0001 .. 0.5', accuracy);
  }
  return accuracy;
}
