/**
 * Numbers by key id, off-heap: a fixed count of words for every id, in pages.
 *
 * Laws (test/state/id-columns.property.test.ts):
 *  1. Columns behave as one endless array of zeros of which ids below `capacity` can be written; growth keeps the words.
 *  2. Growing allocates at most 8 MiB at once and copies less than one page.
 *  3. What the account holds is exactly the bytes of the pages.
 *
 * The words of id lie at `(id & mask) * stride` of `pages[id >>> shift]`. Growth may replace the last page: read
 * `pages` again after `ensure`.
 */

import type { MemoryAccount } from './memory-account.ts';

/** Ids of a page of ordinary columns: `1 << ID_PAGE_SHIFT`. */
export const ID_PAGE_SHIFT = 14;
const PAGE_BYTES_MAX: number = 8 << 20;
/** Ids that the first page begins with. */
const IDS_MIN = 64;
/** A later page begins with this part of its ids, so that the last one is not mostly air. */
const FIRST_PART_SHIFT = 3;

type Words = Int32Array | Float64Array;

abstract class IdColumns<A extends Words> {
  /** Words of one id. */
  readonly stride: number;
  /** `id >>> shift` is the page. */
  readonly shift: number;
  /** `id & mask` is the place in the page. */
  readonly mask: number;
  readonly pages: A[] = [];
  /** Ids that can be written. */
  capacity = 0;
  bytes = 0;
  readonly #account: MemoryAccount;
  readonly #wordBytes: number;

  constructor(account: MemoryAccount, stride: number, wordBytes: number) {
    this.#account = account;
    this.#wordBytes = wordBytes;
    this.stride = stride;
    this.shift = Math.min(
      ID_PAGE_SHIFT,
      Math.floor(Math.log2(PAGE_BYTES_MAX / (stride * wordBytes))),
    );
    this.mask = (1 << this.shift) - 1;
  }

  /** Lets `id` be written; new words are 0. @throws ERR_STATE_QUOTA before anything changed */
  ensure(id: number): void {
    while (id >= this.capacity) this.#grow();
  }

  /** Sets the words of an id to 0. */
  zero(id: number): void {
    const page = this.pages[id >>> this.shift]!;
    const at = (id & this.mask) * this.stride;
    for (let i = 0; i < this.stride; i++) page[at + i] = 0;
  }

  /** Gives back all bytes; the columns can be used again from empty. */
  dispose(): void {
    this.#account.reserve(-this.bytes);
    this.bytes = 0;
    this.capacity = 0;
    this.pages.length = 0;
  }

  protected abstract words(count: number): A;

  #grow(): void {
    const pageIds = this.mask + 1;
    const held = this.capacity & this.mask;
    const last = this.pages.length - 1;
    const first = Math.max(1, Math.min(pageIds, last < 0 ? IDS_MIN : pageIds >> FIRST_PART_SHIFT));
    const ids = held === 0 ? first : 2 * held;
    this.#reserve(ids);
    const page = this.words(ids * this.stride);
    if (held === 0) this.pages.push(page);
    else {
      page.set(this.pages[last]!);
      this.pages[last] = page;
      this.#reserve(-held);
    }
    this.capacity += ids - held;
  }

  #reserve(ids: number): void {
    const bytes = ids * this.stride * this.#wordBytes;
    this.#account.reserve(bytes);
    this.bytes += bytes;
  }
}

/** Columns of int32. Owner: the subtask's worker. */
export class IntColumns extends IdColumns<Int32Array> {
  /** @param stride words of one id, 1 .. 2^20 */
  constructor(account: MemoryAccount, stride: number) {
    super(account, stride, 4);
  }

  get(id: number, word: number): number {
    return this.pages[id >>> this.shift]![(id & this.mask) * this.stride + word]!;
  }

  set(id: number, word: number, value: number): void {
    this.pages[id >>> this.shift]![(id & this.mask) * this.stride + word] = value;
  }

  protected override words(count: number): Int32Array {
    return new Int32Array(count);
  }
}

/**
 * Columns of float64, for accumulators of fixed width. Owner: the subtask's worker.
 *
 * @example
 * const sums = new WordColumns(account, 2); // count and sum of each key
 * sums.ensure(id);
 * sums.set(id, 0, sums.get(id, 0) + 1);
 */
export class WordColumns extends IdColumns<Float64Array> {
  /** @param stride words of one id, 1 .. 2^20 */
  constructor(account: MemoryAccount, stride: number) {
    super(account, stride, 8);
  }

  get(id: number, word: number): number {
    return this.pages[id >>> this.shift]![(id & this.mask) * this.stride + word]!;
  }

  set(id: number, word: number, value: number): void {
    this.pages[id >>> this.shift]![(id & this.mask) * this.stride + word] = value;
  }

  protected override words(count: number): Float64Array {
    return new Float64Array(count);
  }
}
