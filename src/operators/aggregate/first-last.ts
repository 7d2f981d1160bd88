/**
 * `first` and `last`: the value of the earliest and the latest row by timestamp; of rows with one timestamp (or none) the
 * one that came first, or last. So the result does not depend on how far rows are out of order, nor on how windows are
 * cut into slices.
 */

import { estimateBytes } from '../../state/index.ts';
import { keptRow } from '../kept-row.ts';
import type { Aggregate, AggregateOptions, HeapFold, TypeOfField, WordFold } from './aggregate.ts';
import { declareAggregate } from './declare.ts';
import type { ValueOptions } from './min-max.ts';
import { fitsWord, LISTABLE, SCALAR, valueOfWord, valueReader } from './value-reader.ts';
import type { ValueDemand, ValueSelector } from './value-reader.ts';

/** Anything but a list. */
const ANY: ValueDemand = {
  expected: `${SCALAR.expected} or record`,
  allows: (type) => SCALAR.allows(type) || LISTABLE.allows(type),
};

/**
 * The field's value in the earliest row that has one. Null when no value took part.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * first('price');
 */
export function first<F extends string, T>(
  field: F,
  options?: AggregateOptions<T>,
): Aggregate<T, TypeOfField<F>>;
export function first<T, V = number>(
  value: (row: Readonly<T>) => V | null | undefined,
  options?: ValueOptions<T, V>,
): Aggregate<T, V>;
export function first<T>(value: ValueSelector, options?: ValueOptions<T, unknown>): Aggregate<T> {
  return oneOf('first', value, options);
}

/**
 * The field's value in the latest row that has one. Null when no value took part.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * last('status');
 */
export function last<F extends string, T>(
  field: F,
  options?: AggregateOptions<T>,
): Aggregate<T, TypeOfField<F>>;
export function last<T, V = number>(
  value: (row: Readonly<T>) => V | null | undefined,
  options?: ValueOptions<T, V>,
): Aggregate<T, V>;
export function last<T>(value: ValueSelector, options?: ValueOptions<T, unknown>): Aggregate<T> {
  return oneOf('last', value, options);
}

function oneOf<T>(
  kind: 'first' | 'last',
  value: ValueSelector,
  options: ValueOptions<T, unknown> | undefined,
): Aggregate<T> {
  const params = options?.type === undefined ? {} : { type: options.type.type.kind };
  return declareAggregate(kind, value, params, options, (input) => {
    const reader = valueReader(kind, value, options?.type, input, ANY);
    const type = reader.type ?? { kind: 'f64' as const };
    const typed = input.type !== undefined && fitsWord(type);
    return {
      value: reader,
      fold: typed ? wordFold(kind, type.kind === 'bool') : heapFold(kind),
      result: input.type && { type, nullable: false },
    };
  });
}

/** Words: timestamp, value. */
function wordFold(kind: 'first' | 'last', bool: boolean): WordFold {
  const takesText = kind === 'first' ? '<' : '>=';
  const takes = (next: number, kept: number): boolean =>
    kind === 'first' ? next < kept : next >= kept;
  return {
    form: 'words',
    words: 2,
    addText: (w, n) =>
      `if (${n} === 0 || timestamp ${takesText} ${w(0)}) { ${w(0)} = timestamp; ${w(1)} = v; }`,
    mergeText: (a, b) =>
      `if (${b(0)} ${takesText} ${a(0)}) { ${a(0)} = ${b(0)}; ${a(1)} = ${b(1)}; }`,
    subtractText: undefined,
    bindings: {},
    add: (words, o, value, timestamp, n) => {
      if (n !== 0 && !takes(timestamp, words[o]!)) return;
      words[o] = timestamp;
      words[o + 1] = value;
    },
    merge: (a, oa, b, ob) => {
      if (!takes(b[ob]!, a[oa]!)) return;
      a[oa] = b[ob]!;
      a[oa + 1] = b[ob + 1]!;
    },
    subtract: undefined,
    resultOf: (words, o) => valueOfWord(bool ? { kind: 'bool' } : undefined, words[o + 1]!),
    empty: null,
  };
}

interface Stamped {
  readonly timestamp: number;
  readonly value: unknown;
}

function heapFold(kind: 'first' | 'last'): HeapFold<Stamped | null> {
  const takes = (next: number, kept: Stamped | null): boolean =>
    kept === null || (kind === 'first' ? next < kept.timestamp : next >= kept.timestamp);
  return {
    form: 'heap',
    create: () => null,
    add: (acc, value, timestamp) =>
      takes(timestamp, acc) ? { timestamp, value: keptRow(value) } : acc,
    merge: (a, b) => (b !== null && takes(b.timestamp, a) ? b : a),
    resultOf: (acc) => acc?.value ?? null,
    bytesOf: (acc) => (acc === null ? 0 : 32 + estimateBytes(acc.value)),
    empty: null,
  };
}
