/**
 * Streams cut into windows: what each call means. Who makes them: windowed-stream.ts.
 *
 * The calls on streams that begin windows are declared here too, since the streams speak of windows and windows of
 * streams. Results carry the last timestamp of their window, `end - 1`.
 */

import type {
  AggregateFunction,
  AggregateResults,
  AggregateSpec,
  Evictor,
  ProcessWindowFunction,
  Provided,
  Trigger,
  WindowAssigner,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Duration } from './durations.ts';
import type { WindowAggregateOptions } from './local-fold.ts';
import type { OutputTag } from './output-tag.ts';
import type { ComparableField, KeyFieldsOf, Row, SummableField } from './row.ts';
import type { OperatorStream } from './streams.ts';

type Flat<R> = { readonly [N in keyof R]: R[N] };

/** The key in a result: its fields, or `key` when a function gave it, or nothing. */
type KeyColumns<T, K, F> = [F] extends [never]
  ? [K] extends [undefined]
    ? unknown
    : { readonly key: K }
  : Pick<T, F & keyof T>;

/**
 * What declared aggregates give for a key and window: the fields of the key (`key` when a function gave it), the ends of the
 * window in milliseconds since the epoch, and the aggregates by their names.
 *
 * Streams are compared with their methods' type parameters erased: the first line keeps that from going on for ever.
 */
export type WindowResult<T, K, F, S extends AggregateSpec> = 0 extends 1 & S
  ? unknown
  : Flat<
      KeyColumns<T, K, F> & {
        readonly windowStart: number;
        readonly windowEnd: number;
      } & AggregateResults<T, S>
    >;

/**
 * Rows by key and window. `K` is the key; undefined for windows over a whole stream. `F` are the names of the fields of the
 * key.
 */
