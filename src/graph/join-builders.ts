/**
 * Joins as a job writes them: what each call means. Who makes them: keyed-joins.ts and window-joins.ts.
 *
 * The calls on streams that begin a join are declared here too, since the streams speak of joins and joins of streams.
 */

import type {
  AsyncAnswer,
  CoGroupFunction,
  JoinComparison,
  ProcessJoinFunction,
  WindowAssigner,
} from '../operators/index.ts';
import type { KeyValue, RecordType } from '../record/index.ts';
import type { Duration } from './durations.ts';
import type { MapAsyncOptions } from './map-async.ts';
import type { OutputTag } from './output-tag.ts';
import type { KeyField, KeyOf, Row } from './row.ts';
import type { OperatorStream } from './streams.ts';

/** Which sides keep their rows that have no match. */
export type JoinKind = 'inner' | 'left' | 'right' | 'full';

/** A left row as a join function sees it: undefined where a right row has no match. */
export type LeftRow<A, J extends JoinKind> = J extends 'right' | 'full'
  ? Row<A> | undefined
  : Row<A>;
/** A right row as a join function sees it. */
export type RightRow<B, J extends JoinKind> = J extends 'left' | 'full'
  ? Row<B> | undefined
  : Row<B>;

/** Where a selected field comes from. */
export type SelectPath<A, B> = `left.${keyof A & string}` | `right.${keyof B & string}`;

type Missing<J extends JoinKind, Side extends JoinKind> = J extends Side | 'full' ? null : never;

/** The row that a selection gives; fields of a side that may be missing are nullable. */
export type Selected<A, B, J extends JoinKind, S> = {
  [F in keyof S]: S[F] extends `left.${infer P extends keyof A & string}`
    ? A[P] | Missing<J, 'right'>
    : S[F] extends `right.${infer P extends keyof B & string}`
      ? B[P] | Missing<J, 'left'>
      : never;
};

/** A join whose results are still to be said. */
export interface Joined<A, B, J extends JoinKind = 'inner'> {
  /**
   * One row for each pair, by a function; both rows are valid only during the call. With a record type the result is typed.
   *
   * @example
   * bids.keyBy('auction').join(auctions.keyBy('id')).apply((bid, auction) => ({ ...auction, price: bid.price }));
   */
  apply<U>(
    fn: (left: LeftRow<A, J>, right: RightRow<B, J>) => NoInfer<U>,
    type: RecordType<U>,
  ): OperatorStream<U>;
  apply<U>(fn: (left: LeftRow<A, J>, right: RightRow<B, J>) => U): OperatorStream<U>;
  /**
   * One row for each pair with the fields named, copied as bytes: the fastest form. Both streams need record types.
   *
   * @param name of the result's record type
   * @throws ERR_GRAPH_JOIN_SELECT
   * @example
   * bids.keyBy('auction').join(auctions.keyBy('id')).select('PricedItem', { item: 'right.item', price: 'left.price' });
   */
  select<const S extends Readonly<Record<string, SelectPath<A, B>>>>(
    name: string,
    fields: S,
  ): OperatorStream<Selected<A, B, J, S>>;
}

/** An interval join without its interval. */
export interface IntervalJoin<A, B> {
  /**
   * Joins pairs with left + lower ≤ right ≤ left + upper, by event time. A bound is milliseconds or a duration such as
   * `'10s'`, which may be negative: `'-5s'`.
   *
   * @throws ERR_GRAPH_JOIN_BOUNDS the lower bound is above the upper one
   */
  between(lower: Duration, upper: Duration): IntervalJoined<A, B>;
}

/** An interval join. Results carry the larger timestamp of the pair. */
export interface IntervalJoined<A, B> extends Omit<Joined<A, B>, 'apply'> {
  /** left + lower < right. */
  lowerBoundExclusive(): IntervalJoined<A, B>;
  /** right < left + upper. */
  upperBoundExclusive(): IntervalJoined<A, B>;
  /** Left rows that come behind the watermark go there; else they are counted as `lateRowsDropped`. */
  sideOutputLeftLateData(tag: string | OutputTag<A>): IntervalJoined<A, B>;
  /** The same for right rows. */
  sideOutputRightLateData(tag: string | OutputTag<B>): IntervalJoined<A, B>;
  /**
   * One row for each pair by a function, or any number by a {@link ProcessJoinFunction}.
   *
   * @throws ERR_GRAPH_JOIN_BOUNDS no pair can be within exclusive bounds
   * @example
   * orders.keyBy('id').intervalJoin(payments.keyBy('order')).between('-5s', '10s')
   *   .process((order, payment) => ({ id: order.id, paid: payment.sum }));
   */
  process<U>(fn: JoinFunction<A, B, NoInfer<U>>, type: RecordType<U>): OperatorStream<U>;
  process<U>(fn: JoinFunction<A, B, U>): OperatorStream<U>;
}

/** What `process` of an interval join takes. */
export type JoinFunction<A, B, U> =
  | ((left: Row<A>, right: Row<B>) => U)
  | ProcessJoinFunction<Row<A>, Row<B>, U>;

