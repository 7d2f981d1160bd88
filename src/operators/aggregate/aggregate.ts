/**
 * The contract of a declared aggregate: what a job declares by `sum('price')`, and the fold it becomes once the type of
 * its rows is known.
 *
 * A fold keeps its accumulator either in float64 words, off-heap, or as one value on the heap. Nulls, `where` and counting
 * are not its business: accumulators.ts counts the values that take part, and calls a fold with those only.
 *
 * Laws (test/operators/aggregate/folds.property.test.ts):
 *  1. Merging the accumulators of any parts of the rows gives the result of folding all rows, whatever the order of the
 *     parts: exactly where the arithmetic is exact, within the stated error for sketches and floats.
 *  2. `subtract` undoes `merge`: it is there only where that is exact.
 *  3. The generated text of a word fold and its plain form give the same words.
 *  4. Zero words, with a count of 0, are the empty accumulator.
 */

import type { FieldLayout, RecordType, TypeDescriptor } from '../../record/index.ts';
import type { Plain } from '../operator.ts';
import type { FilterCounts } from './filter-counts.ts';

/**
 * An aggregate as a job declares it; `T` is the row, `R` its result.
 *
 * @example
 * const spec = { flights: count(), meanDelay: mean('delay'), worst: max('delay') };
 */
// oxlint-disable-next-line typescript/no-explicit-any -- rows of any type, as a parameter
export interface Aggregate<T = any, R = unknown> {
  /** `count`, `sum`, … */
  readonly aggregate: string;
  /** What stands in the plan: the field, quantiles, and so on. */
  readonly params: { readonly [key: string]: Plain };
  /** User functions by role: `value`, `where`. */
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** The fields that are read; missing: perhaps all of them, since a function sees the rows. */
  readonly reads?: readonly string[];
  /** The fold over rows of this type. @throws ERR_OPERATORS_FIELD the field is missing or of the wrong kind */
  bind(input: AggregateInput): BoundAggregate;
  /** Phantom: the row. */
  readonly input?: (row: T) => void;
  /** Phantom: the result. */
  readonly result?: R;
}

/** Aggregates by the name of their result. */
// oxlint-disable-next-line typescript/no-explicit-any -- rows of any type, as a parameter
export type AggregateSpec<T = any> = Readonly<Record<string, Aggregate<T>>>;

/** Stands for the type of a field, in results such as that of `max('price')`. */
export interface TypeOfField<F extends string> {
  readonly fieldOf: F;
}

/** Stands for a list of values of a field. */
export interface ListOfField<F extends string> {
  readonly listOf: F;
}

/** The results of aggregates over rows of type `T`, by name. */
export type AggregateResults<T, S extends AggregateSpec<T>> = {
  readonly [K in keyof S]: S[K] extends Aggregate<never, infer R> ? ResultIn<T, R> : never;
};

type ResultIn<T, R> =
  R extends TypeOfField<infer F>
    ? F extends keyof T
      ? T[F]
      : unknown
    : R extends ListOfField<infer F>
      ? readonly (F extends keyof T ? T[F] : unknown)[]
      : R;

/** Where an aggregate is bound. */
export interface AggregateInput {
  /** Of the operator, for messages. */
  readonly operator: string;
  /** Of the rows; undefined for a stream without a record type. */
  readonly type: RecordType | undefined;
}

/** An aggregate over rows of a known type. */
export interface BoundAggregate {
  /** What is read from a row; undefined when nothing is: `count()`. */
  readonly value: ValueReader | undefined;
  readonly where: ((row: unknown) => boolean) | undefined;
  readonly fold: WordFold | HeapFold | SetFold;
  /** Type of the result; undefined when the rows have none. Nullable results are null when no value took part. */
  readonly result: { readonly type: TypeDescriptor; readonly nullable: boolean } | undefined;
}

/** How a value is found in a row. */
export interface ValueReader {
  /** Name in messages: the field, or what the function is called. */
  readonly label: string;
  /** The field's name, or the function: readers of the same rows with equal sources read the same values. */
  readonly source: unknown;
  /** Declared type of the value; undefined when it has none. */
  readonly type: TypeDescriptor | undefined;
  /** Whether it may be null. */
  readonly optional: boolean;
  /** Place of a scalar that a float64 holds exactly, in typed rows. */
  readonly layout: FieldLayout | undefined;
  /** The value as user code sees it; null when it is missing. */
  read(row: unknown): unknown;
}

