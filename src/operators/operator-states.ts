/**
 * State that belongs to an instance and not to a key: lists that are dealt out when the parallelism changes, and maps that
 * every instance has a copy of.
 *
 * Law: what `snapshot` gave comes back by `restore`, element by element, under the names it had; what no function asked for
 * yet is kept and goes into the next snapshot.
 */

import { EngineError } from '../base/index.ts';
import { ByteReader, ByteWriter, estimateBytes, valueScratch } from '../state/index.ts';
import type { OperatorStateSnapshot, Redistribution } from '../state/index.ts';
import { BroadcastMap, type BroadcastSide } from './broadcast-state.ts';
import { keptRow } from './kept-row.ts';
import type { ListState } from './list-state.ts';
import type { OperatorContext } from './operator.ts';
import type { ListStateDescriptor, MapStateDescriptor } from './state-descriptors.ts';

/** One state of the instance. */
export interface InstanceState {
  readonly redistribution: Redistribution;
  /** Its elements, as values. */
  elements(): Iterable<unknown>;
  /** Takes an element back. */
  take(element: unknown): void;
  dispose(): void;
}

/** The operator state of one instance. Owner: the subtask's worker. */
export class OperatorStates {
  /** Whether the broadcast side is at work; set by the operator. */
  readonly broadcastSide: BroadcastSide = { writable: false };
  readonly #operator: OperatorContext;
  readonly #states: Map<string, InstanceState> = new Map();
  /** Restored, and not asked for yet. */
  readonly #parked: Map<string, OperatorStateSnapshot> = new Map();

  constructor(operator: OperatorContext) {
    this.#operator = operator;
  }

  /** @throws ERR_OPERATORS_STATE_CONFLICT */
  list<V>(descriptor: ListStateDescriptor<V>, redistribution: 'split' | 'union'): ListState<V> {
    const { name } = descriptor;
    const known = this.#states.get(name);
    if (known instanceof InstanceList && known.redistribution === redistribution) {
      return known as InstanceList<V>;
    }
    if (known !== undefined) return this.#failConflict(name, known, `${redistribution} list`);
    const list = new InstanceList<V>(this.#operator, redistribution);
    this.#add(name, list);
    return list;
  }

  /** @throws ERR_OPERATORS_STATE_CONFLICT */
  broadcast<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastMap<K, V> {
    const { name } = descriptor;
    const known = this.#states.get(name);
    if (known instanceof BroadcastMap) return known as BroadcastMap<K, V>;
    if (known !== undefined) return this.#failConflict(name, known, 'broadcast map');
    const map = new BroadcastMap<K, V>(this.#operator, this.broadcastSide);
    this.#add(name, map);
    return map;
  }

  snapshot(): readonly OperatorStateSnapshot[] {
    const out = new ByteWriter();
    const taken = [...this.#states].map(([name, state]): OperatorStateSnapshot => {
      const elements: Uint8Array[] = [];
      for (const element of state.elements()) {
        out.clear();
        valueScratch().put(out, element);
        elements.push(out.toBytes());
      }
      return { name, redistribution: state.redistribution, elements };
    });
    return [...taken, ...this.#parked.values()];
  }

  restore(snapshots: readonly OperatorStateSnapshot[]): void {
    for (const snapshot of snapshots) {
      const before = this.#parked.get(snapshot.name);
      const elements = [...(before?.elements ?? []), ...snapshot.elements];
      this.#parked.set(snapshot.name, { ...snapshot, elements });
    }
    for (const [name, state] of this.#states) this.#unpark(name, state);
  }

  dispose(): void {
    for (const state of this.#states.values()) state.dispose();
    this.#states.clear();
  }

  #add(name: string, state: InstanceState): void {
    this.#states.set(name, state);
    this.#unpark(name, state);
  }

  #unpark(name: string, state: InstanceState): void {
    const parked = this.#parked.get(name);
    if (parked === undefined) return;
    this.#parked.delete(name);
    for (const element of parked.elements) {
      state.take(valueScratch().get(new ByteReader(element)));
    }
  }

  #failConflict(name: string, known: InstanceState, wanted: string): never {
    const operator = this.#operator.operatorName;
    const first = known.redistribution === 'broadcast' ? 'map' : 'list';
    throw new EngineError(
      'ERR_OPERATORS_STATE_CONFLICT',
      { operator, name, difference: `a ${known.redistribution} ${first} and a ${wanted}` },
      { place: { operator } },
    );
  }
}

/** A list of one instance. */
class InstanceList<V> implements ListState<V>, InstanceState {
  readonly redistribution: 'split' | 'union';
  readonly #operator: OperatorContext;
  #values: V[] = [];
  #bytes = 0;

  constructor(operator: OperatorContext, redistribution: 'split' | 'union') {
    this.#operator = operator;
    this.redistribution = redistribution;
  }

  get(): Iterable<V> {
    return this.#values;
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  add(value: V): void {
    const kept = keptRow(value) as V;
    this.#reserve(8 + estimateBytes(kept));
    this.#values.push(kept);
  }

  addAll(values: Iterable<V>): void {
    for (const value of values) this.add(value);
  }

  update(values: Iterable<V>): void {
    const all = Array.from(values, (value) => keptRow(value) as V);
    this.clear();
    this.addAll(all);
  }

  clear(): void {
    this.#values = [];
    this.#reserve(-this.#bytes);
  }

  elements(): Iterable<unknown> {
    return this.#values;
  }

  take(element: unknown): void {
    this.add(element as V);
  }

  dispose(): void {
    this.clear();
  }

  #reserve(bytes: number): void {
    this.#operator.memory.reserve(bytes);
    this.#bytes += bytes;
  }
}
