/**
 * A map from keys of fixed types to rows of a record type per key, off-heap.
 *
 * An entry is a key of an inner key space: the key id, then the parts of the map's key. Its row, its neighbours in the
 * order of insertion and its time of use are columns by the number that the inner space gives it.
 */

import { murmur32 } from '../base/index.ts';
import type {
  KeyValue,
  RecordDescriptor,
  RecordType,
  RowInput,
  RowView,
  TypeDescriptor,
} from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { BytesKeySpace } from './bytes-key-space.ts';
import { Expiry } from './expiry.ts';
import { IntColumns, WordColumns } from './id-columns.ts';
import { KeyEncoder, shapeOfTypes } from './key-shape.ts';
import type { KeyShape } from './key-shape.ts';
import { NO_KEY } from './key-space.ts';
import type { KeySpace } from './key-space.ts';
import type { KeyedBackend, KeyedPart, PartDescriptor } from './keyed-backend.ts';
import { describePart, restoredStamp } from './part-options.ts';
import type { PartOptions } from './part-options.ts';
import { failPartKind } from './row-io.ts';
import { NO_REF } from './row-layout.ts';
import { RowStore } from './row-store.ts';
import { describeKey, rowKeyCodec } from './snapshot-keys.ts';
import type { KeyCodec } from './snapshot-keys.ts';

const PREFIX_BYTES = 8;
/** Columns by key id: first and last entry, each + 1 so that 0 is none; and how many. */
const FIRST = 0;
const LAST = 1;
const COUNT = 2;
/** Columns by entry: the row, the entries before and behind, each + 1. */
const ROW = 0;
const PREVIOUS = 1;
const NEXT = 2;

/** What a map of rows is made of. */
export interface RowMapOptions<T> extends PartOptions {
  /** Types of the parts of the map's key: scalars, utf8, bytes. One type makes plain keys, several make tuples. */
  readonly keyTypes: readonly TypeDescriptor[];
  readonly type: RecordType<T>;
}

/**
 * A map by key id, in the order in which its keys came. Owner: the subtask's worker.
 *
 * @example
 * const byItem = new RowMapPart(backend, { name: 'byItem', keyTypes: [{ kind: 'i64' }], type: Bid });
 * byItem.put(id, 7, row);
 * byItem.get(id, 7)?.price;
 */
