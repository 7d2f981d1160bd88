/** A map of values per key, for process functions. */

import type { CurrentKey } from './value-state.ts';

/** Values by keys of their own, in the order in which these came. */
export interface MapState<K, V> {
  /** The value, which in state with a record type is a view: valid until the state is next used. */
  get(key: K): V | undefined;
  contains(key: K): boolean;
  readonly isEmpty: boolean;
  /** @throws ERR_STATE_QUOTA, ERR_STATE_KEY */
  put(key: K, value: V): void;
  putAll(entries: Iterable<readonly [K, V]>): void;
  /** Takes a value out; nothing happens when there is none. */
  remove(key: K): void;
  /** Keys with values; the one at hand may be removed meanwhile. */
  entries(): Iterable<readonly [K, V]>;
  keys(): Iterable<K>;
  values(): Iterable<V>;
  clear(): void;
}

/** What the handle needs of a part of either backend. */
export interface MapCells<K, V> {
  get(id: number, key: K): V | undefined;
  contains(id: number, key: K): boolean;
  put(id: number, key: K, value: V): void;
  remove(id: number, key: K): unknown;
  entries(id: number): Iterable<readonly [K, V]>;
  clear(id: number): void;
}

/** The handle of a map state. Owner: the subtask's worker. */
export class MapHandle<K, V> implements MapState<K, V> {
  readonly #what: string;
  readonly #current: CurrentKey;
  readonly #cells: MapCells<K, V>;

  constructor(what: string, current: CurrentKey, cells: MapCells<K, V>) {
    this.#what = what;
    this.#current = current;
    this.#cells = cells;
  }

  get(key: K): V | undefined {
    return this.#cells.get(this.#id(), key);
  }

  contains(key: K): boolean {
    return this.#cells.contains(this.#id(), key);
  }

  get isEmpty(): boolean {
    for (const _ of this.entries()) return false;
    return true;
  }

  put(key: K, value: V): void {
    this.#cells.put(this.#id(), key, value);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    const id = this.#id();
    for (const [key, value] of entries) this.#cells.put(id, key, value);
  }

  remove(key: K): void {
    this.#cells.remove(this.#id(), key);
  }

  entries(): Iterable<readonly [K, V]> {
    return this.#cells.entries(this.#id());
  }

  *keys(): Iterable<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Iterable<V> {
    for (const [, value] of this.entries()) yield value;
  }

  clear(): void {
    this.#cells.clear(this.#id());
  }

  #id(): number {
    return this.#current.currentId(this.#what);
  }
}
