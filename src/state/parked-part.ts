/** Restored state that nobody declared yet: kept as bytes until a part of its name takes it. */

import { ByteReader, type ByteWriter } from './byte-stream.ts';
import type { KeySpace } from './key-space.ts';
import type { KeyedPart, PartDescriptor } from './keyed-backend.ts';
import type { MemoryAccount } from './memory-account.ts';

/** Map entry and its bytes' object. */
const ENTRY_BYTES = 160;

/** Bytes by key id, retained. Owner: the subtask's worker. */
export class ParkedPart implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #keys: KeySpace;
  readonly #account: MemoryAccount;
  readonly #bytes: Map<number, Uint8Array> = new Map();

  constructor(keys: KeySpace, account: MemoryAccount, descriptor: PartDescriptor) {
    this.#keys = keys;
    this.#account = account;
    this.descriptor = descriptor;
  }

  has(id: number): boolean {
    return this.#bytes.has(id);
  }

  write(id: number, out: ByteWriter): void {
    out.putRaw(this.#bytes.get(id)!);
  }

  read(id: number, source: ByteReader): void {
    const bytes = source.rest().slice();
    this.#account.reserve(ENTRY_BYTES + bytes.length);
    this.#bytes.set(id, bytes);
    this.#keys.retain(id);
  }

  /** Hands everything over to a part of the same name. */
  moveTo(part: KeyedPart): void {
    for (const [id, bytes] of this.#bytes) {
      part.read(id, new ByteReader(bytes), this.descriptor);
      this.#keys.release(id);
      this.#account.reserve(-ENTRY_BYTES - bytes.length);
    }
    this.#bytes.clear();
  }

  dispose(): void {
    for (const bytes of this.#bytes.values()) this.#account.reserve(-ENTRY_BYTES - bytes.length);
    this.#bytes.clear();
  }
}
