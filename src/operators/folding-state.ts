/** State that folds what is added to it: reducing and aggregating state, for process functions. */

import type { AggregateFunction } from './aggregate-function.ts';
import { keptRow } from './kept-row.ts';
import type { CurrentKey, ValueCells } from './value-state.ts';

/** One value into which each added one is folded. */
export interface ReducingState<V> {
  /** The folded value; undefined before the first one. With a record type a view, valid until the state is next used. */
  get(): V | undefined;
  /** @throws ERR_STATE_QUOTA */
  add(value: V): void;
  clear(): void;
}

/** An accumulator into which each added value is folded. */
export interface AggregatingState<In, Out> {
  /** The result of the accumulator; undefined before the first value. */
  get(): Out | undefined;
  /** @throws ERR_STATE_QUOTA */
  add(value: In): void;
  clear(): void;
}

/** The handle of a reducing state. Owner: the subtask's worker. */
export class ReducingHandle<V> implements ReducingState<V> {
  readonly #what: string;
  readonly #current: CurrentKey;
  readonly #cells: ValueCells<V>;
  readonly #reduce: (folded: V, value: V) => V;

  constructor(
    what: string,
    current: CurrentKey,
    cells: ValueCells<V>,
    reduce: (folded: V, value: V) => V,
  ) {
    this.#what = what;
    this.#current = current;
    this.#cells = cells;
    this.#reduce = reduce;
  }

  get(): V | undefined {
    return this.#cells.get(this.#current.currentId(this.#what));
  }

  add(value: V): void {
    const id = this.#current.currentId(this.#what);
    const folded = this.#cells.get(id);
    // A view is kept as a copy: on the heap it would not outlive the call.
    const kept = keptRow(folded === undefined ? value : this.#reduce(folded, value)) as V;
    this.#cells.set(id, kept);
  }

  clear(): void {
    this.#cells.clear(this.#current.currentId(this.#what));
  }
}

/** The handle of an aggregating state. Owner: the subtask's worker. */
export class AggregatingHandle<In, Out> implements AggregatingState<In, Out> {
  readonly #what: string;
  readonly #current: CurrentKey;
  readonly #cells: ValueCells<unknown>;
  readonly #aggregate: AggregateFunction<In, unknown, Out>;

  constructor(
    what: string,
    current: CurrentKey,
    cells: ValueCells<unknown>,
    aggregate: AggregateFunction<In, unknown, Out>,
  ) {
    this.#what = what;
    this.#current = current;
    this.#cells = cells;
    this.#aggregate = aggregate;
  }

  get(): Out | undefined {
    const accumulator = this.#cells.get(this.#current.currentId(this.#what));
    return accumulator === undefined ? undefined : this.#aggregate.result(accumulator);
  }

  add(value: In): void {
    const id = this.#current.currentId(this.#what);
    // The function may change its accumulator, which a view does not allow.
    const accumulator = keptRow(this.#cells.get(id)) ?? this.#aggregate.create();
    this.#cells.set(id, this.#aggregate.add(accumulator, value));
  }

  clear(): void {
    this.#cells.clear(this.#current.currentId(this.#what));
  }
}
