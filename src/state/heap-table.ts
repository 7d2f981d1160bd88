/**
 * Keyed state with arbitrary JavaScript values: for untyped streams, key functions and user state.
 *
 * Laws (test/state/heap-table.property.test.ts):
 *  1. A table behaves as a `Map` whose keys are equal by content (see normal-key.ts), in insertion order.
 *  2. What the account holds is the sum of the estimates of the entries that are here.
 *
 * One `Map` per key group, so that no single one grows large (a `Map` doubles its one backing store) and a group can be
 * taken out alone. The list through the entries keeps the order over all groups.
 */

import type { KeyValue } from '../record/index.ts';
import { estimateBytes } from './estimate-bytes.ts';
import type { MemoryAccount } from './memory-account.ts';
import { normalKey, type NormalKey } from './normal-key.ts';

/** Map entry, list links and the entry itself. */
const ENTRY_BYTES = 120;

/** One key with its value. `value` changes only through `HeapTable.set`; `timestamp` is the owner's to use. */
export class HeapEntry<V> {
  readonly key: KeyValue;
  readonly normal: NormalKey;
  /** murmur32 of the key. */
  readonly hash: number;
  value: V = undefined as V;
  timestamp = 0;
  bytes = 0;
  previous: HeapEntry<V> | undefined = undefined;
  next: HeapEntry<V> | undefined = undefined;

  constructor(key: KeyValue, normal: NormalKey, hash: number, value: V) {
    this.key = key;
    this.normal = normal;
    this.hash = hash;
    this.value = value;
  }
}

/** What a table is made of. */
export interface HeapTableOptions {
  readonly operatorName: string;
  readonly account: MemoryAccount;
  /** Number of key groups; a key's group is its hash modulo this. */
  readonly maxParallelism: number;
}

/**
 * A table of values by key. Owner: the subtask's worker.
 *
 * @example
 * const table = new HeapTable<number>({ operatorName: 'count', account, maxParallelism: 128 });
 * const entry = table.find(['a', 1], hash) ?? table.insert(['a', 1], hash, 0);
 * table.set(entry, entry.value + 1);
 */
export class HeapTable<V> implements Iterable<HeapEntry<V>> {
  readonly #operatorName: string;
  readonly #account: MemoryAccount;
  readonly #maxParallelism: number;
  readonly #groups: Map<number, Map<NormalKey, HeapEntry<V>>> = new Map();
  #first: HeapEntry<V> | undefined = undefined;
  #last: HeapEntry<V> | undefined = undefined;
  #size = 0;
  #bytes = 0;

  constructor(options: HeapTableOptions) {
    this.#operatorName = options.operatorName;
    this.#account = options.account;
    this.#maxParallelism = options.maxParallelism;
  }

  /** Number of keys. */
  get size(): number {
    return this.#size;
  }

  /** Accounted bytes, an estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The entry of a key with this murmur32 hash. @throws ERR_STATE_KEY */
  find(key: KeyValue, hash: number): HeapEntry<V> | undefined {
    const group = this.#groups.get(hash % this.#maxParallelism);
    return group?.get(normalKey(key, this.#operatorName));
  }

  /** A new entry, last in the order; the key is not here. @throws ERR_STATE_QUOTA, ERR_STATE_KEY */
  insert(key: KeyValue, hash: number, value: V): HeapEntry<V> {
    const normal = normalKey(key, this.#operatorName);
    const entry = new HeapEntry(ownKey(key), normal, hash, value);
    entry.bytes = ENTRY_BYTES + estimateBytes(key) + estimateBytes(value);
    this.#reserve(entry.bytes);
    const index = hash % this.#maxParallelism;
    let group = this.#groups.get(index);
    if (group === undefined) this.#groups.set(index, (group = new Map()));
    group.set(normal, entry);
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#size++;
    return entry;
  }

  /** Gives an entry another value. @throws ERR_STATE_QUOTA and keeps the old value */
  set(entry: HeapEntry<V>, value: V): void {
    const bytes = ENTRY_BYTES + estimateBytes(entry.key) + estimateBytes(value);
    if (bytes !== entry.bytes) {
      this.#reserve(bytes - entry.bytes);
      entry.bytes = bytes;
    }
    entry.value = value;
  }

  /** Takes an entry out; it must not be used with this table again. */
  remove(entry: HeapEntry<V>): void {
    const index = entry.hash % this.#maxParallelism;
    const group = this.#groups.get(index);
    group?.delete(entry.normal);
    if (group?.size === 0) this.#groups.delete(index);
    if (entry.previous === undefined) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    this.#size--;
    this.#reserve(-entry.bytes);
  }

  /** Entries in insertion order. The entry at hand may be removed; the others may not, until the loop is over. */
  *[Symbol.iterator](): IterableIterator<HeapEntry<V>> {
    let entry = this.#first;
    while (entry !== undefined) {
      const { next } = entry;
      yield entry;
      entry = next;
    }
  }

  /** Drops all entries and gives back all bytes; the table can be used again from empty. */
  dispose(): void {
    this.#groups.clear();
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
    this.#reserve(-this.#bytes);
  }

  #reserve(bytes: number): void {
    this.#account.reserve(bytes);
    this.#bytes += bytes;
  }
}

/** A key that later changes of the caller's bytes cannot reach. */
function ownKey(key: KeyValue): KeyValue {
  if (key instanceof Uint8Array) return key.slice();
  return Array.isArray(key) ? (key as readonly KeyValue[]).map(ownKey) : key;
}
