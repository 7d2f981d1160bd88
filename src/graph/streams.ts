/**
 * The streams a job is written with: what each call means and how types flow through it.
 *
 * One file, since each of these interfaces speaks of the others. Who makes them: stream.ts, keyed-stream.ts and
 * connected-streams.ts. All of it only declares; nothing runs before the job is submitted.
 *
 * A function given to any of these calls runs on worker threads, in a module of its own: it sees what its module
 * defines and `env.parameters`, not what the submitting thread holds. The row it is given is valid only during the call;
 * `keepRow(row)` gives a copy that may be kept.
 */

import type { Sink } from '../connectors/index.ts';
import type {
  AggregateSpec,
  AsyncAnswer,
  AsyncFunction,
  CoProcessFunction,
  FlatMapFunction,
  ProcessFunction,
  ProcessOptions,
  Provided,
} from '../operators/index.ts';
import type { KeyValue, RecordType } from '../record/index.ts';
import type {
  AggregateRow,
  ContinuousAggregateOptions,
  DeduplicateOptions,
  Ranked,
  RankingOptions,
} from './changelog-options.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { MapAsyncOptions } from './map-async.ts';
import type { OperatorSettings } from './operator-settings.ts';
import type {
  ComparableField,
  KeyField,
  KeyFieldsOf,
  KeyOf,
  KeyPart,
  Row,
  SummableField,
} from './row.ts';
import type { OutputTag } from './output-tag.ts';
import type { WatermarkStrategy } from './watermark-strategy.ts';

/** What both plain and keyed streams can do. */
export interface Transformable<T> {
  /**
   * One row for each row. With a record type the result is typed; without one the stream goes on untyped, and rows that
   * cross threads are carried by the generic codec, which is many times slower.
   *
   * @example
   * bids.map((bid) => ({ auction: bid.auction, euros: bid.price * 0.9 }), Priced);
   */
  map<U>(fn: (row: Row<T>) => NoInfer<U>, type: RecordType<U>): OperatorStream<U>;
  map<U>(fn: (row: Row<T>) => U): OperatorStream<U>;
  /**
   * The rows for which `fn` says true.
   *
   * @example
   * flights.filter((flight) => flight.delay > 0);
   */
  filter(fn: (row: Row<T>) => boolean): OperatorStream<T>;
  /**
   * Any number of rows for each row: those given to `out.collect`, and those of a returned iterable.
   *
   * @example
   * lines.flatMap((line: string) => line.split(' '));
   */
  flatMap<U>(fn: FlatMapFunction<Row<T>, NoInfer<U>>, type: RecordType<U>): OperatorStream<U>;
  flatMap<U>(fn: FlatMapFunction<Row<T>, U>): OperatorStream<U>;
  /**
   * The rows that a promise gives for each row: asynchronous I/O, Flink's `AsyncDataStream.orderedWait` and (with
   * `ordered: false`) `unorderedWait`. The function is given a row that it may keep, and a signal that is aborted when nobody
   * waits for the answer any more; it answers with a row, an iterable of rows (no text, no bytes), or nothing. Timestamps and
   * changelog kinds are those of the row asked for. A rejected promise fails the job unless `retry` says otherwise.
   *
   * Requests under way are part of a checkpoint and are sent again after a restore: the function may be asked twice.
   *
   * @throws ERR_GRAPH_ARGUMENT an option does not fit
   * @example
   * bids.mapAsync(
   *   async (bid, signal) => ({ ...bid, rate: await rateOf(bid.currency, { signal }) }),
   *   { capacity: 50, timeout: '5s', retry: { attempts: 3, delay: { initial: '100ms', max: '2s', factor: 2 } } },
   *   RatedBid,
   * );
   */
  mapAsync<U>(
    fn: AsyncFunction<Row<T>, NoInfer<U>>,
    options: MapAsyncOptions<Row<T>, NoInfer<U>>,
    type: RecordType<U>,
  ): OperatorStream<U>;
  mapAsync<U>(
    fn: (row: Row<T>, signal: AbortSignal) => Promise<AsyncAnswer<U>> | AsyncAnswer<U>,
    options?: MapAsyncOptions<Row<T>, NoInfer<U>>,
  ): OperatorStream<U>;
  /**
   * Ends the stream in a sink.
   *
   * @example
   * delays.sinkTo(csv('delays.csv'));
   */
  sinkTo(sink: Sink<T>): SinkHandle;
  /** Ends the stream in lines on standard output, each behind `prefix`. */
  print(prefix?: string): SinkHandle;
}

