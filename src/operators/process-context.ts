/** What process functions are given: the row's key and time, timers, side outputs, state. */

import type { RowKind } from '../record/index.ts';
import type { AggregatingState, ReducingState } from './folding-state.ts';
import type { ListState } from './list-state.ts';
import type { MapState } from './map-state.ts';
import type { TimerService } from './process-timers.ts';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from './state-descriptors.ts';
import type { ValueState } from './value-state.ts';
import type { TimeDomain } from './window/assigner.ts';

/** Where an instance runs. */
export interface FunctionContext {
  readonly operatorName: string;
  /** 0 .. parallelism - 1 */
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** Number of key groups. */
  readonly maxParallelism: number;
  /** A counter of this operator, shown in the metrics. */
  counter(name: string): { add(n: number): void };
}

/**
 * State by descriptor. A handle may be kept, and is asked for once or for every row alike; what it gives is that of the
 * key being processed. Keyed state is used while there is such a key: in `processElement` and `onTimer`.
 *
 * All methods @throws ERR_OPERATORS_NOT_KEYED when the stream is not keyed, ERR_OPERATORS_STATE_CONFLICT when the name stands
 * for another descriptor; the handles' methods @throws ERR_OPERATORS_NO_KEY where there is no key, ERR_STATE_QUOTA.
 */
export interface StateContext {
  /**
   * One value of the current key.
   *
   * @example
   * const lastBid = valueState('last-bid', { type: Bid });
   * const before = context.getState(lastBid).value();
   */
  getState<V, Missing>(descriptor: ValueStateDescriptor<V, Missing>): ValueState<V, Missing>;
  /**
   * One value of the current key, by name; any value that structured clone can copy.
   *
   * @param initial the value of a key that has none, or a function that makes one
   * @example
   * const seen = context.getState('seen', 0);
   * seen.update(seen.value() + 1);
   */
  getState<V>(name: string, initial: V | (() => V)): ValueState<V>;
  getListState<V>(descriptor: ListStateDescriptor<V>): ListState<V>;
  getMapState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V>;
  getReducingState<V>(descriptor: ReducingStateDescriptor<V>): ReducingState<V>;
  getAggregatingState<In, Out>(
    descriptor: AggregatingStateDescriptor<In, Out>,
  ): AggregatingState<In, Out>;
  /**
   * State of this instance, not of a key; on the heap, whatever the descriptor's type.
   *
   * @param redistribution what becomes of it when the parallelism changes: every instance gets a share of the values
   *   (`split`, default), or all of them (`union`)
   */
  getOperatorState<V>(
    descriptor: ListStateDescriptor<V>,
    redistribution?: 'split' | 'union',
  ): ListState<V>;
}

/** What `open` is given. */
export interface OpenContext extends FunctionContext, StateContext {}

/** What `processElement` is given beside the row; valid only during the call. */
export interface ProcessContext<K = undefined> extends OpenContext {
  /** Key of the row; undefined when the stream is not keyed. */
  readonly key: K;
  /** Milliseconds since the epoch; undefined when the row has no timestamp. */
  readonly timestamp: number | undefined;
  /** Milliseconds since the epoch; `Number.MIN_SAFE_INTEGER` before the first watermark. */
  readonly watermark: number;
  /** What the row does to the table that the stream describes; `RowKind.insert` in streams that only grow. */
  readonly rowKind: RowKind;
  /** Times, and timers of the key. */
  timerService(): TimerService;
  /**
   * Emits a row to a side output, with the timestamp of the row being processed when none is given.
   *
   * @throws the runtime's error when the job has no such side output
   */
  output(tag: string, row: unknown, timestamp?: number): void;
}

/** What `onTimer` is given beside the time; valid only during the call. */
export interface OnTimerContext<K = undefined> extends ProcessContext<K> {
  /** The time for which the timer was registered. */
  readonly timestamp: number;
  readonly timeDomain: TimeDomain;
}
