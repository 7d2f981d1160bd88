/** One value per key, for process functions of keyed streams. */

import type { KeyValue } from '../record/index.ts';
import { HeapTable } from '../state/index.ts';
import type { OperatorContext } from './operator.ts';

/** A value of the key that is being processed. */
export interface ValueState<V> {
  /** The value, or the initial one. */
  value(): V;
  /** @throws ERR_STATE_QUOTA */
  update(value: V): void;
  /** Back to the initial value; takes no more memory. */
  clear(): void;
}

/** Who knows the key that is being processed. */
export interface CurrentKey {
  currentKey(): KeyValue;
  /** murmur32 of the key. */
  currentHash(): number;
}

/** Value state on the heap. A value changed in place is not seen by the account: pass it to `update`. */
export class HeapValueState<V> implements ValueState<V> {
  readonly #context: CurrentKey;
  readonly #table: HeapTable<V>;
  readonly #initial: V | (() => V);

  constructor(operator: OperatorContext, context: CurrentKey, initial: V | (() => V)) {
    this.#context = context;
    this.#initial = initial;
    this.#table = new HeapTable({
      operatorName: operator.operatorName,
      account: operator.memory,
      maxParallelism: operator.maxParallelism,
    });
  }

  value(): V {
    const entry = this.#table.find(this.#context.currentKey(), this.#context.currentHash());
    if (entry !== undefined) return entry.value;
    return typeof this.#initial === 'function' ? (this.#initial as () => V)() : this.#initial;
  }

  update(value: V): void {
    const key = this.#context.currentKey();
    const hash = this.#context.currentHash();
    const entry = this.#table.find(key, hash);
    if (entry === undefined) this.#table.insert(key, hash, value);
    else this.#table.set(entry, value);
  }

  clear(): void {
    const entry = this.#table.find(this.#context.currentKey(), this.#context.currentHash());
    if (entry !== undefined) this.#table.remove(entry);
  }

  dispose(): void {
    this.#table.dispose();
  }
}
