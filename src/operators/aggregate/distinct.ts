/** `distinct` (exact) and `approxDistinct`: how many different values. */

import { estimateBytes } from '../../state/index.ts';
import type { Aggregate, AggregateOptions, HeapFold, SetFold, ValueReader } from './aggregate.ts';
import { declareAggregate, failAggregate } from './declare.ts';
import { addDistinct, cardinalityOf, createHll, hllBytes, mergeHll } from './hyper-log-log.ts';
import type { HyperLogLog } from './hyper-log-log.ts';
import {
  addMaskedNumber,
  bytesOfMaskedNumbers,
  createMaskedNumbers,
  forEachMaskedNumber,
  mergeMaskedNumbers,
} from './masked-numbers.ts';
import type { MaskedNumbers } from './masked-numbers.ts';
import {
  addMaskedValue,
  comparable,
  createMaskedValues,
  ENTRY_BYTES,
  mergeMaskedValues,
} from './masked-values.ts';
import type { MaskedValues } from './masked-values.ts';
import {
  addCount as addNumber,
  bytesOfCounts,
  createCounts,
  mergeCounts,
  removeCount,
  sizeOfCounts,
} from './number-counts.ts';
import type { NumberCounts } from './number-counts.ts';
import { SCALAR, valueReader } from './value-reader.ts';

/** Options of {@link approxDistinct}. */
export interface ApproxDistinctOptions<T> extends AggregateOptions<T> {
  /** 4 .. 16, default 12: 2^precision bytes a key, standard error 1.04 / sqrt(2^precision). */
  readonly precision?: number;
}

type Selector<T> = string | ((row: Readonly<T>) => unknown);

/**
 * How many different values a field has, exactly, as an i64; nulls do not count. NaN equals NaN, -0 equals 0. Every
 * value is kept: for many, {@link approxDistinct} takes a few KiB. Aggregates over the same field that differ only in `where`
 * share the values.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * distinct('bidder');
 */
export function distinct<T>(
  value: Selector<T>,
  options?: AggregateOptions<T>,
): Aggregate<T, number> {
  return declareAggregate('distinct', value, {}, options, (input) => {
    const reader = valueReader('distinct', value, undefined, input, SCALAR);
    return {
      value: reader,
      // A field that a float64 holds exactly is counted without an object for each value.
      fold: reader.layout === undefined ? VALUES : NUMBERS,
      result: input.type && { type: { kind: 'i64' }, nullable: false },
    };
  });
}

/**
 * About how many different values a field has, as an i64: a HyperLogLog with a standard error of 1.6 % in 4 KiB; up to
 * 128 values exact. Nulls do not count.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * approxDistinct('bidder', { precision: 14 });
 */
export function approxDistinct<T>(
  value: Selector<T>,
  options?: ApproxDistinctOptions<T>,
): Aggregate<T, number> {
  const precision = options?.precision ?? 12;
  if (!(Number.isInteger(precision) && precision >= 4 && precision <= 16)) {
    failAggregate('approxDistinct', 'a precision 4 .. 16', precision);
  }
  const fold: HeapFold<HyperLogLog> = {
    form: 'heap',
    create: () => createHll(precision),
    add: (acc, value_) => {
      addDistinct(acc, value_);
      return acc;
    },
    merge: (a, b) => {
      mergeHll(a, b);
      return a;
    },
    resultOf: cardinalityOf,
    bytesOf: hllBytes,
    empty: 0,
  };
  return declareAggregate('approxDistinct', value, { precision }, options, (input) => ({
    value: valueReader('approxDistinct', value, undefined, input, SCALAR),
    fold,
    result: input.type && { type: { kind: 'i64' }, nullable: false },
  }));
}

/** Without rows that are taken out it is enough to know which values came. */
const NUMBERS: SetFold<MaskedNumbers> = {
  form: 'set',
  create: createMaskedNumbers,
  bindings: { addMaskedNumber },
  addText: (set, mask) => `addMaskedNumber(${set}, v, ${mask})`,
  add: (set, value, mask) => addMaskedNumber(set, Number(value), mask),
  merge: mergeMaskedNumbers,
  bytesOf: bytesOfMaskedNumbers,
  forEach: forEachMaskedNumber,
  empty: 0,
};

const VALUES: SetFold<MaskedValues> = {
  form: 'set',
  create: createMaskedValues,
  bindings: { addMaskedValue },
  addText: (set, mask) => `addMaskedValue(${set}, v, ${mask})`,
  add: addMaskedValue,
  merge: mergeMaskedValues,
  bytesOf: ({ bytes }) => bytes,
  empty: 0,
};

/** The fold of `distinct` over rows that may be taken out again. */
export function countedDistinct({ layout }: ValueReader): HeapFold {
  return (layout === undefined ? DISTINCT : DISTINCT_NUMBERS) as HeapFold;
}

/** How often each value came, so that one can be taken out again. */
interface Counts {
  readonly counts: Map<unknown, number>;
  bytes: number;
}

const DISTINCT: HeapFold<Counts> = {
  form: 'heap',
  create: () => ({ counts: new Map(), bytes: 128 }),
  add: (acc, value) => {
    addCount(acc, comparable(value), 1);
    return acc;
  },
  retract: (acc, value) => {
    addCount(acc, comparable(value), -1);
    return acc;
  },
  merge: (a, b) => {
    for (const [value, n] of b.counts) addCount(a, value, n);
    return a;
  },
  resultOf: ({ counts }) => counts.size,
  bytesOf: (acc) => acc.bytes,
  empty: 0,
};

const DISTINCT_NUMBERS: HeapFold<NumberCounts> = {
  form: 'heap',
  create: createCounts,
  add: (acc, value) => {
    addNumber(acc, Number(value), 1);
    return acc;
  },
  retract: (acc, value) => {
    removeCount(acc, Number(value));
    return acc;
  },
  merge: (a, b) => {
    mergeCounts(a, b);
    return a;
  },
  resultOf: sizeOfCounts,
  bytesOf: bytesOfCounts,
  empty: 0,
};

function addCount(acc: Counts, value: unknown, n: number): void {
  const before = acc.counts.get(value);
  if (before === undefined) acc.bytes += ENTRY_BYTES + estimateBytes(value);
  const now = (before ?? 0) + n;
  if (now !== 0) acc.counts.set(value, now);
  else {
    acc.counts.delete(value);
    acc.bytes -= ENTRY_BYTES + estimateBytes(value);
  }
}
