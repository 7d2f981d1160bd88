/**
 * JavaScript values by key id, in pages, with an estimate of the bytes of each.
 *
 * Law: what the account holds is the sum of the pages and of the bytes that the cells were set with.
 */

import type { KeySpace } from './key-space.ts';
import type { MemoryAccount } from './memory-account.ts';

const PAGE_SHIFT = 10;
const PAGE_IDS: number = 1 << PAGE_SHIFT;
const PAGE_MASK: number = PAGE_IDS - 1;
/** A reference and the bytes of its value. */
const PAGE_BYTES: number = PAGE_IDS * 12;

class CellPage<C> {
  readonly cells: (C | undefined)[] = Array.from<undefined>({ length: PAGE_IDS });
  /** 0 where the key has no cell. */
  readonly bytes: Int32Array = new Int32Array(PAGE_IDS);
}

/** Cells of one part; a key with a cell is retained. Owner: the subtask's worker. */
export class HeapCells<C> {
  readonly #keys: KeySpace;
  readonly #account: MemoryAccount;
  readonly #pages: (CellPage<C> | undefined)[] = [];
  #bytes = 0;

  constructor(keys: KeySpace, account: MemoryAccount) {
    this.#keys = keys;
    this.#account = account;
  }

  has(id: number): boolean {
    return this.bytesOf(id) > 0;
  }

  get(id: number): C | undefined {
    return this.#pages[id >>> PAGE_SHIFT]?.cells[id & PAGE_MASK];
  }

  /** Bytes that the cell was set with; 0 when there is none. */
  bytesOf(id: number): number {
    return this.#pages[id >>> PAGE_SHIFT]?.bytes[id & PAGE_MASK] ?? 0;
  }

  /** @param bytes > 0. @throws ERR_STATE_QUOTA before anything changed */
  set(id: number, cell: C, bytes: number): void {
    const page = this.#pages[id >>> PAGE_SHIFT] ?? this.#addPage(id);
    const before = page.bytes[id & PAGE_MASK]!;
    if (bytes !== before) this.#reserve(bytes - before);
    if (before === 0) this.#keys.retain(id);
    page.bytes[id & PAGE_MASK] = bytes;
    page.cells[id & PAGE_MASK] = cell;
  }

  remove(id: number): void {
    const page = this.#pages[id >>> PAGE_SHIFT];
    const before = page?.bytes[id & PAGE_MASK] ?? 0;
    if (page === undefined || before === 0) return;
    page.bytes[id & PAGE_MASK] = 0;
    page.cells[id & PAGE_MASK] = undefined;
    this.#reserve(-before);
    this.#keys.release(id);
  }

  /** Drops all cells and gives back all bytes; retains nothing in effect, since the key space goes too. */
  dispose(): void {
    this.#pages.length = 0;
    this.#reserve(-this.#bytes);
  }

  #addPage(id: number): CellPage<C> {
    this.#reserve(PAGE_BYTES);
    const page = new CellPage<C>();
    this.#pages[id >>> PAGE_SHIFT] = page;
    return page;
  }

  #reserve(bytes: number): void {
    this.#account.reserve(bytes);
    this.#bytes += bytes;
  }
}
