/** Checkpoints in memory: for tests, and for jobs that need no restart of the process. Laws: see store.ts. */

import type { CheckpointStore, StoreWriter } from './store.ts';

/**
 * A store that ends with the process.
 *
 * @example
 * const store = memoryStore();
 * await store.put('a', Uint8Array.of(1));
 */
export function memoryStore(): CheckpointStore {
  return new MemoryStore();
}

class MemoryStore implements CheckpointStore {
  readonly place: string = 'memory';
  readonly #files: Map<string, Uint8Array> = new Map();

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(name, bytes.slice());
  }

  async create(name: string): Promise<StoreWriter> {
    return new MemoryWriter(this.#files, name);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#files.get(name)?.slice();
  }

  async read(name: string, offset: number, bytes: number): Promise<Uint8Array | undefined> {
    return this.#files.get(name)?.slice(offset, offset + bytes);
  }

  async size(name: string): Promise<number | undefined> {
    return this.#files.get(name)?.length;
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()].toSorted();
  }

  async delete(names: readonly string[]): Promise<void> {
    for (const name of names) this.#files.delete(name);
  }
}

class MemoryWriter implements StoreWriter {
  readonly #files: Map<string, Uint8Array>;
  readonly #name: string;
  #pieces: Uint8Array[] = [];
  length = 0;

  constructor(files: Map<string, Uint8Array>, name: string) {
    this.#files = files;
    this.#name = name;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes.slice());
    this.length += bytes.length;
  }

  async commit(): Promise<void> {
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#files.set(this.#name, whole);
  }

  async abort(): Promise<void> {
    this.#pieces = [];
  }
}
