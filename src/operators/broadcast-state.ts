/** Broadcast state: a map that every instance has a copy of, written by the broadcast side and read by the other. */

import { EngineError } from '../base/index.ts';
import type { KeyValue } from '../record/index.ts';
import { estimateBytes, normalKey } from '../state/index.ts';
import type { NormalKey } from '../state/index.ts';
import { keptRow } from './kept-row.ts';
import type { OperatorContext } from './operator.ts';

/** What the side with rows of its own may do: read. */
export interface ReadOnlyBroadcastState<K, V> {
  get(key: K): V | undefined;
  contains(key: K): boolean;
  readonly size: number;
  entries(): Iterable<readonly [K, V]>;
  keys(): Iterable<K>;
  values(): Iterable<V>;
}

/** What the broadcast side may do. Every instance must come to the same content: write what the row says, nothing else. */
export interface BroadcastState<K, V> extends ReadOnlyBroadcastState<K, V> {
  /** @throws ERR_STATE_QUOTA, ERR_STATE_KEY; ERR_OPERATORS_BROADCAST_READ_ONLY on the other side */
  put(key: K, value: V): void;
  /** @throws ERR_OPERATORS_BROADCAST_READ_ONLY on the other side */
  remove(key: K): void;
  /** @throws ERR_OPERATORS_BROADCAST_READ_ONLY on the other side */
  clear(): void;
}

/** A map entry with its objects. */
const ENTRY_BYTES = 128;

interface Entry<K, V> {
  readonly pair: readonly [K, V];
  /** Accounted bytes. */
  readonly bytes: number;
}

/** Which side of an operator is at work: only the broadcast side may write. */
export interface BroadcastSide {
  writable: boolean;
}

/** The copy of one instance; keys are equal by content. Owner: the subtask's worker. */
export class BroadcastMap<K, V> implements BroadcastState<K, V> {
  readonly redistribution = 'broadcast';
  readonly #operator: OperatorContext;
  readonly #side: BroadcastSide;
  readonly #entries: Map<NormalKey, Entry<K, V>> = new Map();
  #bytes = 0;

  constructor(operator: OperatorContext, side: BroadcastSide) {
    this.#operator = operator;
    this.#side = side;
  }

  get(key: K): V | undefined {
    return this.#entries.get(this.#normal(key))?.pair[1];
  }

  contains(key: K): boolean {
    return this.#entries.has(this.#normal(key));
  }

  get size(): number {
    return this.#entries.size;
  }

  *entries(): Iterable<readonly [K, V]> {
    for (const { pair } of this.#entries.values()) yield pair;
  }

  *keys(): Iterable<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Iterable<V> {
    for (const [, value] of this.entries()) yield value;
  }

  put(key: K, value: V): void {
    this.#requireWritable('put');
    this.#put(key, value);
  }

  remove(key: K): void {
    this.#requireWritable('remove');
    const normal = this.#normal(key);
    const entry = this.#entries.get(normal);
    if (entry === undefined) return;
    this.#reserve(-entry.bytes);
    this.#entries.delete(normal);
  }

  clear(): void {
    this.#requireWritable('clear');
    this.dispose();
  }

  elements(): Iterable<unknown> {
    return this.entries();
  }

  take(element: unknown): void {
    const [key, value] = element as readonly [K, V];
    this.#put(key, value);
  }

  dispose(): void {
    this.#entries.clear();
    this.#reserve(-this.#bytes);
  }

  #put(key: K, value: V): void {
    const normal = this.#normal(key);
    const kept = keptRow(value) as V;
    const bytes = ENTRY_BYTES + estimateBytes(key) + estimateBytes(kept);
    this.#reserve(bytes - (this.#entries.get(normal)?.bytes ?? 0));
    this.#entries.set(normal, { pair: [key, kept], bytes });
  }

  #normal(key: K): NormalKey {
    return normalKey(key as KeyValue, this.#operator.operatorName);
  }

  #requireWritable(call: string): void {
    if (this.#side.writable) return;
    const operator = this.#operator.operatorName;
    throw new EngineError(
      'ERR_OPERATORS_BROADCAST_READ_ONLY',
      { operator, call },
      { place: { operator } },
    );
  }

  #reserve(bytes: number): void {
    this.#operator.memory.reserve(bytes);
    this.#bytes += bytes;
  }
}
