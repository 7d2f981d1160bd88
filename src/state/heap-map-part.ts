/** A map of JavaScript values per key: anything that structured clone can copy, by keys that are equal by content. */

import type { KeyValue } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { estimateBytes } from './estimate-bytes.ts';
import { Expiry } from './expiry.ts';
import { HeapCells } from './heap-cells.ts';
import type { KeyedBackend, KeyedPart, PartDescriptor } from './keyed-backend.ts';
import { normalKey, type NormalKey } from './normal-key.ts';
import { describePart, restoredStamp } from './part-options.ts';
import type { PartOptions } from './part-options.ts';
import { valueScratch } from './row-io.ts';

const MAP_BYTES = 160;
/** Map entry and the entry itself. */
const ENTRY_BYTES = 96;

class Entry<K, V> {
  readonly key: K;
  value: V = undefined as V;
  bytes = 0;
  stamp = 0;

  constructor(key: K, value: V) {
    this.key = key;
    this.value = value;
  }
}

type Entries<K, V> = Map<NormalKey, Entry<K, V>>;

/**
 * A map by key id, in the order in which its keys came. Keys of the map are as keys of a stream: strings, numbers, bigints,
 * booleans, bytes, tuples of them. Owner: the subtask's worker.
 *
 * @example
 * const counts = new HeapMapPart<string, number>(backend, { name: 'counts' });
 * counts.put(id, 'a', (counts.get(id, 'a') ?? 0) + 1);
 */
export class HeapMapPart<K extends KeyValue, V> implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #operatorName: string;
  readonly #cells: HeapCells<Entries<K, V>>;
  readonly #expiry: Expiry | undefined;

  constructor(backend: KeyedBackend, options: PartOptions) {
    this.descriptor = describePart(options, 'map');
    this.#operatorName = backend.operatorName;
    this.#cells = new HeapCells(backend.keys, backend.account(options.name));
    this.#expiry = options.ttl && new Expiry(backend.keys, options.ttl);
  }

  has(id: number): boolean {
    return this.#cells.has(id);
  }

  /** @throws ERR_STATE_KEY */
  get(id: number, key: K): V | undefined {
    this.#expiry?.sweep(this, id);
    const normal = normalKey(key, this.#operatorName);
    const entry = this.#cells.get(id)?.get(normal);
    if (entry === undefined) return undefined;
    return this.#visible(id, normal, entry) ? entry.value : undefined;
  }

  /** Whether the map has the key. @throws ERR_STATE_KEY */
  contains(id: number, key: K): boolean {
    this.#expiry?.sweep(this, id);
    const normal = normalKey(key, this.#operatorName);
    const entry = this.#cells.get(id)?.get(normal);
    return entry !== undefined && this.#visible(id, normal, entry);
  }

  /** @throws ERR_STATE_QUOTA and keeps the map as it was; ERR_STATE_KEY */
  put(id: number, key: K, value: V): void {
    const expiry = this.#expiry;
    if (expiry === undefined) return this.#put(id, key, value, 0);
    expiry.sweep(this, id);
    const normal = normalKey(key, this.#operatorName);
    const known = this.#cells.get(id)?.get(normal);
    // What is expired is gone: the key comes anew, last in the order.
    if (known !== undefined && expiry.expired(known.stamp)) this.#drop(id, normal);
    this.#put(id, key, value, expiry.now());
  }

  /** Whether it was there. @throws ERR_STATE_KEY */
  remove(id: number, key: K): boolean {
    const normal = normalKey(key, this.#operatorName);
    const entry = this.#cells.get(id)?.get(normal);
    if (entry === undefined) return false;
    const visible = this.#visible(id, normal, entry);
    this.#drop(id, normal);
    return visible;
  }

  /** Entries of the key; expired ones are passed over. The one at hand may be removed, and values may be put. */
  *entries(id: number): IterableIterator<readonly [K, V]> {
    this.#expiry?.sweep(this, id);
    const entries = this.#cells.get(id);
    if (entries === undefined) return;
    for (const [normal, entry] of entries) {
      if (this.#visible(id, normal, entry)) yield [entry.key, entry.value];
    }
  }

  /** Number of entries, those that are expired and not cleaned yet included. */
  size(id: number): number {
    return this.#cells.get(id)?.size ?? 0;
  }

  clear(id: number): void {
    this.#cells.remove(id);
  }

  expire(id: number): void {
    const entries = this.#cells.get(id);
    const expiry = this.#expiry;
    if (entries === undefined || expiry === undefined) return;
    for (const [normal, entry] of entries) {
      if (expiry.expired(entry.stamp)) this.#drop(id, normal);
      else entry.stamp = expiry.settled(entry.stamp);
    }
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    const entries = this.#cells.get(id)!;
    out.putI32(entries.size);
    for (const { key, value, stamp } of entries.values()) {
      if (this.#expiry !== undefined) out.putF64(stamp);
      valueScratch().put(out, key);
      valueScratch().put(out, value);
    }
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    for (let count = source.i32(); count > 0; count--) {
      const stamp = restoredStamp(source, from, this.#expiry);
      const key = valueScratch().get(source) as K;
      this.#put(id, key, valueScratch().get(source) as V, stamp);
    }
  }

  dispose(): void {
    this.#cells.dispose();
  }

  /** Whether an entry may be seen; one that is expired is dropped. */
  #visible(id: number, normal: NormalKey, entry: Entry<K, V>): boolean {
    const expiry = this.#expiry;
    if (expiry === undefined) return true;
    if (expiry.expired(entry.stamp)) {
      this.#drop(id, normal);
      return !expiry.hides;
    }
    entry.stamp = expiry.refreshOnRead ? expiry.now() : expiry.settled(entry.stamp);
    return true;
  }

  #put(id: number, key: K, value: V, stamp: number): void {
    const normal = normalKey(key, this.#operatorName);
    const entries: Entries<K, V> = this.#cells.get(id) ?? new Map<NormalKey, Entry<K, V>>();
    const known = entries.get(normal);
    const bytes = ENTRY_BYTES + estimateBytes(key) + estimateBytes(value);
    const before = this.#cells.bytesOf(id) || MAP_BYTES;
    this.#cells.set(id, entries, before + bytes - (known?.bytes ?? 0));
    const entry = known ?? new Entry(ownKey(key), value);
    entry.value = value;
    entry.bytes = bytes;
    entry.stamp = stamp;
    if (known === undefined) entries.set(normal, entry);
  }

  #drop(id: number, normal: NormalKey): void {
    const entries = this.#cells.get(id);
    const entry = entries?.get(normal);
    if (entries === undefined || entry === undefined) return;
    entries.delete(normal);
    if (entries.size === 0) this.#cells.remove(id);
    else this.#cells.set(id, entries, this.#cells.bytesOf(id) - entry.bytes);
  }
}

/** A key that later changes of the caller's bytes cannot reach; -0 is 0. */
function ownKey<K extends KeyValue>(key: K): K {
  return ownValue(key) as K;
}

function ownValue(key: KeyValue): KeyValue {
  if (typeof key === 'number') return key + 0;
  if (key instanceof Uint8Array) return key.slice();
  return Array.isArray(key) ? (key as readonly KeyValue[]).map(ownValue) : key;
}
