/** `sum`: exact for integers, IEEE 754 for floats. */

import type {
  Aggregate,
  AggregateInput,
  AggregateOptions,
  HeapFold,
  ValueReader,
  WordFold,
} from './aggregate.ts';
import { failOverflow } from '../rolling-fold.ts';
import { declareAggregate } from './declare.ts';
import { failValue, isIntegral, NUMBER, valueReader } from './value-reader.ts';

/** Sums of integers stay exact up to here. */
const EXACT_MAX: number = 2 ** 53;

/**
 * Sum of a field, or of what a function gives. Integers are summed as an i64 that is exact to ±2^53 (bigint fields to 64
 * bits and beyond: bigints of 64 bits), floats and functions as an f64, where a NaN makes the sum NaN. Null when no value
 * took part.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @throws ERR_OPERATORS_OVERFLOW at run time, when a sum of integers leaves ±2^53 (64 bits for bigints)
 * @example
 * bids.keyBy('auction').window(tumbling('10s')).aggregate({ turnover: sum('price') });
 * sum((bid) => bid.price * bid.quantity);
 */
export function sum<F extends string, T>(
  value: F | ((row: Readonly<T>) => number | null | undefined),
  options?: AggregateOptions<T>,
): Aggregate<T, number> {
  return declareAggregate('sum', value, {}, options, (input) => {
    const reader = valueReader('sum', value, undefined, input, NUMBER);
    const bigint = reader.type !== undefined && 'bigint' in reader.type && reader.type.bigint;
    const integral = isIntegral(reader.type);
    const fold =
      bigint === true
        ? bigintSum(input, reader)
        : reader.type === undefined && typeof value === 'string'
          ? untypedSum(input, reader)
          : integral
            ? integerSum(input, reader)
            : FLOAT_SUM;
    const type =
      bigint === true
        ? ({ kind: 'i64', bigint: true } as const)
        : ({ kind: integral ? 'i64' : 'f64' } as const);
    return { value: reader, fold, result: input.type && { type, nullable: false } };
  });
}

/** Sum in one float64 word: IEEE addition. Not invertible, since it rounds. */
export const FLOAT_SUM: WordFold = {
  form: 'words',
  words: 1,
  addText: (w) => `${w(0)} += v;`,
  mergeText: (a, b) => `${a(0)} += ${b(0)};`,
  subtractText: undefined,
  bindings: {},
  add: (words, o, value) => {
    words[o]! += value;
  },
  merge: (a, oa, b, ob) => {
    a[oa]! += b[ob]!;
  },
  retract: (words, o, value) => {
    words[o]! -= value;
  },
  subtract: undefined,
  resultOf: (words, o) => words[o],
  empty: null,
};

/** Sum of integers in one word, checked after every addition. */
function integerSum(input: AggregateInput, reader: ValueReader): WordFold {
  /** The sum; near the limit it may be rounded, perhaps back into the range. */
  const plus = (before: number, added: number): number => {
    const sum = before + added;
    if (sum < EXACT_MAX && sum > -EXACT_MAX) return sum;
    const exact = BigInt(before) + BigInt(added);
    if (exact > EXACT_MAX || exact < -EXACT_MAX) {
      failOverflow(input.operator, reader.label, 'i64', before, added);
    }
    return sum;
  };
  const plusText = (word: string, added: string): string =>
    `{ const s = ${word} + ${added};
      ${word} = s < ${EXACT_MAX} && s > ${-EXACT_MAX} ? s : plus(${word}, ${added}); }`;
  return {
    form: 'words',
    words: 1,
    addText: (w) => plusText(w(0), 'v'),
    mergeText: (a, b) => plusText(a(0), b(0)),
    subtractText: (a, b) => `${a(0)} -= ${b(0)};`,
    bindings: { plus },
    add: (words, o, value) => {
      words[o] = plus(words[o]!, value);
    },
    merge: (a, oa, b, ob) => {
      a[oa] = plus(a[oa]!, b[ob]!);
    },
    retract: (words, o, value) => {
      words[o]! -= value;
    },
    subtract: (a, oa, b, ob) => {
      a[oa]! -= b[ob]!;
    },
    resultOf: (words, o) => words[o],
    empty: null,
  };
}

/** Sum of bigints on the heap. */
function bigintSum(input: AggregateInput, reader: ValueReader): HeapFold<bigint> {
  const plus = (a: bigint, b: bigint): bigint => {
    const sum = a + b;
    if (BigInt.asIntN(64, sum) !== sum) failOverflow(input.operator, reader.label, 'i64', a, b);
    return sum;
  };
  return {
    form: 'heap',
    create: () => 0n,
    add: (acc, value) => plus(acc, value as bigint),
    retract: (acc, value) => acc - (value as bigint),
    merge: plus,
    resultOf: (acc) => acc,
    bytesOf: () => 24,
    empty: null,
  };
}

/** Sum of a field of rows without a record type: numbers, or bigints. */
function untypedSum(input: AggregateInput, reader: ValueReader): HeapFold<number | bigint | null> {
  const plus = (a: number | bigint | null, b: unknown): number | bigint => {
    if (typeof b === 'number' && (a === null || typeof a === 'number')) return (a ?? 0) + b;
    if (typeof b === 'bigint' && (a === null || typeof a === 'bigint')) return (a ?? 0n) + b;
    const expected = a === null ? 'a number' : `a ${typeof a} as before`;
    return failValue(input.operator, reader.label, expected, b);
  };
  return {
    form: 'heap',
    create: () => null,
    add: plus,
    merge: (a, b) => (b === null ? a : plus(a, b)),
    resultOf: (acc) => acc,
    bytesOf: () => 24,
    empty: null,
  };
}
