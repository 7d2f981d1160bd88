/** One whole row per key with its timestamp: as bytes where the stream has a record type, on the heap otherwise. */

import type { RecordType } from '../record/index.ts';
import {
  Expiry,
  HeapValuePart,
  IntColumns,
  NO_REF,
  REF_UNIT_MASK,
  restoredStamp,
  RowStore,
  WordColumns,
} from '../state/index.ts';
import type {
  ByteReader,
  ByteWriter,
  KeyedBackend,
  KeyedPart,
  KeySpace,
  PartDescriptor,
  TtlOptions,
} from '../state/index.ts';
import { keepRow } from './kept-row.ts';
import type { OperatorContext } from './operator.ts';

/** Rows by key id; the other calls speak of the key that was loaded last. Owner: the subtask's worker. */
export interface KeptRows {
  /** Turns to a key; returns whether it has a row. */
  load(id: number): boolean;
  /** Of the row that is there. */
  timestamp(): number;
  /** The row that is there; valid until the next call. */
  row(): unknown;
  /** Keeps a copy in place of what is there. @throws ERR_STATE_QUOTA */
  set(row: unknown, timestamp: number): void;
  /** Drops the row that is there. */
  clear(): void;
  /** Takes the row that is there from its key, but keeps it; returns a handle. */
  detach(): unknown;
  /** A row that was detached; valid until the next call. */
  detached(handle: unknown): unknown;
  /** Drops a row that was detached. */
  drop(handle: unknown): void;
}

/** Adds such a part to the backend. */
export function keptRows(
  context: OperatorContext,
  backend: KeyedBackend,
  name: string,
  ttl: TtlOptions | undefined,
): KeptRows {
  const type = context.inputs[0]?.type;
  const rows =
    type === undefined
      ? new KeptValues(backend, name, ttl)
      : new KeptBytes(backend, name, type, ttl);
  backend.register(rows.part);
  return rows;
}

/** Before a row: its timestamp, then the header of a frame. */
const PREFIX_BYTES = 16;
const TIMESTAMP = -16;

/** Timestamp and row side by side, so that a key costs one place in memory beside its reference. */
class KeptBytes implements KeptRows, KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly part: this = this;
  readonly #keys: KeySpace;
  readonly #rows: RowStore<object>;
  readonly #refs: IntColumns;
  readonly #expiry: Expiry | undefined;
  readonly #stamps: WordColumns;
  #id = 0;
  #ref: number = NO_REF;

  constructor(backend: KeyedBackend, name: string, type: RecordType, ttl: TtlOptions | undefined) {
    const stamps = ttl === undefined ? {} : { stamps: true };
    this.descriptor = { name, kind: 'timedRow', types: { row: type.descriptor }, ...stamps };
    this.#keys = backend.keys;
    this.#rows = new RowStore(backend, name, type as RecordType<object>, PREFIX_BYTES);
    this.#refs = new IntColumns(backend.account(name), 1);
    this.#stamps = new WordColumns(backend.account(name), 1);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
  }

  has(id: number): boolean {
    return id < this.#refs.capacity && this.#refs.get(id, 0) !== NO_REF;
  }

  load(id: number): boolean {
    const expiry = this.#expiry;
    if (expiry !== undefined) {
      expiry.sweep(this, id);
      this.expire(id);
    }
    this.#turnTo(id);
    return this.#ref !== NO_REF;
  }

  timestamp(): number {
    const at = (this.#ref & REF_UNIT_MASK) << 3;
    return this.#rows.memoryOf(this.#ref).f64[(at + TIMESTAMP) >> 3]!;
  }

  row(): unknown {
    return this.#rows.view(this.#ref);
  }

  set(row: unknown, timestamp: number): void {
    const id = this.#id;
    if (this.#ref === NO_REF) {
      this.#reserve(id);
      this.#link(this.#rows.add(row), timestamp);
    } else {
      const ref = this.#rows.replace(this.#ref, row);
      if (ref !== this.#ref) this.#refs.set(id, 0, ref);
      this.#ref = ref;
      this.#setTimestamp(timestamp);
    }
    if (this.#expiry !== undefined) this.#stamps.set(id, 0, this.#expiry.now());
  }

  clear(): void {
    this.#rows.free(this.#ref);
    this.detach();
  }

  detach(): number {
    const ref = this.#ref;
    this.#refs.set(this.#id, 0, NO_REF);
    this.#ref = NO_REF;
    this.#keys.release(this.#id);
    return ref;
  }

  detached(handle: number): unknown {
    return this.#rows.view(handle);
  }

  drop(handle: number): void {
    this.#rows.free(handle);
  }

  expire(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined || !this.has(id)) return;
    const stamp = this.#stamps.get(id, 0);
    if (!expiry.expired(stamp)) {
      this.#stamps.set(id, 0, expiry.settled(stamp));
      return;
    }
    this.#turnTo(id);
    this.clear();
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    if (this.#expiry !== undefined) out.putF64(this.#stamps.get(id, 0));
    this.#turnTo(id);
    out.putF64(this.timestamp());
    this.#rows.write(this.#ref, out);
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    this.#turnTo(id);
    this.#reserve(id);
    const stamp = restoredStamp(source, from, this.#expiry);
    const timestamp = source.f64();
    this.#link(this.#rows.load(source, from), timestamp);
    if (this.#expiry !== undefined) this.#stamps.set(id, 0, stamp);
  }

  dispose(): void {
    this.#rows.dispose();
    this.#refs.dispose();
    this.#stamps.dispose();
  }

  #turnTo(id: number): void {
    this.#id = id;
    this.#ref = id < this.#refs.capacity ? this.#refs.get(id, 0) : NO_REF;
  }

  #reserve(id: number): void {
    this.#refs.ensure(id);
    if (this.#expiry !== undefined) this.#stamps.ensure(id);
  }

  #link(ref: number, timestamp: number): void {
    this.#refs.set(this.#id, 0, ref);
    this.#ref = ref;
    this.#setTimestamp(timestamp);
    this.#keys.retain(this.#id);
  }

  #setTimestamp(timestamp: number): void {
    const at = (this.#ref & REF_UNIT_MASK) << 3;
    this.#rows.memoryOf(this.#ref).f64[(at + TIMESTAMP) >> 3] = timestamp;
  }
}

interface Kept {
  readonly row: unknown;
  readonly timestamp: number;
}

class KeptValues implements KeptRows {
  readonly part: HeapValuePart<Kept>;
  #id = 0;
  #kept: Kept | undefined = undefined;

  constructor(backend: KeyedBackend, name: string, ttl: TtlOptions | undefined) {
    this.part = new HeapValuePart<Kept>(backend, { name, kind: 'timedRow', ttl });
  }

  load(id: number): boolean {
    this.#id = id;
    this.#kept = this.part.get(id);
    return this.#kept !== undefined;
  }

  timestamp(): number {
    return this.#kept!.timestamp;
  }

  row(): unknown {
    return this.#kept!.row;
  }

  set(row: unknown, timestamp: number): void {
    this.#kept = { row: keepRow(row), timestamp };
    this.part.set(this.#id, this.#kept);
  }

  clear(): void {
    this.#kept = undefined;
    this.part.clear(this.#id);
  }

  detach(): unknown {
    const { row } = this.#kept!;
    this.clear();
    return row;
  }

  detached(handle: unknown): unknown {
    return handle;
  }

  drop(): void {}
}
