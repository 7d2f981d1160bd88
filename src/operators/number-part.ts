/**
 * One float64 per key, off-heap: a time, a count, or only that the key was seen.
 *
 * A key that has a number is retained. Laws: as for every `KeyedPart` (test/operators/deduplicate.property.test.ts).
 */

import { Expiry, WordColumns } from '../state/index.ts';
import type {
  ByteReader,
  ByteWriter,
  KeyedBackend,
  KeyedPart,
  KeySpace,
  PartDescriptor,
  TtlOptions,
} from '../state/index.ts';

const THERE = 0;
const VALUE = 1;
const STAMP = 2;

/** Owner: the subtask's worker. */
export class NumberPart implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #keys: KeySpace;
  readonly #words: WordColumns;
  readonly #expiry: Expiry | undefined;

  constructor(backend: KeyedBackend, name: string, ttl: TtlOptions | undefined) {
    const stamps = ttl === undefined ? {} : { stamps: true };
    this.descriptor = { name, kind: 'number', types: {}, ...stamps };
    this.#keys = backend.keys;
    this.#words = new WordColumns(backend.account(name), ttl === undefined ? 2 : 3);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
  }

  /** Whether the key has a number, expired or not. */
  has(id: number): boolean {
    return id < this.#words.capacity && this.#words.get(id, THERE) !== 0;
  }

  /** The number, undefined when there is none or it has expired. */
  get(id: number): number | undefined {
    const expiry = this.#expiry;
    if (expiry !== undefined) {
      expiry.sweep(this, id);
      this.expire(id);
    }
    return this.has(id) ? this.#words.get(id, VALUE) : undefined;
  }

  /** @throws ERR_STATE_QUOTA */
  set(id: number, value: number): void {
    this.#put(id, value, this.#expiry === undefined ? 0 : this.#expiry.now());
  }

  clear(id: number): void {
    if (!this.has(id)) return;
    this.#words.zero(id);
    this.#keys.release(id);
  }

  expire(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined || !this.has(id)) return;
    const stamp = this.#words.get(id, STAMP);
    if (expiry.expired(stamp)) this.clear(id);
    else this.#words.set(id, STAMP, expiry.settled(stamp));
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    if (this.#expiry !== undefined) out.putF64(this.#words.get(id, STAMP));
    out.putF64(this.#words.get(id, VALUE));
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    const stamp = from.stamps === true ? source.f64() : (this.#expiry?.now() ?? 0);
    this.#put(id, source.f64(), stamp);
  }

  dispose(): void {
    this.#words.dispose();
  }

  #put(id: number, value: number, stamp: number): void {
    const words = this.#words;
    words.ensure(id);
    if (words.get(id, THERE) === 0) this.#keys.retain(id);
    words.set(id, THERE, 1);
    words.set(id, VALUE, value);
    if (this.#expiry !== undefined) words.set(id, STAMP, stamp);
  }
}
