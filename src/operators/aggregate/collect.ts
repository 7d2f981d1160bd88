/** `collectValues` and `topN`: values themselves, kept on the heap. */

import { estimateBytes } from '../../state/index.ts';
import { describeGot, keptRow } from '../kept-row.ts';
import { compareValues } from '../rolling-fold.ts';
import type {
  Aggregate,
  AggregateInput,
  AggregateOptions,
  HeapFold,
  ListOfField,
  ValueReader,
} from './aggregate.ts';
import { declareAggregate, failAggregate } from './declare.ts';
import type { ValueOptions } from './min-max.ts';
import {
  COMPARABLE,
  failValue,
  LISTABLE,
  valueReader,
  type ValueSelector,
} from './value-reader.ts';

/** Options of {@link topN}. */
export interface TopNOptions<T, V> extends ValueOptions<T, V> {
  /** `largest` (default) or `smallest`. */
  readonly order?: 'largest' | 'smallest';
}

/**
 * All values of a field as a list, in the order of the rows' timestamps (of arrival among equal ones). Nulls are left out.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * collectValues('price'); // [3, 1, 2]
 */
export function collectValues<F extends string, T>(
  field: F,
  options?: AggregateOptions<T>,
): Aggregate<T, ListOfField<F>>;
export function collectValues<T, V = number>(
  value: (row: Readonly<T>) => V | null | undefined,
  options?: ValueOptions<T, V>,
): Aggregate<T, readonly V[]>;
export function collectValues<T>(
  value: ValueSelector,
  options?: ValueOptions<T, unknown>,
): Aggregate<T> {
  const params = options?.type === undefined ? {} : { type: options.type.type.kind };
  return declareAggregate('collectValues', value, params, options, (input) => {
    const reader = valueReader('collectValues', value, options?.type, input, LISTABLE);
    return { value: reader, fold: COLLECT, result: listResult(input, reader) };
  });
}

/**
 * The n largest values of a field (or smallest), best first, equal ones included each time: a list of at most n. The
 * order is that of `min` and `max`.
 *
 * @param n 1 .. 100,000
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * topN('price', 3); // [9, 9, 7]
 */
export function topN<F extends string, T>(
  field: F,
  n: number,
  options?: TopNOptions<T, never>,
): Aggregate<T, ListOfField<F>>;
export function topN<T, V = number>(
  value: (row: Readonly<T>) => V | null | undefined,
  n: number,
  options?: TopNOptions<T, V>,
): Aggregate<T, readonly V[]>;
export function topN<T>(
  value: ValueSelector,
  n: number,
  options?: TopNOptions<T, unknown>,
): Aggregate<T> {
  if (!(Number.isInteger(n) && n >= 1 && n <= TOP_MAX)) {
    failAggregate('topN', `n to be an integer 1 .. ${TOP_MAX}`, n);
  }
  const order = options?.order ?? 'largest';
  if (order !== 'largest' && order !== 'smallest') {
    failAggregate('topN', "order 'largest' or 'smallest'", order);
  }
  const type = options?.type === undefined ? {} : { type: options.type.type.kind };
  return declareAggregate('topN', value, { n, order, ...type }, options, (input) => {
    const reader = valueReader('topN', value, options?.type, input, COMPARABLE);
    return {
      value: reader,
      fold: topFold(n, order, input, reader),
      result: listResult(input, reader),
    };
  });
}

const TOP_MAX = 100_000;

function listResult(
  input: AggregateInput,
  reader: ValueReader,
):
  | {
      readonly type: { kind: 'list'; of: NonNullable<ValueReader['type']> };
      readonly nullable: boolean;
    }
  | undefined {
  if (input.type === undefined) return undefined;
  return { type: { kind: 'list', of: reader.type ?? { kind: 'f64' } }, nullable: false };
}

/** Values with their timestamps, in order of arrival. */
interface Collected {
  timestamps: number[];
  values: unknown[];
  bytes: number;
}

const COLLECT: HeapFold<Collected> = {
  form: 'heap',
  create: () => ({ timestamps: [], values: [], bytes: 64 }),
  add: (acc, value, timestamp) => {
    const kept = keptRow(value);
    acc.timestamps.push(timestamp);
    acc.values.push(kept);
    acc.bytes += 16 + estimateBytes(kept);
    return acc;
  },
  retract: (acc, value) => {
    // The last of its equals: the earlier ones keep their place.
    const index = acc.values.findLastIndex((other) => Object.is(other, value));
    if (index < 0) return acc;
    acc.timestamps.splice(index, 1);
    acc.values.splice(index, 1);
    acc.bytes -= 16 + estimateBytes(value);
    return acc;
  },
  merge: (a, b) => {
    for (let i = 0; i < b.values.length; i++) {
      a.timestamps.push(b.timestamps[i]!);
      a.values.push(b.values[i]);
    }
    a.bytes += b.bytes - 64;
    return a;
  },
  resultOf: ({ timestamps, values }) => {
    const order = timestamps.map((_, i) => i);
    order.sort((x, y) => timestamps[x]! - timestamps[y]! || x - y);
    return order.map((i) => values[i]);
  },
  bytesOf: (acc) => acc.bytes,
  empty: Object.freeze([]),
};

type Comparable = number | bigint | string | boolean;

function topFold(
  n: number,
  order: 'largest' | 'smallest',
  input: AggregateInput,
  reader: ValueReader,
): HeapFold<Comparable[]> {
  const sign = order === 'largest' ? 1 : -1;
  const put = (acc: Comparable[], value: Comparable): Comparable[] => {
    if (acc.length === n && compareValues(value, acc[n - 1]!) * sign <= 0) return acc;
    let low = 0;
    let high = acc.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareValues(value, acc[middle]!) * sign > 0) high = middle;
      else low = middle + 1;
    }
    acc.splice(low, 0, value);
    if (acc.length > n) acc.pop();
    return acc;
  };
  return {
    form: 'heap',
    create: () => [],
    add: (acc, value) => {
      const kind = typeof value;
      if (kind === 'object' || (acc.length > 0 && kind !== typeof acc[0])) {
        const expected = acc.length === 0 ? COMPARABLE.expected : `a ${typeof acc[0]} as before`;
        failValue(input.operator, reader.label, expected, describeGot(value));
      }
      return put(acc, value as Comparable);
    },
    merge: (a, b) => b.reduce(put, a),
    resultOf: (acc) => [...acc],
    bytesOf: (acc) => 32 + acc.length * (typeof acc[0] === 'string' ? 48 : 8),
    empty: Object.freeze([]),
  };
}
