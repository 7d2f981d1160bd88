/** One row of a record type per key, off-heap. */

import type { RecordType, RowInput, RowView } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { Expiry } from './expiry.ts';
import { IntColumns, WordColumns } from './id-columns.ts';
import type { KeySpace } from './key-space.ts';
import type { KeyedBackend, KeyedPart, PartDescriptor } from './keyed-backend.ts';
import { describePart, restoredStamp } from './part-options.ts';
import type { PartOptions } from './part-options.ts';
import { NO_REF } from './row-layout.ts';
import { RowStore } from './row-store.ts';

const PREFIX_BYTES = 8;

/**
 * A row by key id. Owner: the subtask's worker.
 *
 * @example
 * const last = new RowValuePart(backend, { name: 'last', type: Bid });
 * if ((last.view(id)?.price ?? 0) < row.price) last.set(id, row);
 */
export class RowValuePart<T> implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #keys: KeySpace;
  readonly #rows: RowStore<T>;
  readonly #refs: IntColumns;
  readonly #expiry: Expiry | undefined;
  /** Only with a time to live. */
  readonly #stamps: WordColumns;

  constructor(backend: KeyedBackend, options: PartOptions & { readonly type: RecordType<T> }) {
    const { name, type, ttl } = options;
    this.descriptor = describePart(options, 'value', { row: type.descriptor });
    this.#keys = backend.keys;
    this.#rows = new RowStore(backend, name, type, PREFIX_BYTES);
    this.#refs = new IntColumns(backend.account(name), 1);
    this.#stamps = new WordColumns(backend.account(name), 1);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
  }

  /** Bytes accounted. */
  get bytes(): number {
    return this.#rows.bytes + this.#refs.bytes + this.#stamps.bytes;
  }

  has(id: number): boolean {
    return this.#ref(id) !== NO_REF;
  }

  /** The key's row: one view for all keys, valid until the next call of this part. */
  view(id: number): RowView<T> | undefined {
    const expiry = this.#expiry;
    const ref = this.#ref(id);
    if (expiry === undefined) return ref === NO_REF ? undefined : this.#rows.view(ref);
    expiry.sweep(this, id);
    if (ref === NO_REF) return undefined;
    const stamp = this.#stamps.get(id, 0);
    const expired = expiry.expired(stamp);
    // A row that is shown once more stays until it is looked at by the sweep or a snapshot.
    if (expired && expiry.hides) {
      this.clear(id);
      return undefined;
    }
    if (!expired) {
      this.#stamps.set(id, 0, expiry.refreshOnRead ? expiry.now() : expiry.settled(stamp));
    }
    return this.#rows.view(ref);
  }

  /** Keeps a copy of a row: a view (of this part too), or an object. @throws ERR_STATE_QUOTA, ERR_RECORD_VALUE */
  set(id: number, row: T | RowInput<T>): void {
    this.#reserve(id);
    const ref = this.#ref(id);
    if (ref === NO_REF) this.#keep(id, this.#rows.add(row));
    else this.#refs.set(id, 0, this.#rows.replace(ref, row));
    if (this.#expiry === undefined) return;
    this.#stamps.set(id, 0, this.#expiry.now());
    this.#expiry.sweep(this, id);
  }

  clear(id: number): void {
    const ref = this.#ref(id);
    if (ref === NO_REF) return;
    this.#rows.free(ref);
    this.#refs.set(id, 0, NO_REF);
    this.#keys.release(id);
  }

  expire(id: number): void {
    if (this.#expiry === undefined || !this.has(id)) return;
    const stamp = this.#stamps.get(id, 0);
    if (this.#expiry.expired(stamp)) this.clear(id);
    else this.#stamps.set(id, 0, this.#expiry.settled(stamp));
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    if (this.#expiry !== undefined) out.putF64(this.#stamps.get(id, 0));
    this.#rows.write(this.#ref(id), out);
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    this.#reserve(id);
    const stamp = restoredStamp(source, from, this.#expiry);
    this.#keep(id, this.#rows.load(source, from));
    if (this.#expiry !== undefined) this.#stamps.set(id, 0, stamp);
  }

  dispose(): void {
    this.#rows.dispose();
    this.#refs.dispose();
    this.#stamps.dispose();
  }

  #ref(id: number): number {
    return id < this.#refs.capacity ? this.#refs.get(id, 0) : NO_REF;
  }

  #reserve(id: number): void {
    this.#refs.ensure(id);
    if (this.#expiry !== undefined) this.#stamps.ensure(id);
  }

  #keep(id: number, ref: number): void {
    this.#refs.set(id, 0, ref);
    this.#keys.retain(id);
  }
}
