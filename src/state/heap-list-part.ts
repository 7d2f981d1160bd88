/** A list of JavaScript values per key: anything that structured clone can copy. */

import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { estimateBytes } from './estimate-bytes.ts';
import { Expiry } from './expiry.ts';
import { HeapCells } from './heap-cells.ts';
import type { KeyedBackend, KeyedPart, PartDescriptor } from './keyed-backend.ts';
import { describePart, restoredStamp } from './part-options.ts';
import type { PartOptions } from './part-options.ts';
import { valueScratch } from './row-io.ts';

const LIST_BYTES = 96;
/** A reference, a stamp and the slack of growing arrays. */
const ITEM_BYTES = 24;
const NOTHING: readonly never[] = [];

class List<V> {
  items: V[] = [];
  /** Beside the items; empty without a time to live. */
  stamps: number[] = [];
}

/**
 * A list by key id, in the order of adding. Owner: the subtask's worker.
 *
 * @example
 * const recent = new HeapListPart<string>(backend, { name: 'recent' });
 * recent.add(id, 'a');
 * recent.get(id); // ['a']
 */
export class HeapListPart<V> implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #cells: HeapCells<List<V>>;
  readonly #expiry: Expiry | undefined;

  constructor(backend: KeyedBackend, options: PartOptions) {
    this.descriptor = describePart(options, 'list');
    this.#cells = new HeapCells(backend.keys, backend.account(options.name));
    this.#expiry = options.ttl && new Expiry(backend.keys, options.ttl);
  }

  has(id: number): boolean {
    return this.#cells.has(id);
  }

  /** The elements; valid until the list changes. */
  get(id: number): readonly V[] {
    const expiry = this.#expiry;
    if (expiry === undefined) return this.#cells.get(id)?.items ?? NOTHING;
    expiry.sweep(this, id);
    const before = this.#cells.get(id)?.items ?? NOTHING;
    this.expire(id);
    const list = this.#cells.get(id);
    if (list !== undefined && expiry.refreshOnRead) list.stamps.fill(expiry.now());
    return expiry.hides ? (list?.items ?? NOTHING) : before;
  }

  /** Adds to the end. @throws ERR_STATE_QUOTA and keeps the list as it was */
  add(id: number, value: V): void {
    this.#expiry?.sweep(this, id);
    this.#append(id, value, this.#expiry === undefined ? 0 : this.#expiry.now());
  }

  /** Replaces all elements. @throws ERR_STATE_QUOTA and keeps the list as it was */
  update(id: number, values: readonly V[]): void {
    this.#expiry?.sweep(this, id);
    const list = new List<V>();
    list.items = [...values];
    if (this.#expiry !== undefined) list.stamps = values.map(() => this.#expiry!.now());
    this.#keep(id, list);
  }

  clear(id: number): void {
    this.#cells.remove(id);
  }

  expire(id: number): void {
    const list = this.#cells.get(id);
    const expiry = this.#expiry;
    if (list === undefined || expiry === undefined) return;
    if (!list.stamps.some((stamp) => expiry.expired(stamp))) {
      if (list.stamps[0] !== expiry.settled(list.stamps[0]!)) {
        list.stamps = list.stamps.map((stamp) => expiry.settled(stamp));
      }
      return;
    }
    const kept = new List<V>();
    list.items.forEach((item, i) => {
      if (expiry.expired(list.stamps[i]!)) return;
      kept.items.push(item);
      kept.stamps.push(expiry.settled(list.stamps[i]!));
    });
    this.#keep(id, kept);
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    const { items, stamps } = this.#cells.get(id)!;
    out.putI32(items.length);
    for (let i = 0; i < items.length; i++) {
      if (this.#expiry !== undefined) out.putF64(stamps[i]!);
      valueScratch().put(out, items[i]);
    }
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    for (let count = source.i32(); count > 0; count--) {
      const stamp = restoredStamp(source, from, this.#expiry);
      this.#append(id, valueScratch().get(source) as V, stamp);
    }
  }

  dispose(): void {
    this.#cells.dispose();
  }

  #append(id: number, value: V, stamp: number): void {
    const list = this.#cells.get(id) ?? new List<V>();
    const bytes = this.#cells.bytesOf(id) || LIST_BYTES;
    this.#cells.set(id, list, bytes + ITEM_BYTES + estimateBytes(value));
    list.items.push(value);
    if (this.#expiry !== undefined) list.stamps.push(stamp);
  }

  #keep(id: number, list: List<V>): void {
    if (list.items.length === 0) return this.#cells.remove(id);
    let bytes = LIST_BYTES;
    for (const item of list.items) bytes += ITEM_BYTES + estimateBytes(item);
    this.#cells.set(id, list, bytes);
  }
}
