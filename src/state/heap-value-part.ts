/** One JavaScript value per key: anything that structured clone can copy. */

import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { estimateBytes } from './estimate-bytes.ts';
import { Expiry } from './expiry.ts';
import { HeapCells } from './heap-cells.ts';
import type { KeyedBackend, KeyedPart, PartDescriptor } from './keyed-backend.ts';
import { describePart, restoredStamp } from './part-options.ts';
import type { PartOptions } from './part-options.ts';
import { valueScratch } from './row-io.ts';

class Stamped<V> {
  readonly value: V;
  stamp = 0;

  constructor(value: V, stamp: number) {
    this.value = value;
    this.stamp = stamp;
  }
}

/**
 * A value by key id; also the accumulator of reducing and aggregating state. A value that is changed in place is not seen
 * by the account: set it again. Owner: the subtask's worker.
 *
 * @example
 * const seen = new HeapValuePart<number>(backend, { name: 'seen' });
 * backend.register(seen);
 * seen.set(id, (seen.get(id) ?? 0) + 1);
 */
export class HeapValuePart<V> implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #cells: HeapCells<Stamped<V>>;
  readonly #expiry: Expiry | undefined;

  constructor(backend: KeyedBackend, options: PartOptions) {
    this.descriptor = describePart(options, 'value');
    this.#cells = new HeapCells(backend.keys, backend.account(options.name));
    this.#expiry = options.ttl && new Expiry(backend.keys, options.ttl);
  }

  has(id: number): boolean {
    return this.#cells.has(id);
  }

  get(id: number): V | undefined {
    const expiry = this.#expiry;
    if (expiry === undefined) return this.#cells.get(id)?.value;
    expiry.sweep(this, id);
    const cell = this.#cells.get(id);
    if (cell === undefined) return undefined;
    const expired = expiry.expired(cell.stamp);
    if (expired) this.#cells.remove(id);
    if (expired && expiry.hides) return undefined;
    cell.stamp = expiry.refreshOnRead ? expiry.now() : expiry.settled(cell.stamp);
    return cell.value;
  }

  /** @throws ERR_STATE_QUOTA and keeps the old value */
  set(id: number, value: V): void {
    this.#expiry?.sweep(this, id);
    this.#put(id, value, this.#expiry === undefined ? 0 : this.#expiry.now());
  }

  clear(id: number): void {
    this.#cells.remove(id);
  }

  expire(id: number): void {
    const cell = this.#cells.get(id);
    if (cell === undefined || this.#expiry === undefined) return;
    if (this.#expiry.expired(cell.stamp)) this.#cells.remove(id);
    else cell.stamp = this.#expiry.settled(cell.stamp);
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    const cell = this.#cells.get(id)!;
    if (this.#expiry !== undefined) out.putF64(cell.stamp);
    valueScratch().put(out, cell.value);
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    const stamp = restoredStamp(source, from, this.#expiry);
    this.#put(id, valueScratch().get(source) as V, stamp);
  }

  dispose(): void {
    this.#cells.dispose();
  }

  #put(id: number, value: V, stamp: number): void {
    this.#cells.set(id, new Stamped(value, stamp), 24 + estimateBytes(value));
  }
}
