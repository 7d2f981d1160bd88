/** The context of process functions: knows the row or timer that is being processed, and its key. */

import { EngineError } from '../base/index.ts';
import { NO_TIMESTAMP } from '../record/index.ts';
import type { RowKind } from '../record/index.ts';
import { NO_KEY } from '../state/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { keyedBackend } from './keyed-backend.ts';
import type { AggregatingState, ReducingState } from './folding-state.ts';
import type { ListState } from './list-state.ts';
import type { MapState } from './map-state.ts';
import type { KeyContext, OperatorContext, RestoredState } from './operator.ts';
import { OperatorStates } from './operator-states.ts';
import type { OnTimerContext } from './process-context.ts';
import { ProcessTimers, type TimerService } from './process-timers.ts';
import {
  valueState,
  type AggregatingStateDescriptor,
  type ListStateDescriptor,
  type MapStateDescriptor,
  type ReducingStateDescriptor,
  type StateDescriptor,
  type ValueStateDescriptor,
} from './state-descriptors.ts';
import { UserStates } from './user-states.ts';
import type { CurrentKey, ValueState } from './value-state.ts';
import type { TimeDomain } from './window/assigner.ts';

/** The row's key was not looked up yet. */
const UNRESOLVED = -2;

/** The context of one operator instance, moved from row to row and timer to timer. Owner: the subtask's worker. */
export class RowProcessContext implements OnTimerContext<unknown>, CurrentKey {
  readonly timers: ProcessTimers;
  readonly operatorStates: OperatorStates;
  /** Rows sent to side outputs so far. */
  sideRows = 0;
  readonly #operator: OperatorContext;
  readonly #resolvers: (KeyResolver | undefined)[] = [undefined, undefined];
  #backend: KeyedBackend | undefined = undefined;
  #states: UserStates | undefined = undefined;
  #row: unknown = undefined;
  #input = 0;
  /** The input whose key the row has; undefined for one without. */
  #key: KeyContext | undefined = undefined;
  /** Id of the key being processed, `NO_KEY` when there is none. */
  #id: number = NO_KEY;
  #timestamp: number = NO_TIMESTAMP;
  #sideTimestamp: number = NO_TIMESTAMP;
  #timeDomain: TimeDomain = 'event';

  constructor(operator: OperatorContext) {
    this.#operator = operator;
    this.timers = new ProcessTimers(operator, this);
    this.operatorStates = new OperatorStates(operator);
  }

  /** Whether any input is keyed. */
  get keyed(): boolean {
    return this.#operator.inputs.some(({ key }) => key !== undefined);
  }

  /** Moves to a row of input `input`. */
  move(row: unknown, timestamp: number, input: 0 | 1): void {
    this.#row = row;
    this.#timestamp = timestamp;
    this.#sideTimestamp = timestamp;
    this.#input = input;
    this.#key = this.#operator.inputs[input]?.key;
    this.#id = this.#key === undefined ? NO_KEY : UNRESOLVED;
  }

  /** Moves to a timer; rows emitted by a processing-time timer have no timestamp. */
  moveToTimer(id: number, time: number, domain: TimeDomain): void {
    this.#timestamp = time;
    this.#sideTimestamp = domain === 'event' ? time : NO_TIMESTAMP;
    this.#timeDomain = domain;
    this.moveToKey(id);
  }

  /** Moves to a key without a row of its own. */
  moveToKey(id: number): void {
    this.#row = undefined;
    this.#key = undefined;
    this.#id = id;
  }