/** A join of two streams that are still to be keyed: `a.join(b).where('id').equalTo('ref').window(tumbling('1m'))`. */
export interface JoinWhere<A, B, J extends JoinKind> {
  /** Fields of the left rows, or a function, that make the key. */
  where<const F extends readonly KeyField<A>[]>(...fields: F): JoinEqualTo<A, B, J, KeyOf<A, F>>;
  where<K extends KeyValue>(fn: (row: Row<A>) => K): JoinEqualTo<A, B, J, K>;
}

/** What the right rows' key is made of. */
export interface JoinEqualTo<A, B, J extends JoinKind, K> {
  /** @throws ERR_GRAPH_JOIN_KEYS the two keys are not of the same kinds */
  equalTo<const F extends readonly KeyField<B>[]>(...fields: F): JoinWindow<A, B, J>;
  equalTo(fn: (row: Row<B>) => K): JoinWindow<A, B, J>;
}

/** In what window rows meet. */
export interface JoinWindow<A, B, J extends JoinKind> {
  /**
   * Rows of one key meet when they lie in one window, of any kind but count windows. With the global window they meet when all
   * input ended.
   */
  window(assigner: WindowAssigner): WindowJoined<A, B, J>;
}

/** A window join. Results carry the window's last timestamp, end - 1. */
export interface WindowJoined<A, B, J extends JoinKind> extends Joined<A, B, J> {
  /** How long after its end a window takes late rows, each of which fires it again. */
  allowedLateness(lateness: Duration): WindowJoined<A, B, J>;
  /** Left rows that are late for all their windows go there; else they are counted as `lateRowsDropped`. */
  sideOutputLeftLateData(tag: string | OutputTag<A>): WindowJoined<A, B, J>;
  /** The same for right rows. */
  sideOutputRightLateData(tag: string | OutputTag<B>): WindowJoined<A, B, J>;
}

/** A coGroup: as {@link JoinWhere}, but the function sees all rows of both sides. */
export interface CoGroupWhere<A, B> {
  /** Fields of the left rows, or a function, that make the key. */
  where<const F extends readonly KeyField<A>[]>(...fields: F): CoGroupEqualTo<A, B, KeyOf<A, F>>;
  where<K extends KeyValue>(fn: (row: Row<A>) => K): CoGroupEqualTo<A, B, K>;
}

/** What the right rows' key is made of. */
export interface CoGroupEqualTo<A, B, K> {
  /** @throws ERR_GRAPH_JOIN_KEYS the two keys are not of the same kinds */
  equalTo<const F extends readonly KeyField<B>[]>(...fields: F): CoGroupWindow<A, B>;
  equalTo(fn: (row: Row<B>) => K): CoGroupWindow<A, B>;
}

/** In what window rows meet. */
export interface CoGroupWindow<A, B> {
  /** As for a window join. */
  window(assigner: WindowAssigner): CoGrouped<A, B>;
}

/** A windowed coGroup. */
export interface CoGrouped<A, B> {
  /** How long after its end a window takes late rows, each of which fires it again. */
  allowedLateness(lateness: Duration): CoGrouped<A, B>;
  /** Left rows that are late for all their windows go there; else they are counted as `lateRowsDropped`. */
  sideOutputLeftLateData(tag: string | OutputTag<A>): CoGrouped<A, B>;
  /** The same for right rows. */
  sideOutputRightLateData(tag: string | OutputTag<B>): CoGrouped<A, B>;
  /**
   * Called for each key and window with a row on either side. A row is valid until the next of its side.
   *
   * @example
   * persons.coGroup(auctions).where('id').equalTo('seller').window(tumbling('10s'))
   *   .apply((sellers, items, out) => { for (const seller of sellers) out.collect(seller.name); });
   */
  apply<U>(fn: CoGroupFunction<Row<A>, Row<B>, NoInfer<U>>, type: RecordType<U>): OperatorStream<U>;
  apply<U>(fn: CoGroupFunction<Row<A>, Row<B>, U>): OperatorStream<U>;
}

/** How a join of keyed streams keeps rows, and which pairs match. */
export interface KeyedJoinOptions<A, B> {
  /** How long after its arrival a row is kept, `'1h'` or milliseconds; left out: for ever. */
  readonly ttl?: Duration;
  /** `event`: a row arrives at its timestamp, and the watermark is now. Default: `processing`. */
  readonly time?: 'event' | 'processing';
  /**
   * What a pair must fulfil besides the key: a function, or comparisons of which all must hold. Of comparisons the engine knows
   * what they read: with a declared result (`select`) no other fields are sent or kept, and a row that fails what is said of
   * its own side is not kept. A comparison with null does not hold.
   *
   * @throws ERR_GRAPH_JOIN_WHERE (the call of the join) a comparison of fields that there are not, or of different kinds
   * @example
   * bids.keyBy('auction').join(auctions.keyBy('id'), {
   *   where: [
   *     ['left.time', '>=', 'right.opens'],
   *     ['left.time', '<', 'right.closes'],
   *     ['right.category', '=', { value: 10 }],
   *   ],
   * });
   */
  readonly where?:
    | ((left: Row<A>, right: Row<B>) => boolean)
    | readonly JoinComparison<SelectPath<A, B>>[];
  /**
   * The side that has one row at most for each key over the whole stream, such as the auctions in a join of bids with
   * auctions by the auction's id. When that row is there, the other side's rows meet it as they come and are not kept: what
   * is kept are the rows of this side and those that wait for theirs. A second row of a key fails the job with
   * ERR_OPERATORS_JOIN_UNIQUE. Of a changelog, whose rows may be taken back, it says nothing.
   */
  readonly unique?: 'left' | 'right';
}

