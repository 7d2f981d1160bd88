/**
 * Memory pages with slots for rows; freed slots are used again by rows of the same size class.
 *
 * Laws:
 *  1. A slot of a row of n bytes always has exactly the capacity `capacityFor(n)`, so freeing needs no other record.
 *  2. What the account holds for an arena is exactly the sum of its pages; pages are given back together by `dispose`.
 *  3. Pages grow with the arena, from 16 KiB to 8 MiB; near the quota they are as small as what is left.
 */

import { alignUp, assert, KiB } from '../base/index.ts';
import { Memory } from '../record/index.ts';
import type { MemoryAccount } from './memory-account.ts';
import {
  NO_REF,
  PAGE_BYTES_MAX,
  PAGES_MAX,
  REF_PAGE_SHIFT,
  REF_UNIT_MASK,
  ROW_NEXT,
  ROW_WORD0,
} from './row-layout.ts';
import { classBytes, classOf, SIZE_CLASSES } from './size-class.ts';

const PAGE_BYTES_MIN: number = 16 * KiB;

/** Slots for rows, each behind a prefix of constant size. Owner: the subtask's worker. */
export class RowArena {
  /** Indexed by `ref >>> REF_PAGE_SHIFT`; only ever appended to. */
  readonly pages: Memory[] = [];
  readonly #account: MemoryAccount;
  readonly #prefixBytes: number;
  readonly #fixedBytes: number;
  /** Where a free slot keeps the next one: a word of the prefix. */
  readonly #link: number;
  /** Head of the list of free slots by class. */
  readonly #free: Int32Array = new Int32Array(SIZE_CLASSES);
  /** First free byte of the last ordinary page, and its end. */
  #page = 0;
  #top = 0;
  #end = 0;
  #bytes = 0;

  /**
   * @param prefixBytes before each row, a multiple of 8, at least 8
   * @param fixedBytes length of every row, or 0 when lengths vary
   */
  constructor(account: MemoryAccount, prefixBytes: number, fixedBytes: number) {
    this.#account = account;
    this.#prefixBytes = prefixBytes;
    this.#link = prefixBytes >= -ROW_NEXT ? ROW_NEXT : ROW_WORD0;
    this.#fixedBytes = fixedBytes;
  }

  /** Bytes of all pages. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Capacity of the slot of a row of `bytes` bytes (a multiple of 8). */
  capacityFor(bytes: number): number {
    return this.#fixedBytes === 0 ? classBytes(classOf(bytes)) : this.#fixedBytes;
  }

  /**
   * A slot for a row of `bytes` bytes; its content is undefined.
   *
   * @throws ERR_STATE_QUOTA
   */
  allocate(bytes: number): number {
    const index = this.#fixedBytes === 0 ? classOf(bytes) : 0;
    const head = this.#free[index]!;
    if (head !== NO_REF) {
      this.#free[index] = this.#word(head, this.#link);
      return head;
    }
    const slotBytes = this.#prefixBytes + this.capacityFor(bytes);
    if (slotBytes > PAGE_BYTES_MAX) return this.#ref(this.#addPage(slotBytes), this.#prefixBytes);
    if (this.#top + slotBytes > this.#end) this.#grow(slotBytes);
    const at = this.#top + this.#prefixBytes;
    this.#top += slotBytes;
    return this.#ref(this.#page, at);
  }

  /** Gives back the slot of a row of `bytes` bytes. */
  free(ref: number, bytes: number): void {
    const index = this.#fixedBytes === 0 ? classOf(bytes) : 0;
    const memory = this.pages[ref >>> REF_PAGE_SHIFT]!;
    memory.i32[(((ref & REF_UNIT_MASK) << 3) + this.#link) >> 2] = this.#free[index]!;
    this.#free[index] = ref;
  }

  /** Drops all pages and their bytes from the account. */
  dispose(): void {
    this.#account.reserve(-this.#bytes);
    this.#bytes = 0;
    this.pages.length = 0;
    this.#free.fill(NO_REF);
    this.#top = 0;
    this.#end = 0;
  }

  #ref(page: number, at: number): number {
    return (page << REF_PAGE_SHIFT) | (at >> 3);
  }

  #word(ref: number, offset: number): number {
    const memory = this.pages[ref >>> REF_PAGE_SHIFT]!;
    return memory.i32[(((ref & REF_UNIT_MASK) << 3) + offset) >> 2]!;
  }

  #grow(slotBytes: number): void {
    let pageBytes = Math.min(PAGE_BYTES_MAX, Math.max(PAGE_BYTES_MIN, this.#bytes));
    const left = this.#account.limitBytes - this.#account.usedBytes;
    if (pageBytes > left) pageBytes = Math.floor(left / 8) * 8;
    pageBytes = Math.max(slotBytes, alignUp(Math.max(pageBytes, 0), 8));
    this.#page = this.#addPage(pageBytes);
    this.#top = 0;
    this.#end = pageBytes;
  }

  #addPage(bytes: number): number {
    assert(this.pages.length < PAGES_MAX, 'a state table has at most 4096 pages');
    this.#account.reserve(bytes);
    this.#bytes += bytes;
    this.pages.push(Memory.ofBytes(bytes));
    return this.pages.length - 1;
  }
}
