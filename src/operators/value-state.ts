/** One value per key, for process functions of keyed streams. */

/** A value of the key that is being processed; `Missing` is what a key without one has. */
export interface ValueState<V, Missing = V> {
  /**
   * The value, or the initial one. In state with a record type it is a view: valid until the state is next used, and no
   * longer than the call; `copy()` or `keepRow` keeps it.
   *
   * @throws ERR_OPERATORS_NO_KEY
   */
  value(): V | Missing;
  /** Sets the value; undefined clears it. A value on the heap that is changed in place must be passed here to be kept. @throws ERR_STATE_QUOTA, ERR_OPERATORS_NO_KEY */
  update(value: V): void;
  /** Back to the initial value; takes no more memory. @throws ERR_OPERATORS_NO_KEY */
  clear(): void;
}

/** Who knows the key that is being processed. */
export interface CurrentKey {
  /** The id of the key. @param what what asks, for the error. @throws ERR_OPERATORS_NOT_KEYED, ERR_OPERATORS_NO_KEY */
  currentId(what: string): number;
}

/** What the handle needs of a part of either backend. */
export interface ValueCells<V> {
  get(id: number): V | undefined;
  set(id: number, value: V): void;
  clear(id: number): void;
}

/** The handle of a value state. Owner: the subtask's worker. */
export class ValueHandle<V> implements ValueState<V, V | undefined> {
  readonly #what: string;
  readonly #current: CurrentKey;
  readonly #cells: ValueCells<V>;
  readonly #initial: (() => V | undefined) | undefined;

  constructor(
    what: string,
    current: CurrentKey,
    cells: ValueCells<V>,
    initial: (() => V | undefined) | undefined,
  ) {
    this.#what = what;
    this.#current = current;
    this.#cells = cells;
    this.#initial = initial;
  }

  value(): V | undefined {
    const value = this.#cells.get(this.#current.currentId(this.#what));
    return value === undefined ? this.#initial?.() : value;
  }

  update(value: V): void {
    const id = this.#current.currentId(this.#what);
    if (value === undefined) this.#cells.clear(id);
    else this.#cells.set(id, value);
  }

  clear(): void {
    this.#cells.clear(this.#current.currentId(this.#what));
  }
}
