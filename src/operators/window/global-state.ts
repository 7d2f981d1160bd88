/** What window functions remember of a key for all its windows. */

import { deserialize, serialize } from 'node:v8';
import type {
  ByteReader,
  ByteWriter,
  KeyedPart,
  KeySpace,
  MemoryAccount,
  PartDescriptor,
} from '../../state/index.ts';
import { namedBytes } from './window-part.ts';
import type { NamedState } from './window-part.ts';

/** State by name for each key that has some; retains those keys. Owner: the subtask's worker. */
export class GlobalStatePart implements KeyedPart {
  readonly descriptor: PartDescriptor = { name: 'global-state', kind: 'window-global', types: {} };
  readonly #keys: KeySpace;
  readonly #account: MemoryAccount;
  readonly #byKey: Map<number, NamedState> = new Map();
  #bytes = 0;

  constructor(keys: KeySpace, account: MemoryAccount) {
    this.#keys = keys;
    this.#account = account;
  }

  stateOf(id: number): NamedState | undefined {
    return this.#byKey.get(id);
  }

  /** The key's state, made when it has none. */
  make(id: number): NamedState {
    return this.#byKey.get(id) ?? this.#add(id, new Map());
  }

  remove(id: number): void {
    if (this.#byKey.delete(id)) this.#keys.release(id);
  }

  /** Notes so many bytes more. @throws ERR_STATE_QUOTA */
  grow(bytes: number): void {
    this.#account.reserve(bytes);
    this.#bytes += bytes;
  }

  has(id: number): boolean {
    return this.#byKey.has(id);
  }

  write(id: number, out: ByteWriter): void {
    out.putBytes(serialize(this.#byKey.get(id)));
  }

  read(id: number, source: ByteReader): void {
    const state = this.#add(id, deserialize(source.bytes()) as NamedState);
    this.grow(namedBytes(state));
  }

  dispose(): void {
    this.#byKey.clear();
    this.grow(-this.#bytes);
  }

  #add(id: number, state: NamedState): NamedState {
    this.#byKey.set(id, state);
    this.#keys.retain(id);
    return state;
  }
}
