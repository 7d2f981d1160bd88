/**
 * Writes a state file piece by piece: never more than a page is held, and between pages other work of the thread goes on.
 * Layout: chunk-layout.ts. Law (test/checkpoint/state-file.property.test.ts): what is read of a section is what was written.
 */

import { crc32 } from 'node:zlib';

import { assert, KiB } from '../base/index.ts';
import {
  CHUNK_BYTES_MAX,
  CHUNK_HEADER_BYTES,
  chunkChecksum,
  FILE_HEADER_BYTES,
  FILE_MAGIC,
  FILE_VERSION,
  fileSeed,
  INDEX_ENTRY_BYTES,
} from './chunk-layout.ts';
import type { Section } from './chunk-layout.ts';
import type { CheckpointStore, StoreWriter } from './store.ts';

/** Chunks are written to the store when this many bytes have come together. */
const PAGE_BYTES = 256 * KiB;

/** Owner: one thread; one call at a time. */
export class StateFileWriter {
  readonly #name: string;
  readonly #out: StoreWriter;
  readonly #seed: number;
  readonly #page: Uint8Array = new Uint8Array(PAGE_BYTES);
  readonly #view: DataView = new DataView(this.#page.buffer);
  /** Bytes of the page in use, and of the file before it. */
  #used = 0;
  #flushed = 0;
  /** Of the open section: -1 when there is none. */
  #start = -1;
  #checksum = 0;
  /** Bytes of the page that are in the section's checksum already. */
  #summed = 0;
  #ids: number[] = [];
  #sizes: number[] = [];

  private constructor(name: string, out: StoreWriter) {
    this.#name = name;
    this.#out = out;
    this.#seed = fileSeed(name);
    this.#view.setUint32(0, FILE_MAGIC, true);
    this.#view.setUint32(4, FILE_VERSION, true);
    this.#used = FILE_HEADER_BYTES;
  }

  /**
   * Begins a file.
   *
   * @throws ERR_CHECKPOINT_IO
   * @example
   * const file = await StateFileWriter.open(store, stateName(12, 3, 0));
   * file.begin();
   * await file.piece(7, bytes);
   * const section = await file.end();
   * await file.commit();
   */
  static async open(store: CheckpointStore, name: string): Promise<StateFileWriter> {
    return new StateFileWriter(name, await store.create(name));
  }

  /** Bytes of the file so far. */
  get length(): number {
    return this.#flushed + this.#used;
  }

  /** Begins a section. */
  begin(): void {
    assert(this.#start < 0, 'one section of a state file is written at a time');
    this.#start = this.length;
    this.#summed = this.#used;
    this.#checksum = 0;
    this.#ids = [];
    this.#sizes = [];
  }

  /** Adds a piece. @param id uint32, above that of the piece before. @throws ERR_CHECKPOINT_IO */
  async piece(id: number, bytes: Uint8Array): Promise<void> {
    assert(this.#start >= 0, 'pieces stand in a section');
    assert(id > (this.#ids.at(-1) ?? -1), 'the pieces of a section ascend');
    await this.#chunks(bytes);
    this.#ids.push(id);
    this.#sizes.push(bytes.length);
  }

  /** Ends the section with its index. @throws ERR_CHECKPOINT_IO */
  async end(): Promise<Section> {
    const pieces = this.#ids.length;
    const index = new DataView(new ArrayBuffer(pieces * INDEX_ENTRY_BYTES));
    for (let i = 0; i < pieces; i++) {
      index.setUint32(i * INDEX_ENTRY_BYTES, this.#ids[i]!, true);
      index.setFloat64(i * INDEX_ENTRY_BYTES + 4, this.#sizes[i]!, true);
    }
    const indexAt = this.length;
    await this.#chunks(new Uint8Array(index.buffer));
    this.#sum();
    const offset = this.#start;
    this.#start = -1;
    return {
      file: this.#name,
      offset,
      bytes: this.length - offset,
      indexBytes: this.length - indexAt,
      pieces,
      checksum: this.#checksum,
    };
  }

  /** Makes the file durable. @throws ERR_CHECKPOINT_IO */
  async commit(): Promise<void> {
    assert(this.#start < 0, 'a state file ends behind a section');
    await this.#flush();
    await this.#out.commit();
  }

  /** Drops the file. Never throws. */
  abort(): Promise<void> {
    return this.#out.abort();
  }

  async #chunks(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES_MAX) {
      const payload = bytes.subarray(from, from + CHUNK_BYTES_MAX);
      if (this.#used + CHUNK_HEADER_BYTES + payload.length > PAGE_BYTES) await this.#flush();
      const at = this.#used;
      const checksum = chunkChecksum(payload, this.#seed, this.#flushed + at);
      this.#view.setUint32(at, payload.length, true);
      this.#view.setUint32(at + 4, checksum, true);
      this.#page.set(payload, at + CHUNK_HEADER_BYTES);
      this.#used = at + CHUNK_HEADER_BYTES + payload.length;
    }
  }

  #sum(): void {
    this.#checksum = crc32(this.#page.subarray(this.#summed, this.#used), this.#checksum);
    this.#summed = this.#used;
  }

  async #flush(): Promise<void> {
    if (this.#start >= 0) this.#sum();
    await this.#out.append(this.#page.subarray(0, this.#used));
    this.#flushed += this.#used;
    this.#used = 0;
    this.#summed = 0;
  }
}
