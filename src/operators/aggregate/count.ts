/** `count()`: rows; `count(field)`: rows in which the field is not null. */

import type { Aggregate, AggregateOptions, WordFold } from './aggregate.ts';
import { declareAggregate } from './declare.ts';
import { SCALAR, valueReader, type ValueSelector } from './value-reader.ts';

/** Counting is what the accumulators do anyway: no word of its own. */
const COUNT: WordFold = {
  form: 'words',
  words: 0,
  addText: () => '',
  mergeText: () => '',
  subtractText: () => '',
  bindings: {},
  add: () => undefined,
  merge: () => undefined,
  retract: () => undefined,
  subtract: () => undefined,
  resultOf: (_words, _o, n) => n,
  empty: 0,
};

/**
 * Number of rows; with a field or function, of the rows in which it is not null. The result is an i64.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * bids.keyBy('auction').window(tumbling('10s')).aggregate({ bids: count() });
 * count({ where: (bid) => bid.price > 1000 });
 */
export function count<T>(options?: AggregateOptions<T>): Aggregate<T, number>;
export function count<T>(
  value: string | ((row: Readonly<T>) => unknown),
  options?: AggregateOptions<T>,
): Aggregate<T, number>;
export function count<T>(
  first?: AggregateOptions<T> | string | ((row: Readonly<T>) => unknown),
  second?: AggregateOptions<T>,
): Aggregate<T, number> {
  const selector = typeof first === 'object' ? undefined : (first as ValueSelector | undefined);
  const options = typeof first === 'object' ? first : second;
  return declareAggregate('count', selector, {}, options, (input) => ({
    value:
      selector === undefined ? undefined : valueReader('count', selector, undefined, input, SCALAR),
    fold: COUNT,
    result: input.type && { type: { kind: 'i64' }, nullable: false },
  }));
}