/** How an outside table is asked. */
export interface LookupJoinOptions<A, B> extends MapAsyncOptions<Row<A>, B> {
  /** Keeps answers, by subtask: the least recently used goes when there are more than `size`, each after `ttl`. */
  readonly cache?: {
    /** What the answer depends on: a field of the row, or a function of it. */
    readonly key: KeyField<A> | ((row: Row<A>) => KeyValue);
    readonly size: number;
    readonly ttl?: Duration;
  };
}

/** A lookup join whose results are still to be said. */
export interface LookupJoined<A, B, J extends JoinKind = 'inner'> {
  /** One row for each pair, by a function. */
  apply<U>(
    fn: (left: Row<A>, right: RightRow<B, J>) => NoInfer<U>,
    type: RecordType<U>,
  ): OperatorStream<U>;
  apply<U>(fn: (left: Row<A>, right: RightRow<B, J>) => U): OperatorStream<U>;
}

declare module './streams.ts' {
  interface Transformable<T> {
    /**
     * Each row with what an outside table has for it: `lookup` answers with one value, several (an iterable) or nothing.
     *
     * @example
     * orders.lookupJoin(async (order) => customers.get(order.customer), { cache: { key: 'customer', size: 10_000 } })
     *   .apply((order, customer) => ({ id: order.id, name: customer.name }), Named);
     */
    lookupJoin<B>(
      lookup: (row: Row<T>, signal: AbortSignal) => Promise<AsyncAnswer<B>> | AsyncAnswer<B>,
      options?: LookupJoinOptions<T, NoInfer<B>>,
    ): LookupJoined<T, B>;
    /** The same, and the rows for which there is nothing. */
    leftLookupJoin<B>(
      lookup: (row: Row<T>, signal: AbortSignal) => Promise<AsyncAnswer<B>> | AsyncAnswer<B>,
      options?: LookupJoinOptions<T, NoInfer<B>>,
    ): LookupJoined<T, B, 'left'>;
  }

  interface Stream<T> {
    /** Pairs of rows that have one key and lie in one window. */
    join<U>(other: Stream<U>): JoinWhere<T, U, 'inner'>;
    /** The same, and this stream's rows whose window has no row of the other's with their key. */
    leftJoin<U>(other: Stream<U>): JoinWhere<T, U, 'left'>;
    /** The same, and the other's rows whose window has no row of this one's with their key. */
    rightJoin<U>(other: Stream<U>): JoinWhere<T, U, 'right'>;
    /** The same with the rows of both that stand alone. */
    fullJoin<U>(other: Stream<U>): JoinWhere<T, U, 'full'>;
    /** All rows of both streams that have one key and lie in one window, in one call. */
    coGroup<U>(other: Stream<U>): CoGroupWhere<T, U>;
  }

  interface KeyedStream<T, K> {
    /**
     * Pairs of rows of one key whose timestamps lie within an interval of each other.
     *
     * @throws ERR_GRAPH_JOIN_KEYS the two keys are not of the same kinds
     */
    intervalJoin<U>(other: KeyedStream<U, K>): IntervalJoin<T, U>;
    /**
     * Pairs of rows of one key, as a changelog: of two streams of inserts each pair once, when its second row comes; where an
     * input takes rows back, so does the result.
     *
     * @throws ERR_GRAPH_JOIN_KEYS the two keys are not of the same kinds
     */
    join<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U>;
    /** The same, and this stream's rows without a match, which are deleted when their first match comes. */
    leftJoin<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U, 'left'>;
    /** The same, and the other's rows without a match. */
    rightJoin<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U, 'right'>;
    /** The same with the rows of both that have no match. */
    fullJoin<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U, 'full'>;
    /**
     * Each row with the version of its key that was valid at the row's timestamp. The rows of `versions` are valid from their
     * timestamps on, until the next of their key; one that is deleted has no successor. Emitted when the watermark passes.
     *
     * @throws ERR_GRAPH_JOIN_KEYS the two keys are not of the same kinds
     */
    temporalJoin<U>(versions: KeyedStream<U, K>): Joined<T, U>;
    /** The same, and the rows for which there was no version. */
    leftTemporalJoin<U>(versions: KeyedStream<U, K>): Joined<T, U, 'left'>;
  }
}
