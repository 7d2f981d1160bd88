/** A list of values per key (or per instance), for process functions. */

import { keptRow } from './kept-row.ts';
import type { CurrentKey } from './value-state.ts';

/** Values in the order in which they were added. */
export interface ListState<V> {
  /**
   * The values. In state with a record type each is a view that is valid until the next one is asked for. The list must not
   * change while it is read.
   */
  get(): Iterable<V>;
  readonly isEmpty: boolean;
  /** Adds a value to the end. @throws ERR_STATE_QUOTA */
  add(value: V): void;
  addAll(values: Iterable<V>): void;
  /** Replaces all values; those of this very list may be among the new ones. @throws ERR_STATE_QUOTA */
  update(values: Iterable<V>): void;
  clear(): void;
}

/** What the handle needs of a part of either backend. */
export interface ListCells<V> {
  get(id: number): Iterable<V>;
  add(id: number, value: V): void;
  clear(id: number): void;
}

/** The handle of a list state. Owner: the subtask's worker. */
export class ListHandle<V> implements ListState<V> {
  readonly #what: string;
  readonly #current: CurrentKey;
  readonly #cells: ListCells<V>;

  constructor(what: string, current: CurrentKey, cells: ListCells<V>) {
    this.#what = what;
    this.#current = current;
    this.#cells = cells;
  }

  get(): Iterable<V> {
    return this.#cells.get(this.#current.currentId(this.#what));
  }

  get isEmpty(): boolean {
    for (const _ of this.get()) return false;
    return true;
  }

  add(value: V): void {
    this.#cells.add(this.#current.currentId(this.#what), value);
  }

  addAll(values: Iterable<V>): void {
    const id = this.#current.currentId(this.#what);
    for (const value of values) this.#cells.add(id, value);
  }

  update(values: Iterable<V>): void {
    const id = this.#current.currentId(this.#what);
    const all = Array.from(values, (value) => keptRow(value) as V);
    this.#cells.clear(id);
    for (const value of all) this.#cells.add(id, value);
  }

  clear(): void {
    this.#cells.clear(this.#current.currentId(this.#what));
  }
}