  /** The work on a row, timer or key is over. */
  leave(): void {
    if (this.#id >= 0) this.#backend!.keys.settle(this.#id);
    this.#row = undefined;
    this.#key = undefined;
    this.#id = NO_KEY;
  }

  /** Moves to a moment that belongs to no key: the watermark, the end. */
  moveToNone(timestamp: number): void {
    this.leave();
    this.#timestamp = timestamp;
    this.#sideTimestamp = timestamp;
  }

  get operatorName(): string {
    return this.#operator.operatorName;
  }

  get subtaskIndex(): number {
    return this.#operator.subtaskIndex;
  }

  get parallelism(): number {
    return this.#operator.parallelism;
  }

  get maxParallelism(): number {
    return this.#operator.maxParallelism;
  }

  counter(name: string): { add(n: number): void } {
    return this.#operator.counter(name);
  }

  get key(): unknown {
    if (this.#key !== undefined) return this.#key.valueOf(this.#row);
    return this.#id >= 0 ? this.#backend!.keys.keyOf(this.#id) : undefined;
  }

  /** Of a timer always a number. */
  get timestamp(): number {
    const timestamp = this.#timestamp;
    return timestamp === NO_TIMESTAMP ? (undefined as unknown as number) : timestamp;
  }

  get timeDomain(): TimeDomain {
    return this.#timeDomain;
  }

  get rowKind(): RowKind {
    return this.#operator.current.rowKind;
  }

  get watermark(): number {
    return this.#operator.current.watermark;
  }

  timerService(): TimerService {
    return this.timers;
  }

  output(tag: string, row: unknown, timestamp?: number): void {
    this.sideRows++;
    this.#operator.output.emitSide(tag, row, timestamp ?? this.#sideTimestamp);
  }

  getState<V>(
    nameOrDescriptor: string | ValueStateDescriptor<V, V>,
    initial?: V | (() => V),
  ): ValueState<V> {
    if (typeof nameOrDescriptor !== 'string') return this.#handle(nameOrDescriptor);
    const known = this.#states?.find(nameOrDescriptor);
    if (known !== undefined) return known as ValueState<V>;
    return this.#handle(valueState(nameOrDescriptor, { initial: initial as () => V }));
  }

  getListState<V>(descriptor: ListStateDescriptor<V>): ListState<V> {
    return this.#handle(descriptor);
  }

  getMapState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V> {
    return this.#handle(descriptor as StateDescriptor);
  }

  getReducingState<V>(descriptor: ReducingStateDescriptor<V>): ReducingState<V> {
    return this.#handle(descriptor as StateDescriptor);
  }

  getAggregatingState<In, Out>(
    descriptor: AggregatingStateDescriptor<In, Out>,
  ): AggregatingState<In, Out> {
    return this.#handle(descriptor as StateDescriptor);
  }

  getOperatorState<V>(
    descriptor: ListStateDescriptor<V>,
    redistribution: 'split' | 'union' = 'split',
  ): ListState<V> {
    return this.operatorStates.list(descriptor, redistribution);
  }

  /** The keyed state of the operator. @throws ERR_OPERATORS_NOT_KEYED */
  backendFor(what: string): KeyedBackend {
    if (this.#backend !== undefined) return this.#backend;
    if (!this.keyed) this.#failNotKeyed(what);
    this.#backend = keyedBackend(this.#operator);
    return this.#backend;
  }

  /** The handles of keyed state. @throws ERR_OPERATORS_NOT_KEYED */
  statesFor(what: string): UserStates {
    this.#states ??= new UserStates(this.#operator, this.backendFor(what), this);
    return this.#states;
  }

  /** @throws ERR_OPERATORS_NOT_KEYED, ERR_OPERATORS_NO_KEY */
  currentId(what: string): number {
    if (this.#id >= 0) return this.#id;
    if (this.#id !== UNRESOLVED) return this.#failNoKey(what);
    const input = this.#input as 0 | 1;
    const resolve = (this.#resolvers[input] ??= this.backendFor(what).keys.resolver(input));
    this.#id = resolve(this.#row, this.#operator.current.keyHash);
    return this.#id;
  }

  /** Timers and state of all keys, and the state of the instance. */
  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend?.snapshot(), operator: this.operatorStates.snapshot() };
  }

  /** Takes it back; what nobody asked for yet is kept under its name. */
  restore(state: RestoredState): void {
    const keyed = state.keyed.filter(({ groups }) => groups.length > 0);
    if (keyed.length > 0) {
      const { first, last } = this.#operator.keyGroups;
      this.backendFor('restored state').restore(keyed, first, last, 'keep');
    }
    this.operatorStates.restore(state.operator);
  }

  /** Gives back the bytes of all state. */
  dispose(): void {
    this.#id = NO_KEY;
    this.#backend?.dispose();
    this.#backend = undefined;
    this.#states = undefined;
    this.operatorStates.dispose();
  }

  #handle<H>(descriptor: StateDescriptor): H {
    return this.statesFor(`state '${descriptor.name}'`).of(descriptor) as H;
  }

  #failNotKeyed(what: string): never {
    const operator = this.#operator.operatorName;
    throw new EngineError('ERR_OPERATORS_NOT_KEYED', { operator, what }, { place: { operator } });
  }

  #failNoKey(what: string): never {
    if (!this.keyed) this.#failNotKeyed(what);
    const operator = this.#operator.operatorName;
    throw new EngineError('ERR_OPERATORS_NO_KEY', { operator, what }, { place: { operator } });
  }
}
