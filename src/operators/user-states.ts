/** The keyed states of one process function: parts and handles, made when a descriptor is first seen. */

import { EngineError } from '../base/index.ts';
import type { KeyValue } from '../record/index.ts';
import { RowMapPart } from '../state/index.ts';
import type { KeyedBackend, KeyedPart, TtlOptions } from '../state/index.ts';
import { HeapLists, HeapMaps, HeapValues, RowLists, RowValues } from './state-cells.ts';
import { AggregatingHandle, ReducingHandle } from './folding-state.ts';
import type { AggregatingState, ReducingState } from './folding-state.ts';
import { ListHandle, type ListCells, type ListState } from './list-state.ts';
import { MapHandle, type MapCells, type MapState } from './map-state.ts';
import type { OperatorContext } from './operator.ts';
import { stateDifference } from './state-descriptors.ts';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptor,
  ValueStateDescriptor,
} from './state-descriptors.ts';
import { ValueHandle, type CurrentKey, type ValueCells, type ValueState } from './value-state.ts';

/** The handle that a descriptor stands for. */
export type StateOf<D> =
  D extends ValueStateDescriptor<infer V, infer Missing>
    ? ValueState<V, Missing>
    : D extends ListStateDescriptor<infer V>
      ? ListState<V>
      : D extends MapStateDescriptor<infer K, infer V>
        ? MapState<K, V>
        : D extends ReducingStateDescriptor<infer V>
          ? ReducingState<V>
          : D extends AggregatingStateDescriptor<infer In, infer Out>
            ? AggregatingState<In, Out>
            : never;

interface UserState {
  readonly descriptor: StateDescriptor;
  readonly part: KeyedPart;
  readonly handle: unknown;
}

/** The states of one operator instance by name. Owner: the subtask's worker. */
export class UserStates {
  readonly #operator: OperatorContext;
  readonly #backend: KeyedBackend;
  readonly #current: CurrentKey;
  readonly #byName: Map<string, UserState> = new Map();

  constructor(operator: OperatorContext, backend: KeyedBackend, current: CurrentKey) {
    this.#operator = operator;
    this.#backend = backend;
    this.#current = current;
  }

  /** The handle of a name that was declared already. */
  find(name: string): unknown {
    return this.#byName.get(name)?.handle;
  }

  /** The handle of a descriptor. @throws ERR_OPERATORS_STATE_CONFLICT */
  of(descriptor: StateDescriptor): unknown {
    return this.#stateOf(descriptor).handle;
  }

  /** The part of a descriptor. @throws ERR_OPERATORS_STATE_CONFLICT */
  partOf(descriptor: StateDescriptor): KeyedPart {
    return this.#stateOf(descriptor).part;
  }

  #stateOf(descriptor: StateDescriptor): UserState {
    const { name } = descriptor;
    const known = this.#byName.get(name);
    if (known === undefined) {
      const state = this.#make(descriptor);
      this.#backend.register(state.part);
      this.#byName.set(name, state);
      return state;
    }
    const difference = stateDifference(known.descriptor, descriptor);
    if (difference !== undefined) this.#failConflict(name, difference);
    return known;
  }

  #make(descriptor: StateDescriptor): UserState {
    const what = `state '${descriptor.name}'`;
    const current = this.#current;
    switch (descriptor.kind) {
      case 'value': {
        const cells = this.#values(descriptor);
        const handle = new ValueHandle(what, current, cells, descriptor.initial);
        return { descriptor, part: cells, handle };
      }
      case 'reducing': {
        const cells = this.#values(descriptor);
        const handle = new ReducingHandle(what, current, cells, (folded, value) =>
          descriptor.reduce(folded, value),
        );
        return { descriptor, part: cells, handle };
      }
      case 'aggregating': {
        const cells = this.#values(descriptor);
        const handle = new AggregatingHandle(what, current, cells, descriptor.aggregate);
        return { descriptor, part: cells, handle };
      }
      case 'list': {
        const cells = this.#lists(descriptor);
        return { descriptor, part: cells, handle: new ListHandle(what, current, cells) };
      }
      case 'map': {
        const cells = this.#maps(descriptor);
        return { descriptor, part: cells, handle: new MapHandle(what, current, cells) };
      }
    }
  }

  #values(descriptor: StateDescriptor): ValueCells<unknown> & KeyedPart {
    const { type } = descriptor;
    const options = this.#options(descriptor);
    return type === undefined
      ? new HeapValues(this.#backend, options)
      : new RowValues(this.#backend, { ...options, type });
  }

  #lists(descriptor: ListStateDescriptor): ListCells<unknown> & KeyedPart {
    const { type } = descriptor;
    const options = this.#options(descriptor);
    return type === undefined
      ? new HeapLists(this.#backend, options)
      : new RowLists(this.#backend, { ...options, type });
  }

  #maps(descriptor: MapStateDescriptor): MapCells<KeyValue, unknown> & KeyedPart {
    const { type, keyTypes } = descriptor;
    const options = this.#options(descriptor);
    return type === undefined || keyTypes === undefined
      ? new HeapMaps(this.#backend, options)
      : new RowMapPart(this.#backend, { ...options, type, keyTypes });
  }

  #options({ name, kind, ttl }: StateDescriptor): {
    name: string;
    kind: string;
    ttl: TtlOptions | undefined;
  } {
    const { current } = this.#operator;
    const clocks = {
      event: () => current.watermark,
      processing: () => this.#operator.nowMs(),
    };
    return {
      name,
      kind,
      ttl: ttl && {
        ttlMs: ttl.afterMs,
        update: ttl.update === 'readAndWrite' ? 'onReadAndWrite' : 'onCreateAndWrite',
        visibility:
          ttl.visibility === 'untilCleaned' ? 'returnExpiredIfNotCleanedUp' : 'neverReturnExpired',
        now: clocks[ttl.time],
      },
    };
  }

  #failConflict(name: string, difference: string): never {
    const operator = this.#operator.operatorName;
    throw new EngineError(
      'ERR_OPERATORS_STATE_CONFLICT',
      { operator, name, difference },
      { place: { operator } },
    );
  }
}