export class RowMapPart<T> implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #operatorName: string;
  readonly #keys: KeySpace;
  readonly #rows: RowStore<T>;
  readonly #entries: BytesKeySpace;
  readonly #encoder: KeyEncoder;
  readonly #parts: number;
  readonly #codec: KeyCodec;
  readonly #links: IntColumns;
  readonly #maps: IntColumns;
  readonly #expiry: Expiry | undefined;
  readonly #stamps: WordColumns;
  #readable: PartDescriptor | undefined = undefined;

  constructor(backend: KeyedBackend, options: RowMapOptions<T>) {
    const { name, type, keyTypes, ttl } = options;
    const { operatorName } = backend;
    const account = backend.account(name);
    const shape = shapeFor(keyTypes);
    const inner = shapeFor([{ kind: 'i32' }, ...keyTypes]);
    this.#codec = rowKeyCodec(shape);
    const types = { row: type.descriptor, key: this.#codec.descriptor.type };
    this.descriptor = describePart(options, 'map', types);
    this.#operatorName = operatorName;
    this.#keys = backend.keys;
    this.#rows = new RowStore(backend, name, type, PREFIX_BYTES);
    this.#entries = new BytesKeySpace({ operatorName, account, shape: inner, inputs: [] });
    this.#encoder = new KeyEncoder(inner, operatorName);
    this.#parts = keyTypes.length;
    this.#links = new IntColumns(account, 3);
    this.#maps = new IntColumns(account, 3);
    this.#stamps = new WordColumns(account, 1);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
  }

  /** Bytes accounted. */
  get bytes(): number {
    const columns = this.#links.bytes + this.#maps.bytes + this.#stamps.bytes;
    return this.#rows.bytes + this.#entries.bytes + columns;
  }

  has(id: number): boolean {
    return this.size(id) > 0;
  }

  /** Number of entries, those that are expired and not cleaned yet included. */
  size(id: number): number {
    return id < this.#maps.capacity ? this.#maps.get(id, COUNT) : 0;
  }

  /** The row of a key: one view for all, valid until the next call of this part. @throws ERR_STATE_KEY_TYPE */
  get(id: number, key: KeyValue): RowView<T> | undefined {
    this.#expiry?.sweep(this, id);
    const entry = this.#find(id, key);
    if (entry === NO_KEY || !this.#visible(id, entry)) return undefined;
    return this.#rows.view(this.#links.get(entry, ROW));
  }

  /** Whether the map has the key. @throws ERR_STATE_KEY_TYPE */
  contains(id: number, key: KeyValue): boolean {
    this.#expiry?.sweep(this, id);
    const entry = this.#find(id, key);
    return entry !== NO_KEY && this.#visible(id, entry);
  }

  /** Keeps a copy of a row. @throws ERR_STATE_QUOTA, ERR_STATE_KEY_TYPE, ERR_RECORD_VALUE */
  put(id: number, key: KeyValue, row: T | RowInput<T>): void {
    let entry = this.#find(id, key);
    const expiry = this.#expiry;
    if (entry !== NO_KEY && expiry?.expired(this.#stamps.get(entry, 0)) === true) {
      // What is expired is gone: the key comes anew, last in the order.
      this.#drop(id, entry);
      entry = NO_KEY;
    }
    if (entry === NO_KEY) entry = this.#add(id, this.#rows.add(row));
    else this.#links.set(entry, ROW, this.#rows.replace(this.#links.get(entry, ROW), row));
    if (expiry === undefined) return;
    this.#stamps.set(entry, 0, expiry.now());
    expiry.sweep(this, id);
  }

  /** Whether it was there. @throws ERR_STATE_KEY_TYPE */
  remove(id: number, key: KeyValue): boolean {
    const entry = this.#find(id, key);
    if (entry === NO_KEY) return false;
    const visible = this.#expiry === undefined || !this.#expiry.expired(this.#stamps.get(entry, 0));
    this.#drop(id, entry);
    return visible;
  }

  /** Entries of the key; the row is the view of `get`. The one at hand may be removed. */
  *entries(id: number): IterableIterator<readonly [KeyValue, RowView<T>]> {
    this.#expiry?.sweep(this, id);
    for (let entry = this.#first(id); entry !== NO_KEY;) {
      const next = this.#links.get(entry, NEXT) - 1;
      const key = this.#keyOf(entry);
      if (this.#visible(id, entry)) yield [key, this.#rows.view(this.#links.get(entry, ROW))];
      entry = next;
    }
  }

  clear(id: number): void {
    for (let entry = this.#first(id); entry !== NO_KEY; entry = this.#first(id)) {
      this.#drop(id, entry);
    }
  }

  expire(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined) return;
    for (let entry = this.#first(id); entry !== NO_KEY;) {
      const next = this.#links.get(entry, NEXT) - 1;
      const stamp = this.#stamps.get(entry, 0);
      if (expiry.expired(stamp)) this.#drop(id, entry);
      else this.#stamps.set(entry, 0, expiry.settled(stamp));
      entry = next;
    }
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    out.putI32(this.size(id));
    for (let entry = this.#first(id); entry !== NO_KEY; entry = this.#links.get(entry, NEXT) - 1) {
      if (this.#expiry !== undefined) out.putF64(this.#stamps.get(entry, 0));
      this.#codec.put(out, this.#keyOf(entry));
      this.#rows.write(this.#links.get(entry, ROW), out);
    }
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    if (from !== this.#readable) {
      this.#requireKeys(from);
      this.#readable = from;
    }
    for (let count = source.i32(); count > 0; count--) {
      const stamp = restoredStamp(source, from, this.#expiry);
      this.#find(id, this.#codec.get(source));
      const entry = this.#add(id, this.#rows.load(source, from));
      if (this.#expiry !== undefined) this.#stamps.set(entry, 0, stamp);
    }
  }

  dispose(): void {
    this.#rows.dispose();
    this.#entries.dispose();
    this.#links.dispose();
    this.#maps.dispose();
    this.#stamps.dispose();
  }

  #first(id: number): number {
    return id < this.#maps.capacity ? this.#maps.get(id, FIRST) - 1 : NO_KEY;
  }

  /** The entry of a key; its words stay in the encoder. */
  #find(id: number, key: KeyValue): number {
    const encoder = this.#encoder;
    encoder.encode(this.#parts === 1 ? [id, key] : [id, ...(key as readonly KeyValue[])]);
    return this.#entries.findWords(this.#hash(), encoder.words, encoder.memory.i32);
  }

  #hash(): number {
    return murmur32(this.#encoder.hash(0));
  }

  /** A new entry for the key in the encoder; takes the row over. */
  #add(id: number, ref: number): number {
    try {
      this.#maps.ensure(id);
      // The next entry is a free one, or the first that was never used.
      this.#links.ensure(this.#entries.limit);
      if (this.#expiry !== undefined) this.#stamps.ensure(this.#entries.limit);
      const { words, memory } = this.#encoder;
      const entry = this.#entries.addWords(this.#hash(), words, memory);
      this.#link(id, entry, ref);
      return entry;
    } catch (error) {
      this.#rows.free(ref);
      throw error;
    }
  }

  #link(id: number, entry: number, ref: number): void {
    const last = this.#maps.get(id, LAST);
    this.#links.set(entry, ROW, ref);
    this.#links.set(entry, PREVIOUS, last);
    this.#links.set(entry, NEXT, 0);
    if (last === 0) this.#maps.set(id, FIRST, entry + 1);
    else this.#links.set(last - 1, NEXT, entry + 1);
    this.#maps.set(id, LAST, entry + 1);
    const count = this.#maps.get(id, COUNT) + 1;
    this.#maps.set(id, COUNT, count);
    if (count === 1) this.#keys.retain(id);
  }

  #drop(id: number, entry: number): void {
    const previous = this.#links.get(entry, PREVIOUS);
    const next = this.#links.get(entry, NEXT);
    if (previous === 0) this.#maps.set(id, FIRST, next);
    else this.#links.set(previous - 1, NEXT, next);
    if (next === 0) this.#maps.set(id, LAST, previous);
    else this.#links.set(next - 1, PREVIOUS, previous);
    this.#rows.free(this.#links.get(entry, ROW));
    this.#links.set(entry, ROW, NO_REF);
    this.#entries.settle(entry);
    const count = this.#maps.get(id, COUNT) - 1;
    this.#maps.set(id, COUNT, count);
    if (count === 0) this.#keys.release(id);
  }

  /** Whether an entry may be seen; one that is expired and hidden is dropped. */
  #visible(id: number, entry: number): boolean {
    const expiry = this.#expiry;
    if (expiry === undefined) return true;
    const stamp = this.#stamps.get(entry, 0);
    if (expiry.expired(stamp)) {
      if (expiry.hides) this.#drop(id, entry);
      return !expiry.hides;
    }
    this.#stamps.set(entry, 0, expiry.refreshOnRead ? expiry.now() : expiry.settled(stamp));
    return true;
  }

  #requireKeys(from: PartDescriptor): void {
    const type = from.types['key'] as RecordDescriptor | undefined;
    const got =
      type === undefined
        ? 'keys without types'
        : this.#codec.whyUnreadable({ type, generic: false });
    if (got === undefined) return;
    const expected = `map keys of ${describeKey(this.#codec.descriptor)}`;
    failPartKind(this.#operatorName, from.name, expected, got);
  }

  #keyOf(entry: number): KeyValue {
    const [, ...parts] = this.#entries.keyOf(entry) as readonly KeyValue[];
    return parts.length === 1 ? parts[0]! : parts;
  }
}

function shapeFor(types: readonly TypeDescriptor[]): KeyShape {
  const shape = shapeOfTypes(types);
  if (shape === undefined) {
    throw new RangeError('the key of a map expects scalars, utf8 or bytes, got a list or a record');
  }
  return shape;
}
