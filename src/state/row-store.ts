/**
 * Rows of one record type off-heap, each behind a prefix, named by references; what the parts that keep rows are made of.
 *
 * Law: what the account holds is exactly the bytes of the arena.
 */

import { compileCodec, copyRow } from '../record/index.ts';
import type { Memory, RecordType, RowCodec, RowView } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import type { KeyedBackend, PartDescriptor } from './keyed-backend.ts';
import { RowArena } from './row-arena.ts';
import { putRow, requireRows, RowScratch } from './row-io.ts';
import { REF_PAGE_SHIFT, REF_UNIT_MASK, ROW_WORD0 } from './row-layout.ts';

/** Slots with rows in them. Owner: the subtask's worker. */
export class RowStore<T> {
  readonly type: RecordType<T>;
  readonly #operatorName: string;
  readonly #codec: RowCodec<T>;
  readonly #arena: RowArena;
  readonly #scratch: RowScratch;
  /** One for each page, bound to it for good; and one for each page and caller that needs its own. */
  readonly #views: RowView<T>[] = [];
  /** The descriptor that was found readable last. */
  #readable: PartDescriptor | undefined = undefined;

  /** @param prefixBytes before each row: 8, or what row-layout.ts says */
  constructor(backend: KeyedBackend, owner: string, type: RecordType<T>, prefixBytes: number) {
    this.type = type;
    this.#operatorName = backend.operatorName;
    this.#codec = compileCodec(type);
    this.#arena = new RowArena(backend.account(owner), prefixBytes, this.#codec.fixedBytes);
    this.#scratch = new RowScratch(this.#codec as RowCodec);
  }

  /** Bytes of the arena. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  memoryOf(ref: number): Memory {
    return this.#arena.pages[ref >>> REF_PAGE_SHIFT]!;
  }

  /** Moves the view that all callers share to the row: valid until the next call. */
  view(ref: number): RowView<T> {
    const page = ref >>> REF_PAGE_SHIFT;
    while (this.#views.length <= page) {
      const view = this.#codec.createView();
      view.bind(this.#arena.pages[this.#views.length]!);
      this.#views.push(view);
    }
    const view = this.#views[page]!;
    view.at = (ref & REF_UNIT_MASK) << 3;
    return view;
  }

  /** A view of the caller's own, bound to nothing yet. */
  createView(): RowView<T> {
    return this.#codec.createView();
  }

  /** Moves a view of the caller's own to the row. */
  show(view: RowView<T>, ref: number): void {
    const memory = this.memoryOf(ref);
    if (view.memory !== memory) view.bind(memory);
    view.at = (ref & REF_UNIT_MASK) << 3;
  }

  /** Keeps a copy of a row: a view, or an object. The rest of the prefix is undefined. @throws ERR_STATE_QUOTA, ERR_RECORD_VALUE */
  add(row: unknown): number {
    this.#scratch.take(row);
    return this.#keep();
  }

  /** A slot for a row of `bytes` bytes, a multiple of 8, that the caller writes before any other call. @throws ERR_STATE_QUOTA */
  allocate(bytes: number): number {
    const ref = this.#arena.allocate(bytes);
    this.#setWord(ref, ROW_WORD0, bytes);
    return ref;
  }

  /** Keeps a row of a snapshot. @throws ERR_STATE_SNAPSHOT, ERR_STATE_PART_KIND */
  load(source: ByteReader, from: PartDescriptor): number {
    if (from !== this.#readable) {
      requireRows(this.#operatorName, from, this.type as RecordType);
      this.#readable = from;
    }
    this.#scratch.load(source);
    return this.#keep();
  }

  /** Puts another row in the place of one; it may be a view of that one. Returns where it is now. */
  replace(ref: number, row: unknown): number {
    this.#scratch.take(row);
    const { source, at, bytes } = this.#scratch;
    const before = this.#word(ref, ROW_WORD0);
    if (this.#arena.capacityFor(bytes) !== this.#arena.capacityFor(before)) {
      const to = this.#keep();
      this.#arena.free(ref, before);
      return to;
    }
    this.#setWord(ref, ROW_WORD0, bytes);
    copyRow(source, at, bytes, this.memoryOf(ref), (ref & REF_UNIT_MASK) << 3);
    return ref;
  }

  free(ref: number): void {
    this.#arena.free(ref, this.#word(ref, ROW_WORD0));
  }

  write(ref: number, out: ByteWriter): void {
    putRow(out, this.memoryOf(ref), (ref & REF_UNIT_MASK) << 3, this.#word(ref, ROW_WORD0));
  }

  dispose(): void {
    this.#arena.dispose();
    this.#views.length = 0;
  }

  #keep(): number {
    const { source, at, bytes } = this.#scratch;
    const ref = this.allocate(bytes);
    copyRow(source, at, bytes, this.memoryOf(ref), (ref & REF_UNIT_MASK) << 3);
    return ref;
  }

  #word(ref: number, offset: number): number {
    return this.memoryOf(ref).i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2]!;
  }

  #setWord(ref: number, offset: number, value: number): void {
    this.memoryOf(ref).i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2] = value;
  }
}