/** Rows of type `T`, at some place of the job. */
export interface Stream<T> extends Transformable<T> {
  /**
   * Groups rows by fields, checked by the compiler and against the record type; hashed on the bytes, without decoding.
   *
   * @throws ERR_GRAPH_UNKNOWN_FIELD
   * @throws ERR_GRAPH_KEY_TYPE a list or a record cannot be a key
   * @example
   * bids.keyBy('auction', 'bidder').sum('price');
   */
  keyBy<const F extends readonly KeyField<T>[]>(
    ...fields: F
  ): KeyedStream<T, KeyOf<T, F>> & KeyedByFields<F[number]>;
  /** Groups rows by what a function says; it must depend on nothing but the row. */
  keyBy<K extends KeyValue>(fn: (row: Row<T>) => K): KeyedStream<T, K>;
  /**
   * Folds the whole stream into one row, emitted anew for each row. Every row goes to one subtask: for many rows, key the
   * stream first.
   *
   * @example
   * words.reduce((all, word) => `${all} ${word}`);
   */
  reduce(fn: (folded: Row<T>, row: Row<T>) => T): OperatorStream<T>;
  /**
   * Aggregates over the whole stream, always up to date: a changelog of one row. Every row goes to one subtask; see
   * {@link KeyedStream} for the same by key.
   *
   * @throws ERR_GRAPH_ARGUMENT, ERR_OPERATORS_FIELD, ERR_OPERATORS_RETRACT
   * @example
   * bids.aggregate({ bids: count(), turnover: sum('price') });
   */
  aggregate<const S extends AggregateSpec>(
    aggregates: S,
    options?: ContinuousAggregateOptions,
  ): OperatorStream<AggregateRow<T, undefined, never, S>>;
  /**
   * Whatever a {@link ProcessFunction} does: any number of rows, side outputs, state of the instance.
   *
   * @throws ERR_GRAPH_NOT_KEYED it has timers or state by key
   */
  process<U>(
    fn: Provided<ProcessFunction<Row<T>, NoInfer<U>>>,
    type: RecordType<U>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  process<U>(fn: Provided<ProcessFunction<Row<T>, U>>, options?: ProcessOptions): OperatorStream<U>;
  /**
   * This stream and others of the same record type as one; no order between them. May name the same stream twice.
   *
   * @throws ERR_GRAPH_UNION_TYPES
   */
  union(...others: readonly Stream<T>[]): Stream<T>;
  /** This stream and another of any type, for operators that see both. */
  connect<U>(other: Stream<U>): ConnectedStreams<T, U>;
  /**
   * Splits the rows over named streams: each goes to the one that `choose` names.
   *
   * @example
   * const { cheap, dear } = bids.split(['cheap', 'dear'], (b) => (b.price < 100 ? 'cheap' : 'dear'));
   */
  split<const Tag extends string>(
    tags: readonly Tag[],
    choose: (row: Row<T>) => NoInfer<Tag>,
  ): Readonly<Record<Tag, Stream<T>>>;
  /** Gives rows timestamps and the stream watermarks from here on. */
  assignTimestamps(strategy: WatermarkStrategy<NoInfer<T>>): OperatorStream<T>;

  /** Row i to subtask i of the consumer: equal parallelism is demanded, and checked. */
  forward(): Stream<T>;
  /** Round robin over all subtasks of the consumer. */
  rebalance(): Stream<T>;
  /** Round robin over the subtasks of the consumer that are this subtask's share. */
  rescale(): Stream<T>;
  /** To a subtask drawn at random. */
  shuffle(): Stream<T>;
  /** Every row to every subtask. */
  broadcast(): Stream<T>;
  /** Every row to subtask 0. */
  global(): Stream<T>;
  /** To the subtask that `route` names: an integer, 0 .. parallelism - 1. */
  partitionCustom(route: (row: Row<T>, parallelism: number) => number): Stream<T>;
}

/** A stream straight out of an operator, which can be named and set up. */
export interface OperatorStream<T> extends Stream<T>, OperatorSettings {
  /**
   * Rows that this operator sends to a side output, e.g. by `ctx.output('late', row)`.
   *
   * @throws ERR_GRAPH_SIDE_OUTPUT the same tag was asked for with another record type
   */
  getSideOutput<U>(tag: OutputTag<U>): Stream<U>;
  getSideOutput<U>(tag: string, type: RecordType<U>): Stream<U>;
  getSideOutput<U = unknown>(tag: string): Stream<U>;
  /**
   * Rows at which the function of this operator threw, with the error; asks for `onBadRow('sideOutput')` unless something else
   * was said before.
   *
   * @throws ERR_GRAPH_BAD_ROW as `onBadRow`
   * @example
   * parsed.deadLetters().sinkTo(jsonLines('dead-letters'));
   */
  deadLetters(): Stream<DeadLetter>;
}

/** Says by which fields a stream is keyed, for the types of what follows; there is no such property. */
export interface KeyedByFields<F> {
  readonly keyFields?: F;
}

/** Rows grouped by a key; equal keys go to the same subtask, in order per producer. */
export interface KeyedStream<T, K> extends Transformable<T> {
  /**
   * Declared aggregates by key, always up to date: a changelog (+I, then -U +U for each row that changes a result; -D when
   * the last row of a key was taken out) of rows with the fields of the key, or `key` when a function gives it, and the
   * aggregates by their names. Takes changelogs, if every aggregate can take a row out again. In batch mode one row per
   * key, at the end. Sinks that can only append refuse a changelog: use `table`, or `collect` and files with options for it.
   *
   * @throws ERR_GRAPH_ARGUMENT, ERR_OPERATORS_FIELD, ERR_OPERATORS_RESULT_NAME, ERR_OPERATORS_RETRACT
   * @example
   * bids.keyBy('auction').aggregate({ bids: count(), best: max('price') }, { miniBatch: { latency: '1s' } });
   */
  aggregate<const S extends AggregateSpec>(
    aggregates: S,
    options?: ContinuousAggregateOptions,
  ): OperatorStream<AggregateRow<T, K, KeyFieldsOf<this>, S>>;
  /**
   * One row per key: the first or last to come, or by timestamp (then, and for the last, a changelog: a better row updates
   * the one before).
   *
   * @throws ERR_GRAPH_ARGUMENT
   * @example
   * orders.keyBy('id').deduplicate({ keep: 'first', ttl: '1d' });
   */
  deduplicate(options?: DeduplicateOptions): OperatorStream<T>;
  /**
   * The first n rows of each key in an order, as a changelog; of equal rows the one that came first. Takes changelogs, for
   * which it keeps all rows; else it keeps n rows per key.
   *
   * @throws ERR_GRAPH_ARGUMENT, ERR_GRAPH_UNKNOWN_FIELD, ERR_GRAPH_FIELD_TYPE
   * @example
   * bids.keyBy('auction').topN(3, { by: 'price', descending: true, withRank: true });
   */
  topN<const R extends boolean | string = false>(
    n: number,
    options: RankingOptions<T, R>,
  ): OperatorStream<Ranked<T, R>>;
  /**
   * Folds the rows of each key; one result per row (per key in batch mode).
   *
   * @example
   * bids.keyBy('auction').reduce((top, bid) => (bid.price > top.price ? keepRow(bid) : top));
   */
  reduce(fn: (folded: Row<T>, row: Row<T>) => T): OperatorStream<T>;
  /**
   * Running sum of a field by key; the other fields are those of the key's first row.
   *
   * @throws ERR_GRAPH_UNKNOWN_FIELD
   * @throws ERR_GRAPH_FIELD_TYPE
   */
  sum(field: SummableField<T>): OperatorStream<T>;
  /** Running minimum of a field by key; the other fields are those of the key's first row. */
  min(field: ComparableField<T>): OperatorStream<T>;
  /** Running maximum of a field by key; the other fields are those of the key's first row. */
  max(field: ComparableField<T>): OperatorStream<T>;
  /** The whole row with the smallest value so far, by key; the first on ties. */
  minBy(field: ComparableField<T>): OperatorStream<T>;
  /** The whole row with the largest value so far, by key; the first on ties. */
  maxBy(field: ComparableField<T>): OperatorStream<T>;
  /**
   * Whatever a {@link ProcessFunction} does, with state and timers of the key of each row.
   *
   * @throws ERR_OPERATORS_STATE_TWICE two declared states have one name
   * @example
   * const last = valueState('last', { type: Bid });
   * bids.keyBy('bidder').process({
   *   states: [last],
   *   processElement(bid, ctx) {
   *     ctx.getState(last).update(bid);
   *     ctx.timerService().registerEventTimeTimer(ctx.timestamp! + 60_000);
   *   },
   *   onTimer(time, ctx, out) {
   *     const bid = ctx.getState(last).value();
   *     if (bid !== undefined) out.collect(bid);
   *     ctx.getState(last).clear();
   *   },
   * }, Bid);
   */
  process<U>(
    fn: Provided<ProcessFunction<Row<T>, NoInfer<U>, K>>,
    type: RecordType<U>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  process<U>(
    fn: Provided<ProcessFunction<Row<T>, U, K>>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  /** This stream and another that is keyed by values of the same kind: equal keys meet in one subtask. */
  connect<U>(other: KeyedStream<U, K>): ConnectedStreams<T, U, K>;
}

/** Two streams that one operator sees both of. `K` is the key, when both are keyed. */
export interface ConnectedStreams<A, B, K = undefined> {
  /** One row for each row of either stream. */
  map<U>(
    first: (row: Row<A>) => NoInfer<U>,
    second: (row: Row<B>) => NoInfer<U>,
    type: RecordType<U>,
  ): OperatorStream<U>;
  map<U, V = U>(first: (row: Row<A>) => U, second: (row: Row<B>) => V): OperatorStream<U | V>;
  /** Any number of rows for each row of either stream. */
  flatMap<U>(
    first: FlatMapFunction<Row<A>, NoInfer<U>>,
    second: FlatMapFunction<Row<B>, NoInfer<U>>,
    type: RecordType<U>,
  ): OperatorStream<U>;
  flatMap<U, V = U>(
    first: FlatMapFunction<Row<A>, U>,
    second: FlatMapFunction<Row<B>, V>,
  ): OperatorStream<U | V>;
  /** Whatever a {@link CoProcessFunction} does. */
  process<U>(
    fn: Provided<CoProcessFunction<Row<A>, Row<B>, NoInfer<U>, K>>,
    type: RecordType<U>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  process<U>(
    fn: Provided<CoProcessFunction<Row<A>, Row<B>, U, K>>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  /** Keys both streams. */
  keyBy<const F extends KeyField<A>, const G extends KeyField<B>>(
    first: F,
    second: G,
  ): ConnectedStreams<A, B, KeyPart<A, F> | KeyPart<B, G>>;
  keyBy<L extends KeyValue>(
    first: (row: Row<A>) => L,
    second: (row: Row<B>) => L,
  ): ConnectedStreams<A, B, L>;
}

/** A sink in the job, which can be named and set up. */
export interface SinkHandle extends OperatorSettings {
  readonly kind: 'sink';
}
