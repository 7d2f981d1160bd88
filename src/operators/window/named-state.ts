/** Handles to state by name that lies in a map of its owner: the window at hand, or the key at hand. */

import type { ValueState } from '../value-state.ts';
import { entryBytes } from './window-part.ts';
import type { NamedState } from './window-part.ts';

/** Where the state of the moment lies. */
export interface StateOwner {
  /** undefined: there is none yet. */
  read(): NamedState | undefined;
  /** Made when there is none. */
  make(): NamedState;
  /** The owner's bytes changed. @throws ERR_STATE_QUOTA */
  grow(bytes: number): void;
  /** A value was taken out. */
  cleared(state: NamedState): void;
}

/** State by name of whatever the owner stands at: one handle for each name, made once. */
export class NamedStates {
  readonly #owner: StateOwner;
  readonly #handles: Map<string, OwnedValue> = new Map();

  constructor(owner: StateOwner) {
    this.#owner = owner;
  }

  /** @param initial the value where there is none, or a function that makes one */
  get<V>(name: string, initial: V | (() => V)): ValueState<V> {
    let handle = this.#handles.get(name);
    if (handle === undefined) this.#handles.set(name, (handle = new OwnedValue(this.#owner, name)));
    handle.initial = initial;
    return handle as unknown as ValueState<V>;
  }
}

class OwnedValue implements ValueState<unknown> {
  initial: unknown = undefined;
  readonly #owner: StateOwner;
  readonly #name: string;

  constructor(owner: StateOwner, name: string) {
    this.#owner = owner;
    this.#name = name;
  }

  value(): unknown {
    const state = this.#owner.read();
    if (state?.has(this.#name)) return state.get(this.#name);
    return typeof this.initial === 'function' ? (this.initial as () => unknown)() : this.initial;
  }

  update(value: unknown): void {
    const state = this.#owner.make();
    const before = state.has(this.#name) ? entryBytes(state.get(this.#name)) : 0;
    this.#owner.grow(entryBytes(value) - before);
    state.set(this.#name, value);
  }

  clear(): void {
    const state = this.#owner.read();
    if (!state?.has(this.#name)) return;
    this.#owner.grow(-entryBytes(state.get(this.#name)));
    state.delete(this.#name);
    this.#owner.cleared(state);
  }
}
