/** `min` and `max`: of anything with an order, in the order of Java's `compare` (see rolling-fold.ts). */

import { compareValues } from '../rolling-fold.ts';
import type {
  Aggregate,
  AggregateInput,
  AggregateOptions,
  HeapFold,
  TypeOfField,
  ValueReader,
  WordFold,
} from './aggregate.ts';
import { declareAggregate } from './declare.ts';
import { estimateBytes } from '../../state/index.ts';
import { RowViewBase } from '../../record/index.ts';
import type { FieldType } from '../../record/index.ts';
import {
  COMPARABLE,
  failValue,
  fitsWord,
  valueOfWord,
  valueReader,
  type ValueSelector,
} from './value-reader.ts';

/** What aggregates over a function's values take besides: their type, f64 when left out. */
export interface ValueOptions<T, V> extends AggregateOptions<T> {
  /** Declared type of what the function gives, e.g. `utf8`. */
  readonly type?: FieldType<V>;
}

/**
 * The smallest value of a field; its type is the field's. NaN is greater than every number, -0 less than 0; texts are
 * compared by UTF-16 units. Null when no value took part.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * min('price');
 * min((bid) => bid.channel.length);
 */
export function min<F extends string, T>(
  field: F,
  options?: AggregateOptions<T>,
): Aggregate<T, TypeOfField<F>>;
export function min<T, V = number>(
  value: (row: Readonly<T>) => V | null | undefined,
  options?: ValueOptions<T, V>,
): Aggregate<T, V>;
export function min<T>(value: ValueSelector, options?: ValueOptions<T, unknown>): Aggregate<T> {
  return extreme('min', value, options);
}

/**
 * The largest value of a field; as {@link min}.
 *
 * @throws ERR_OPERATORS_AGGREGATE
 * @example
 * max('price');
 */
export function max<F extends string, T>(
  field: F,
  options?: AggregateOptions<T>,
): Aggregate<T, TypeOfField<F>>;
export function max<T, V = number>(
  value: (row: Readonly<T>) => V | null | undefined,
  options?: ValueOptions<T, V>,
): Aggregate<T, V>;
export function max<T>(value: ValueSelector, options?: ValueOptions<T, unknown>): Aggregate<T> {
  return extreme('max', value, options);
}

function extreme<T>(
  kind: 'min' | 'max',
  value: ValueSelector,
  options: ValueOptions<T, unknown> | undefined,
): Aggregate<T> {
  const params = options?.type === undefined ? {} : { type: options.type.type.kind };
  return declareAggregate(kind, value, params, options, (input) => {
    const reader = valueReader(kind, value, options?.type, input, COMPARABLE);
    const type = reader.type ?? { kind: 'f64' as const };
    const typed = input.type !== undefined && fitsWord(type);
    return {
      value: reader,
      fold: typed ? wordExtreme(kind, type.kind === 'bool') : heapExtreme(kind, input, reader),
      result: input.type && { type, nullable: false },
    };
  });
}

/** Whether `v` comes before (min) or after (max) what is in `x`, as text over numbers. */
function betterText(kind: 'min' | 'max', v: string, x: string): string {
  const op = kind === 'min' ? '<' : '>';
  // As Double.compare: NaN above all, -0 below 0.
  const [low, high] = kind === 'min' ? [v, x] : [x, v];
  return `(${v} ${op} ${x} || (${low} === ${low} && ${high} !== ${high})
    || (${v} === 0 && ${x} === 0 && 1 / ${v} ${op} 1 / ${x}))`;
}

function wordExtreme(kind: 'min' | 'max', bool: boolean): WordFold {
  const sign = kind === 'min' ? -1 : 1;
  const better = (v: number, x: number): boolean => compareValues(v, x) * sign > 0;
  return {
    form: 'words',
    words: 1,
    addText: (w, n) =>
      `{ const x = ${w(0)}; if (${n} === 0 || ${betterText(kind, 'v', 'x')}) ${w(0)} = v; }`,
    mergeText: (a, b) =>
      `{ const v = ${b(0)}, x = ${a(0)}; if (${betterText(kind, 'v', 'x')}) ${a(0)} = v; }`,
    subtractText: undefined,
    bindings: {},
    add: (words, o, value, _timestamp, n) => {
      if (n === 0 || better(value, words[o]!)) words[o] = value;
    },
    merge: (a, oa, b, ob) => {
      if (better(b[ob]!, a[oa]!)) a[oa] = b[ob]!;
    },
    subtract: undefined,
    resultOf: (words, o) => valueOfWord(bool ? { kind: 'bool' } : undefined, words[o]!),
    empty: null,
  };
}

type Comparable = number | bigint | string | boolean;

function heapExtreme(
  kind: 'min' | 'max',
  input: AggregateInput,
  reader: ValueReader,
): HeapFold<Comparable | null> {
  const sign = kind === 'min' ? -1 : 1;
  const pick = (acc: Comparable | null, value: unknown): Comparable | null => {
    if (value === null) return acc;
    const ordered = typeof value !== 'object' && typeof value !== 'function';
    if (!ordered || (acc !== null && typeof value !== typeof acc)) {
      const expected = acc === null ? COMPARABLE.expected : `a ${typeof acc} as before`;
      return failValue(input.operator, reader.label, expected, value);
    }
    const next = value as Comparable;
    return acc === null || compareValues(next, acc) * sign > 0 ? next : acc;
  };
  return {
    form: 'heap',
    create: () => null,
    add: pick,
    ...(reader.type?.kind === 'utf8' && typeof reader.source === 'string'
      ? { addRow: pickText(sign, reader.source, reader, pick) }
      : {}),
    merge: pick,
    resultOf: (acc) => acc,
    bytesOf: (acc) => estimateBytes(acc),
    empty: null,
  };
}

/** A field's text is decoded only when it is the new extreme, or no bytes are there to look at. */
function pickText(
  sign: number,
  field: string,
  reader: ValueReader,
  pick: (acc: Comparable | null, value: unknown) => Comparable | null,
): (acc: Comparable | null, row: unknown) => Comparable | null {
  return (acc, row) => {
    if (typeof acc === 'string' && row instanceof RowViewBase) {
      const slice = row.sliceOf(field);
      if (slice !== undefined) {
        return slice === null || slice.compareTo(acc) * sign <= 0 ? acc : slice.toString();
      }
    }
    return pick(acc, reader.read(row));
  };
}
