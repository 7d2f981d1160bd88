/** Process functions over a stream and a broadcast one: rules that every instance sees, beside rows that one of them has. */

import type {
  BroadcastContext,
  BroadcastTimerContext,
  KeyedBroadcastContext,
  ReadOnlyContext,
} from './broadcast-context.ts';
import { BroadcastRowContext } from './broadcast-context.ts';
import type { Operator, OperatorContext, Transformation } from './operator.ts';
import { LIFE_CYCLE_METHODS, ProcessBase, type ProcessLifeCycle } from './process-base.ts';
import { processTransformationOf, type ProcessOptions } from './process-transformation.ts';
import { instantiate, type Provided } from './provided.ts';
import type { ChangeCollector } from './row-collector.ts';
import type { MapStateDescriptor, StateDescriptor } from './state-descriptors.ts';

/** A user's operator over a stream without a key and a broadcast one. */
export interface BroadcastProcessFunction<
  T = unknown,
  B = unknown,
  U = unknown,
> extends ProcessLifeCycle<U> {
  /** One row of the stream; a view is valid only during the call. */
  processElement(row: T, context: ReadOnlyContext, out: ChangeCollector<U>): void;
  /** One row of the broadcast stream, which every instance is given. */
  processBroadcastElement(row: B, context: BroadcastContext, out: ChangeCollector<U>): void;
}

/** A user's operator over a keyed stream and a broadcast one. */
export interface KeyedBroadcastProcessFunction<
  T = unknown,
  B = unknown,
  U = unknown,
  K = unknown,
> extends Omit<ProcessLifeCycle<U, K>, 'onTimer'> {
  /** One row of the keyed stream; a view is valid only during the call. */
  processElement(row: T, context: ReadOnlyContext<K>, out: ChangeCollector<U>): void;
  /** One row of the broadcast stream, which every instance is given. */
  processBroadcastElement(row: B, context: KeyedBroadcastContext<K>, out: ChangeCollector<U>): void;
  /** A timer of a key is due; see `ProcessFunction`. */
  onTimer?(timestamp: number, context: BroadcastTimerContext<K>, out: ChangeCollector<U>): void;
}

const METHODS = ['processElement', 'processBroadcastElement', ...LIFE_CYCLE_METHODS] as const;

/**
 * An operator of the user's own over a stream (input 0) and a broadcast one (input 1).
 *
 * @param descriptors state that every instance has a copy of
 * @example
 * broadcastProcessTransformation<number, string, number>([limits], {
 *   processElement: (n, context, out) => {
 *     if (n <= (context.getBroadcastState(limits).get('max') ?? Infinity)) out.collect(n);
 *   },
 *   processBroadcastElement: (max, context) => context.getBroadcastState(limits).put('max', Number(max)),
 * });
 */
export function broadcastProcessTransformation<T, B, U, K = undefined>(
  descriptors: readonly MapStateDescriptor[],
  provided: Provided<BroadcastProcessFunction<T, B, U> | KeyedBroadcastProcessFunction<T, B, U, K>>,
  options: ProcessOptions & { readonly keyed?: boolean } = {},
): Transformation {
  return processTransformationOf(
    options.keyed === true ? 'keyedBroadcastProcess' : 'broadcastProcess',
    provided,
    METHODS,
    options,
    (context, states) => {
      const fn = instantiate(provided) as KeyedBroadcastProcessFunction<T, B, U, K>;
      return new BroadcastProcessOperator(context, fn, states, descriptors);
    },
    descriptors,
  );
}

class BroadcastProcessOperator<T, B, U, K>
  extends ProcessBase<KeyedBroadcastProcessFunction<T, B, U, K>, BroadcastRowContext>
  implements Operator
{
  constructor(
    operator: OperatorContext,
    fn: KeyedBroadcastProcessFunction<T, B, U, K>,
    states: readonly StateDescriptor[],
    maps: readonly MapStateDescriptor[],
  ) {
    super(operator, fn, states, new BroadcastRowContext(operator, maps));
  }

  override leaveOut(): void {
    this.context.operatorStates.broadcastSide.writable = false;
    super.leaveOut();
  }

  process(row: unknown, timestamp: number): void {
    const { context, out } = this;
    context.move(row, timestamp, 0);
    out.timestamp = timestamp;
    this.fn.processElement(row as T, context as ReadOnlyContext<K>, out);
    context.leave();
  }

  process2(row: unknown, timestamp: number): void {
    const { context, out } = this;
    const side = context.operatorStates.broadcastSide;
    context.move(row, timestamp, 1);
    out.timestamp = timestamp;
    side.writable = true;
    this.fn.processBroadcastElement(row as B, context as KeyedBroadcastContext<K>, out);
    side.writable = false;
    context.leave();
  }
}
