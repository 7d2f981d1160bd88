/**
 * `mean`, `variance` and `stddev`.
 *
 * Source of the running variance: Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products",
 * 1962; of merging: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm", 1979.
 */

import type { Aggregate, AggregateInput, AggregateOptions, WordFold } from './aggregate.ts';
import { declareAggregate } from './declare.ts';
import { FLOAT_SUM } from './sum.ts';
import { NUMBER, valueReader } from './value-reader.ts';

/** Options of {@link variance} and {@link stddev}. */
export interface SpreadOptions<T> extends AggregateOptions<T> {
  /** True: of the rows as a whole (divided by n), false (default): of a sample (divided by n - 1; null for one value). */
  readonly population?: boolean;
}

type NumberSelector<T> = string | ((row: Readonly<T>) => number | null | undefined);

/**
 * Arithmetic mean as an f64: the sum, in float64, by the number of values. A NaN makes it NaN. Null when no value took
 * part.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * mean('delay');
 */
export function mean<T>(
  value: NumberSelector<T>,
  options?: AggregateOptions<T>,
): Aggregate<T, number> {
  return declareAggregate('mean', value, {}, options, (input) =>
    numbers('mean', value, input, MEAN),
  );
}

/**
 * Variance as an f64, without cancellation: of a sample unless `population` is set.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * variance('delay', { population: true });
 */
export function variance<T>(
  value: NumberSelector<T>,
  options?: SpreadOptions<T>,
): Aggregate<T, number | null> {
  return spread('variance', value, options);
}

/**
 * Standard deviation as an f64: the square root of {@link variance}.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * stddev('delay');
 */
export function stddev<T>(
  value: NumberSelector<T>,
  options?: SpreadOptions<T>,
): Aggregate<T, number | null> {
  return spread('stddev', value, options);
}

function spread<T>(
  kind: 'variance' | 'stddev',
  value: NumberSelector<T>,
  options: SpreadOptions<T> | undefined,
): Aggregate<T, number | null> {
  const population = options?.population === true;
  const fold: WordFold = {
    ...MOMENTS,
    resultOf: (words, o, n) => {
      const divisor = population ? n : n - 1;
      if (divisor === 0) return null;
      const squares = words[o + 1]! / divisor;
      return kind === 'stddev' ? Math.sqrt(squares) : squares;
    },
  };
  return declareAggregate(kind, value, { population }, options, (input) =>
    numbers(kind, value, input, fold, !population),
  );
}

function numbers(
  kind: string,
  value: string | ((row: never) => unknown),
  input: AggregateInput,
  fold: WordFold,
  nullable = false,
): ReturnType<Parameters<typeof declareAggregate>[4]> {
  const reader = valueReader(kind, value, undefined, input, NUMBER);
  const type = { kind: 'f64' } as const;
  return { value: reader, fold, result: input.type && { type, nullable } };
}

/** The sum, divided at the end. */
const MEAN: WordFold = { ...FLOAT_SUM, resultOf: (words, o, n) => words[o]! / n };

/** Words: mean, sum of squared deviations from it. */
const MOMENTS: WordFold = {
  form: 'words',
  words: 2,
  addText: (w, n) => `{ const d = v - ${w(0)}; const m = ${w(0)} + d / (${n} + 1);
    ${w(1)} += d * (v - m); ${w(0)} = m; }`,
  mergeText: (a, b, na, nb) => `{ const d = ${b(0)} - ${a(0)}, total = ${na} + ${nb};
    ${a(1)} += ${b(1)} + d * d * ${na} * ${nb} / total; ${a(0)} += d * ${nb} / total; }`,
  subtractText: undefined,
  bindings: {},
  add: (words, o, value, _timestamp, n) => {
    const d = value - words[o]!;
    const m = words[o]! + d / (n + 1);
    words[o + 1]! += d * (value - m);
    words[o] = m;
  },
  merge: (a, oa, b, ob, na, nb) => {
    const d = b[ob]! - a[oa]!;
    const total = na + nb;
    a[oa + 1]! += b[ob + 1]! + (d * d * na * nb) / total;
    a[oa]! += (d * nb) / total;
  },
  retract: (words, o, value, n) => {
    const before = n === 1 ? 0 : (words[o]! * n - value) / (n - 1);
    words[o + 1] = n === 1 ? 0 : words[o + 1]! - (value - before) * (value - words[o]!);
    words[o] = before;
  },
  subtract: undefined,
  resultOf: () => null,
  empty: null,
};
