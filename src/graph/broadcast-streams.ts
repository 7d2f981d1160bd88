/**
 * Broadcast streams as a job writes them: what each call means. Who makes them: broadcast-connect.ts.
 *
 * The calls on streams that lead here are declared here too, since the streams speak of them and they of streams.
 */

import type {
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
  MapStateDescriptor,
  ProcessOptions,
  Provided,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Row } from './row.ts';
import type { OperatorStream } from './streams.ts';

/** A stream whose every row goes to every subtask, with the state that it maintains there. */
export interface BroadcastStream<B> {
  readonly kind: 'broadcast';
  readonly descriptors: readonly MapStateDescriptor[];
  /** Phantom: the row. */
  readonly row?: B;
}

/** A stream without a key and a broadcast one. */
export interface BroadcastConnectedStream<A, B> {
  /**
   * Whatever a {@link BroadcastProcessFunction} does: both sides see the broadcast state, the broadcast side writes it.
   *
   * @throws ERR_GRAPH_ARGUMENT
   */
  process<U>(
    fn: Provided<BroadcastProcessFunction<Row<A>, Row<B>, NoInfer<U>>>,
    type: RecordType<U>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  process<U>(
    fn: Provided<BroadcastProcessFunction<Row<A>, Row<B>, U>>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
}

/** A keyed stream and a broadcast one. */
export interface KeyedBroadcastConnectedStream<A, B, K> {
  /**
   * Whatever a {@link KeyedBroadcastProcessFunction} does: as without a key, with state and timers per key besides.
   *
   * @throws ERR_GRAPH_ARGUMENT, ERR_OPERATORS_STATE_TWICE
   */
  process<U>(
    fn: Provided<KeyedBroadcastProcessFunction<Row<A>, Row<B>, NoInfer<U>, K>>,
    type: RecordType<U>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
  process<U>(
    fn: Provided<KeyedBroadcastProcessFunction<Row<A>, Row<B>, U, K>>,
    options?: ProcessOptions,
  ): OperatorStream<U>;
}

declare module './streams.ts' {
  interface Stream<T> {
    /**
     * Every row to every subtask of what it is connected with, each of which keeps a copy of these states.
     *
     * @param first a map state; every subtask must come to the same content
     * @throws ERR_GRAPH_ARGUMENT
     * @example
     * const limits = mapState<string, number>('limits');
     * bids.keyBy('auction').connect(rules.broadcast(limits)).process({
     *   processElement(bid, ctx, out) {
     *     if (bid.price <= (ctx.getBroadcastState(limits).get(bid.channel) ?? Infinity)) out.collect(bid);
     *   },
     *   processBroadcastElement: (rule, ctx) => ctx.getBroadcastState(limits).put(rule.channel, rule.limit),
     * });
     */
    broadcast(
      first: MapStateDescriptor,
      ...more: readonly MapStateDescriptor[]
    ): BroadcastStream<T>;
    /** This stream and a broadcast one. */
    connect<U>(other: BroadcastStream<U>): BroadcastConnectedStream<T, U>;
  }

  interface KeyedStream<T, K> {
    /** This stream and a broadcast one. */
    connect<U>(other: BroadcastStream<U>): KeyedBroadcastConnectedStream<T, U, K>;
  }
}