/**
 * How generated text reads fields of typed rows: from `memory` at `at`; as properties of `row`, a view or a plain object,
 * which is checked as the codec would; or, as for rows without a type, by calling readers.
 */
export type RowAccess = 'bytes' | 'properties' | 'calls';

/** An lvalue of generated text for word `k` of an accumulator. */
export type WordText = (k: number) => string;

/**
 * A fold whose accumulator is `words` float64 words; booleans come as 0 and 1. The number of values so far is kept beside
 * it and handed in: `n` before this value, `na` and `nb` of both parts (never 0).
 */
export interface WordFold {
  readonly form: 'words';
  readonly words: number;
  /** Statements that add the value in the variable `v` with the timestamp in `timestamp`. */
  addText(w: WordText, n: string): string;
  /** Statements that add accumulator `b` to `a`. */
  mergeText(a: WordText, b: WordText, na: string, nb: string): string;
  /** Statements that take `b`, which is part of it, out of `a`; undefined where that is not exact. */
  readonly subtractText: ((a: WordText, b: WordText) => string) | undefined;
  /** Functions that the texts call, by name. */
  readonly bindings: Readonly<Record<string, unknown>>;
  add(words: Float64Array, o: number, value: number, timestamp: number, n: number): void;
  merge(a: Float64Array, oa: number, b: Float64Array, ob: number, na: number, nb: number): void;
  /**
   * Takes one value out again, for changelogs; `n` counts it still. Floats round as they do when adding. Missing where it
   * cannot be done.
   */
  retract?(words: Float64Array, o: number, value: number, n: number): void;
  readonly subtract:
    | ((a: Float64Array, oa: number, b: Float64Array, ob: number) => void)
    | undefined;
  /** @param n values that took part; 0 only for folds that have a result then */
  resultOf(words: Float64Array, o: number, n: number): unknown;
  /** The result when no value took part. */
  readonly empty: unknown;
}

/** A fold whose accumulator is a value on the heap that structured clone can copy. */
export interface HeapFold<A = unknown> {
  readonly form: 'heap';
  create(): A;
  /** Changes `acc`, or gives another in its place. */
  add(acc: A, value: unknown, timestamp: number): A;
  /** {@link add} with the value of this row, null or not, where that need not be read for it. */
  addRow?(acc: A, row: unknown): A;
  /** Takes one value out again; missing where that cannot be done. */
  retract?(acc: A, value: unknown, timestamp: number): A;
  /** Changes `a`, or gives another in its place; `b` stays as it is and shares nothing with the outcome. */
  merge(a: A, b: A): A;
  /** Changes nothing. */
  resultOf(acc: A): unknown;
  /** Bytes it takes, an estimate in constant time; grows with what it holds. */
  bytesOf(acc: A): number;
  readonly empty: unknown;
}

/** Counts of different values, by filter. */
export interface ValueSet extends Readonly<FilterCounts> {
  /** Different values, about. */
  readonly size: number;
}

/**
 * A fold that counts different values; those of one operator over the same values share a set on the heap, which knows for each
 * value the filters that it has passed. A set is one that structured clone can copy.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- sets of any kind, as a parameter
export interface SetFold<S extends ValueSet = any> {
  readonly form: 'set';
  /** @param filters 1 .. 8 */
  create(filters: number): S;
  /** Functions that the text calls, by name. */
  readonly bindings: Readonly<Record<string, unknown>>;
  /** {@link add} as an expression over the value in the variable `v`: a number where it has a place in the row. */
  addText(set: string, mask: string): string;
  /** Adds a value that passes the filters of `mask`, never 0; returns by how many bytes the set grew. */
  add(set: S, value: unknown, mask: number): number;
  /** Changes `a`; `b` stays as it is and shares nothing with it. */
  merge(a: S, b: S): void;
  bytesOf(set: S): number;
  /** The values with their masks; missing where they are no numbers. */
  forEach?(set: S, call: (value: number, mask: number) => void): void;
  readonly retract?: undefined;
  readonly empty: 0;
}

/** What all aggregates take. */
export interface AggregateOptions<T> {
  /** Only rows for which it says true take part (SQL's FILTER). */
  readonly where?: (row: Readonly<T>) => boolean;
}
