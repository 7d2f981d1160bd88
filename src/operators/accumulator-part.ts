/**
 * The accumulators of declared aggregates by key id: words off-heap, values on the heap where a fold needs them.
 *
 * A key has something here while word 0, its rows, is above 0; it is retained as long. Laws: as for every `KeyedPart`
 * (test/operators/continuous-aggregate.property.test.ts).
 */

import { EngineError } from '../base/index.ts';
import { Expiry, valueScratch, WordColumns } from '../state/index.ts';
import type {
  ByteReader,
  ByteWriter,
  KeyedBackend,
  KeyedPart,
  MemoryAccount,
  PartDescriptor,
  TtlOptions,
} from '../state/index.ts';
import type { Accumulators } from './aggregate/index.ts';
import type { Plain } from './operator.ts';

/** What a part is made from. */
export interface AccumulatorPartOptions {
  readonly name: string;
  readonly accumulators: Accumulators;
  /** Of the aggregates, as in the plan: a snapshot of others cannot be read. */
  readonly aggregates: Plain;
  readonly ttl?: TtlOptions | undefined;
}

/** Owner: the subtask's worker. */
export class AccumulatorPart implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly accumulators: Accumulators;
  /** Words of a key: its accumulator, then the largest timestamp of its rows, then when it was last used. */
  readonly words: WordColumns;
  readonly stride: number;
  readonly #backend: KeyedBackend;
  readonly #account: MemoryAccount;
  readonly #expiry: Expiry | undefined;
  readonly #heap: (unknown[] | undefined)[] = [];
  #heapBytes = 0;

  constructor(backend: KeyedBackend, options: AccumulatorPartOptions) {
    const { accumulators, aggregates, name, ttl } = options;
    this.descriptor = {
      name,
      kind: 'aggregating',
      // Words and heap are for those who read snapshots without the operator.
      types: { aggregates, words: accumulators.stride, heap: accumulators.heapCount > 0 },
      ...(ttl === undefined ? {} : { stamps: true }),
    };
    this.accumulators = accumulators;
    this.stride = accumulators.stride;
    this.#backend = backend;
    this.#account = backend.account(name);
    this.#expiry = ttl && new Expiry(backend.keys, ttl);
    this.words = new WordColumns(this.#account, this.stride + (ttl === undefined ? 1 : 2));
  }

  /** Whether keys are forgotten after some time. */
  get expires(): boolean {
    return this.#expiry !== undefined;
  }

  has(id: number): boolean {
    return id < this.words.capacity && this.words.get(id, 0) > 0;
  }

  /** Page of the key's words; they begin at `at(id)`. Made if need be. @throws ERR_STATE_QUOTA */
  page(id: number): Float64Array {
    if (id >= this.words.capacity) this.words.ensure(id);
    return this.words.pages[id >>> this.words.shift]!;
  }

  at(id: number): number {
    return (id & this.words.mask) * this.words.stride;
  }

  /** The key's values on the heap; undefined when no fold has one. */
  heapOf(id: number): unknown[] | undefined {
    if (this.accumulators.heapCount === 0) return undefined;
    return (this.#heap[id] ??= this.#create());
  }

  /** Accounts what values on the heap grew by. @throws ERR_STATE_QUOTA */
  grow(bytes: number): void {
    if (bytes === 0) return;
    this.#account.reserve(bytes);
    this.#heapBytes += bytes;
  }

  /** Forgets what is expired, of this key if it is, and of others in passing; marks this one as used. */
  touch(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined) return;
    expiry.sweep(this, id);
    if (this.has(id)) this.expire(id);
    this.page(id)[this.at(id) + this.stride + 1] = expiry.now();
  }

  /**
   * Forgets the key's accumulator; the caller settles the key.
   *
   * @param held whether it is retained; it is even when its last row was taken out just now
   */
  clear(id: number, held: boolean = this.has(id)): void {
    const heap = this.#heap[id];
    if (heap !== undefined) {
      this.grow(-this.accumulators.heapBytes(heap));
      this.#heap[id] = undefined;
    }
    if (id < this.words.capacity) this.words.zero(id);
    if (held) this.#backend.keys.release(id);
  }

  expire(id: number): void {
    const expiry = this.#expiry;
    if (expiry === undefined) return;
    const stamp = this.words.get(id, this.stride + 1);
    if (expiry.expired(stamp)) this.clear(id);
    else this.words.set(id, this.stride + 1, expiry.settled(stamp));
  }

  beginSnapshot(): void {
    this.#expiry?.beginSnapshot();
  }

  clean(id: number): void {
    this.#expiry?.clean(this, id);
  }

  write(id: number, out: ByteWriter): void {
    const page = this.page(id);
    const at = this.at(id);
    if (this.#expiry !== undefined) out.putF64(page[at + this.stride + 1]!);
    for (let k = 0; k <= this.stride; k++) out.putF64(page[at + k]!);
    const heap = this.heapOf(id);
    if (heap !== undefined) valueScratch().put(out, heap);
  }

  /** @throws ERR_STATE_PART_KIND the snapshot is one of other aggregates */
  read(id: number, source: ByteReader, from: PartDescriptor): void {
    this.#require(from);
    const stamp = from.stamps === true ? source.f64() : (this.#expiry?.now() ?? 0);
    const page = this.page(id);
    const at = this.at(id);
    for (let k = 0; k <= this.stride; k++) page[at + k] = source.f64();
    if (this.#expiry !== undefined) page[at + this.stride + 1] = stamp;
    if (this.accumulators.heapCount > 0) {
      const heap = valueScratch().get(source) as unknown[];
      this.#heap[id] = heap;
      this.grow(this.accumulators.heapBytes(heap));
    }
    this.#backend.keys.retain(id);
  }

  dispose(): void {
    this.words.dispose();
    this.grow(-this.#heapBytes);
    this.#heap.length = 0;
  }

  #create(): unknown[] {
    const heap = this.accumulators.createHeap();
    this.grow(this.accumulators.heapBytes(heap));
    return heap;
  }

  #require(from: PartDescriptor): void {
    const expected = JSON.stringify(this.descriptor.types['aggregates']);
    const got = JSON.stringify(from.types['aggregates']);
    if (got === expected) return;
    const operator = this.#backend.operatorName;
    throw new EngineError(
      'ERR_STATE_PART_KIND',
      { operator, name: from.name, expected: `the aggregates ${expected}`, got },
      { place: { operator } },
    );
  }
}
