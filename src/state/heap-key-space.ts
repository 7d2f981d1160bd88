/** A key space of any keys, on the heap: for key functions and untyped streams. Laws: see key-space.ts. */

import type { KeyValue } from '../record/index.ts';
import type { ByteWriter } from './byte-stream.ts';
import { estimateBytes } from './estimate-bytes.ts';
import { KeyChanges } from './key-changes.ts';
import { NO_KEY } from './key-space.ts';
import type { KeyResolver, KeySpace } from './key-space.ts';
import type { MemoryAccount } from './memory-account.ts';
import { normalKey, type NormalKey } from './normal-key.ts';

/** Map entry and the held key. */
const ENTRY_BYTES = 96;
/** Ids of one page; no array grows beyond it. */
const PAGE_SHIFT = 12;
const PAGE_MASK: number = (1 << PAGE_SHIFT) - 1;

class HeldKey {
  readonly key: KeyValue;
  readonly normal: NormalKey;
  readonly hash: number;
  readonly id: number;
  readonly bytes: number;
  holders = 0;

  constructor(key: KeyValue, normal: NormalKey, hash: number, id: number, bytes: number) {
    this.key = key;
    this.normal = normal;
    this.hash = hash;
    this.id = id;
    this.bytes = bytes;
  }
}

/** What a space on the heap is made of. */
export interface HeapKeySpaceOptions {
  readonly operatorName: string;
  readonly account: MemoryAccount;
  /** Number of key groups. */
  readonly maxParallelism: number;
  /** The key of a row of each input; undefined for an input without a key, whose rows have no id. */
  readonly inputs: readonly (((row: unknown) => KeyValue) | undefined)[];
  /** Appends hash and key, for snapshots of what changed. */
  writeKey(keys: KeySpace, id: number, out: ByteWriter): void;
}

/** Keys as values, one `Map` per key group, so that no single one grows large. Owner: the subtask's worker. */
export class HeapKeySpace implements KeySpace {
  readonly changes: KeyChanges;
  readonly #operatorName: string;
  readonly #account: MemoryAccount;
  readonly #maxParallelism: number;
  readonly #inputs: HeapKeySpaceOptions['inputs'];
  readonly #groups: Map<number, Map<NormalKey, HeldKey>> = new Map();
  readonly #pages: (HeldKey | undefined)[][] = [];
  #free: number[] = [];
  #limit = 0;
  #size = 0;
  #bytes = 0;

  constructor(options: HeapKeySpaceOptions) {
    this.#operatorName = options.operatorName;
    this.#account = options.account;
    this.#maxParallelism = options.maxParallelism;
    this.#inputs = options.inputs;
    this.changes = new KeyChanges((id, out) => options.writeKey(this, id, out));
  }

  get size(): number {
    return this.#size;
  }

  get limit(): number {
    return this.#limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  resolver(input: 0 | 1): KeyResolver {
    const valueOf = this.#input(input);
    return (row, hash) => this.intern(valueOf(row), hash);
  }

  finder(input: 0 | 1): KeyResolver {
    const valueOf = this.#input(input);
    return (row, hash) => this.find(valueOf(row), hash);
  }

  /** The id of a key, or `NO_KEY`. @throws ERR_STATE_KEY */
  find(key: KeyValue, hash: number): number {
    const group = this.#groups.get(hash % this.#maxParallelism);
    return group?.get(normalKey(key, this.#operatorName))?.id ?? NO_KEY;
  }

  intern(key: KeyValue, hash: number): number {
    const normal = normalKey(key, this.#operatorName);
    const index = hash % this.#maxParallelism;
    let group = this.#groups.get(index);
    const found = group?.get(normal);
    if (found !== undefined) {
      this.changes.touch(found.id);
      return found.id;
    }
    const bytes = ENTRY_BYTES + estimateBytes(key);
    this.#reserve(bytes);
    if (group === undefined) this.#groups.set(index, (group = new Map()));
    const id = this.#free.pop() ?? this.#limit++;
    const held = new HeldKey(ownKey(key), normal, hash, id, bytes);
    group.set(normal, held);
    (this.#pages[id >>> PAGE_SHIFT] ??= [])[id & PAGE_MASK] = held;
    this.#size++;
    this.changes.add(id);
    return id;
  }

  keyOf(id: number): KeyValue {
    return this.#held(id).key;
  }

  hashOf(id: number): number {
    return this.#held(id).hash;
  }

  retain(id: number): void {
    this.#held(id).holders++;
  }

  release(id: number): void {
    this.#held(id).holders--;
  }

  settle(id: number): void {
    const page = this.#pages[id >>> PAGE_SHIFT];
    const held = page?.[id & PAGE_MASK];
    if (page === undefined || held === undefined || held.holders !== 0) return;
    this.changes.leave(id);
    const index = held.hash % this.#maxParallelism;
    const group = this.#groups.get(index);
    group?.delete(held.normal);
    if (group?.size === 0) this.#groups.delete(index);
    page[id & PAGE_MASK] = undefined;
    this.#free.push(id);
    this.#size--;
    this.#reserve(-held.bytes);
  }

  *ids(): IterableIterator<number> {
    for (const page of this.#pages) {
      for (const held of page) if (held !== undefined) yield held.id;
    }
  }

  project(id: number, target: Record<string, unknown>, fields: readonly string[]): void {
    const { key } = this.#held(id);
    if (fields.length === 1) target[fields[0]!] = key;
    else for (const [i, field] of fields.entries()) target[field] = (key as readonly KeyValue[])[i];
  }

  dispose(): void {
    this.#groups.clear();
    this.changes.clear();
    this.#pages.length = 0;
    this.#free = [];
    this.#limit = 0;
    this.#size = 0;
    this.#reserve(-this.#bytes);
  }

  #input(input: 0 | 1): (row: unknown) => KeyValue {
    const valueOf = this.#inputs[input];
    if (valueOf === undefined) throw new RangeError(`input ${input} has no key`);
    return valueOf;
  }

  #held(id: number): HeldKey {
    return this.#pages[id >>> PAGE_SHIFT]![id & PAGE_MASK]!;
  }

  #reserve(bytes: number): void {
    this.#account.reserve(bytes);
    this.#bytes += bytes;
  }
}

/** A key that later changes of the caller's bytes cannot reach; -0 is 0. */
function ownKey(key: KeyValue): KeyValue {
  if (typeof key === 'number') return key + 0;
  if (key instanceof Uint8Array) return key.slice();
  return Array.isArray(key) ? (key as readonly KeyValue[]).map(ownKey) : key;
}
