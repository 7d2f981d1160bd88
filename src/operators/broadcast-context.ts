/** What process functions over a broadcast stream are given beside their rows. */

import { EngineError } from '../base/index.ts';
import type { BroadcastMap, BroadcastState, ReadOnlyBroadcastState } from './broadcast-state.ts';
import type { OperatorContext } from './operator.ts';
import type {
  FunctionContext,
  OnTimerContext,
  ProcessContext,
  StateContext,
} from './process-context.ts';
import { RowProcessContext } from './row-process-context.ts';
import type { MapStateDescriptor, StateDescriptor } from './state-descriptors.ts';
import type { StateOf } from './user-states.ts';

/** Reading access to broadcast state. */
export interface BroadcastReader {
  /**
   * The instance's copy of broadcast state.
   *
   * @throws ERR_OPERATORS_BROADCAST_STATE the stream was not broadcast with this descriptor
   */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
}

/** What `processElement` is given: broadcast state can be read, not written. */
export type ReadOnlyContext<K = undefined> = ProcessContext<K> & BroadcastReader;

/** What `onTimer` is given. */
export type BroadcastTimerContext<K = undefined> = OnTimerContext<K> & BroadcastReader;

/** What `processBroadcastElement` is given: broadcast state can be written; there is no current key. */
export interface BroadcastContext extends FunctionContext, Pick<StateContext, 'getOperatorState'> {
  /** Milliseconds since the epoch; undefined when the row has no timestamp. */
  readonly timestamp: number | undefined;
  readonly watermark: number;
  currentProcessingTime(): number;
  /** As in `ProcessContext`. */
  output(tag: string, row: unknown, timestamp?: number): void;
  /** The instance's copy. @throws ERR_OPERATORS_BROADCAST_STATE */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
}

/** What the broadcast side of a keyed stream is given. */
export interface KeyedBroadcastContext<K> extends BroadcastContext {
  /**
   * Calls `apply` for every key of this instance that has something in the state, with the state of that key; it may be
   * changed. The order is not defined.
   *
   * @param descriptor a keyed state: value, list, map, reducing or aggregating
   * @throws ERR_OPERATORS_STATE_CONFLICT
   * @example
   * context.applyToKeyedState(counts, (key, count) => count.clear());
   */
  applyToKeyedState<D extends StateDescriptor>(
    descriptor: D,
    apply: (key: K, state: StateOf<D>) => void,
  ): void;
}

/** The context of one instance, of both sides. Owner: the subtask's worker. */
export class BroadcastRowContext
  extends RowProcessContext
  implements KeyedBroadcastContext<unknown>, BroadcastTimerContext<unknown>
{
  readonly #broadcast: ReadonlyMap<string, BroadcastMap<unknown, unknown>>;

  /** @param descriptors those that the stream was broadcast with */
  constructor(operator: OperatorContext, descriptors: readonly MapStateDescriptor[]) {
    super(operator);
    this.#broadcast = new Map(
      descriptors.map((descriptor) => [
        descriptor.name,
        this.operatorStates.broadcast<unknown, unknown>(descriptor),
      ]),
    );
  }

  currentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    const map = this.#broadcast.get(descriptor.name);
    if (map !== undefined) return map as unknown as BroadcastState<K, V>;
    const operator = this.operatorName;
    const known = [...this.#broadcast.keys()].join(', ');
    throw new EngineError(
      'ERR_OPERATORS_BROADCAST_STATE',
      { operator, known, got: descriptor.name },
      { place: { operator } },
    );
  }

  applyToKeyedState<D extends StateDescriptor>(
    descriptor: D,
    apply: (key: unknown, state: StateOf<D>) => void,
  ): void {
    const what = `state '${descriptor.name}'`;
    const states = this.statesFor(what);
    const part = states.partOf(descriptor);
    const handle = states.of(descriptor) as StateOf<D>;
    const { keys } = this.backendFor(what);
    // No key may go while ids are listed, so they are listed first.
    const ids = [...keys.ids()].filter((id) => part.has(id));
    for (const id of ids) {
      if (!part.has(id)) continue;
      keys.changes.touch(id);
      this.moveToKey(id);
      apply(keys.keyOf(id), handle);
      this.leave();
    }
  }
}