export interface WindowedStream<T, K, F = never> {
  /**
   * When windows fire, in place of the default.
   *
   * @throws ERR_GRAPH_TRIGGER these windows cannot have it: it does not merge, or waits for watermarks in processing time
   * @example
   * bids.keyBy('auction').window(tumbling('1h')).trigger(continuousEventTimeTrigger('1m'));
   */
  trigger(trigger: Trigger<Row<T>>): WindowedStream<T, K, F>;
  /** Which rows the window's function does not see (again). All rows of a window are then kept until it is dropped. */
  evictor(evictor: Evictor<Row<T>>): WindowedStream<T, K, F>;
  /**
   * How long windows are kept after the watermark has passed them: a row that comes within it makes its window fire again.
   *
   * @throws ERR_GRAPH_ARGUMENT a negative duration, or windows for which nothing is late
   */
  allowedLateness(lateness: Duration): WindowedStream<T, K, F>;
  /**
   * Rows that are late for all their windows go to this side output; without it they are dropped and counted
   * (`lateRowsDropped`). Read it by `getSideOutput` of the result.
   *
   * @example
   * const late = outputTag('late', Bid);
   * const sums = bids.keyBy('auction').window(tumbling('1m')).sideOutputLateData(late).sum('price');
   * sums.getSideOutput(late).print('late');
   */
  sideOutputLateData(tag: string | OutputTag<T>): WindowedStream<T, K, F>;
  /**
   * Folds the rows of a window as they come, into a row of the same type; the first one is its first result. A window
   * function may follow, for results that need the key or the window.
   *
   * @example
   * bids.keyBy('auction').window(tumbling('1m')).reduce((a, b) => (b.price > a.price ? keepRow(b) : a));
   */
  reduce(fn: (folded: Row<T>, row: Row<T>) => T): OperatorStream<T>;
  reduce<U>(
    fn: (folded: Row<T>, row: Row<T>) => T,
    windowFn: Provided<ProcessWindowFunction<Row<T>, U, K>>,
    type?: RecordType<U>,
  ): OperatorStream<U>;
  /**
   * Folds the rows of a window by declared aggregates: off-heap, without a call per row. A result has the key, the ends of the
   * window, and the aggregates by their names.
   *
   * @throws ERR_OPERATORS_FIELD an aggregate names a field that is missing or of the wrong kind
   * @throws ERR_OPERATORS_RESULT_NAME an aggregate has the name of a key field or of the window's
   * @example
   * flights.keyBy('origin').window(tumbling('1h')).aggregate({ flights: count(), delay: mean('delay') });
   */
  aggregate<const S extends AggregateSpec<T>>(
    aggregates: S,
    options?: WindowAggregateOptions,
  ): OperatorStream<WindowResult<T, K, F, S>>;
  /**
   * Folds the rows of a window as they come, into anything; a window function may follow.
   *
   * Over a whole stream (`windowAll`), `{ preAggregate: 'on' }` folds rows where they are produced, and sends accumulators
   * that `merge` puts together: then no row goes to the one subtask that owns the windows. Accumulators must be values that
   * structured clone can copy, without classes of their own.
   *
   * @throws ERR_GRAPH_ARGUMENT a method is missing
   * @example
   * bids.keyBy('auction').window(session('5m')).aggregate(meanPrice, {
   *   process: ([price], { key, window }, out) => out.collect({ auction: key, end: window.end, price: price! }),
   * }, MeanPrice);
   */
  aggregate<Acc, U>(
    fn: AggregateFunction<Row<T>, Acc, U>,
    type?: RecordType<NoInfer<U>>,
    options?: WindowAggregateOptions,
  ): OperatorStream<U>;
  aggregate<Acc, V, U>(
    fn: AggregateFunction<Row<T>, Acc, V>,
    windowFn: Provided<ProcessWindowFunction<NoInfer<V>, NoInfer<U>, K>>,
    type: RecordType<U>,
    options?: WindowAggregateOptions,
  ): OperatorStream<U>;
  aggregate<Acc, V, U>(
    fn: AggregateFunction<Row<T>, Acc, V>,
    windowFn: Provided<ProcessWindowFunction<NoInfer<V>, U, K>>,
    type?: undefined,
    options?: WindowAggregateOptions,
  ): OperatorStream<U>;
  /**
   * Hands all rows of a window to a {@link ProcessWindowFunction}: they are kept until then.
   *
   * @example
   * clicks.keyBy('user').window(session('30m')).process({
   *   process: (rows, { key, window }, out) => out.collect({ user: key, ...window, clicks: rows.length }),
   * });
   */
  process<U>(
    fn: Provided<ProcessWindowFunction<Row<T>, NoInfer<U>, K>>,
    type: RecordType<U>,
  ): OperatorStream<U>;
  process<U>(fn: Provided<ProcessWindowFunction<Row<T>, U, K>>): OperatorStream<U>;
  /**
   * Sum of a field; the other fields are those of the window's first row.
   *
   * @throws ERR_GRAPH_UNKNOWN_FIELD
   * @throws ERR_GRAPH_FIELD_TYPE
   */
  sum(field: SummableField<T>): OperatorStream<T>;
  /** Minimum of a field; the other fields are those of the window's first row. */
  min(field: ComparableField<T>): OperatorStream<T>;
  /** Maximum of a field; the other fields are those of the window's first row. */
  max(field: ComparableField<T>): OperatorStream<T>;
  /** The whole row with the smallest value of the window; the first on ties. */
  minBy(field: ComparableField<T>): OperatorStream<T>;
  /** The whole row with the largest value of the window; the first on ties. */
  maxBy(field: ComparableField<T>): OperatorStream<T>;
}

declare module './streams.ts' {
  interface Stream<T> {
    /**
     * Windows over the whole stream. Every row goes to one subtask: for many rows, key the stream first.
     *
     * @example
     * bids.windowAll(tumbling('1m')).sum('price');
     */
    windowAll(assigner: WindowAssigner): WindowedStream<T, undefined>;
    /** The same by count: see `countWindow` of keyed streams. */
    countWindowAll(size: number, slide?: number): WindowedStream<T, undefined>;
  }

  interface KeyedStream<T, K> {
    /**
     * Windows of the rows of each key.
     *
     * @throws ERR_GRAPH_ARGUMENT it is no assigner
     * @example
     * flights.keyBy('origin').window(tumbling('1h')).max('delay');
     */
    window(assigner: WindowAssigner): WindowedStream<T, K, KeyFieldsOf<this>>;
    /**
     * Windows of so many rows of a key: the first `size`, the next `size`, and so on. With a slide: the last `size` rows,
     * every `slide` rows.
     *
     * @throws ERR_GRAPH_ARGUMENT a number is no integer ≥ 1
     * @example
     * bids.keyBy('auction').countWindow(10).sum('price');
     */
    countWindow(size: number, slide?: number): WindowedStream<T, K, KeyFieldsOf<this>>;
  }
}
