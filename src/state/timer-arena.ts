/**
 * Where timers lie: slots of 32 bytes in pages, off the heap, named by references.
 *
 *     float64 0  [ time      ]        int32 4  [ key id ]   int32 6  [ previous ]
 *     float64 1  [ namespace ]        int32 5  [ next   ]   int32 7  [ chain    ]
 *
 * `next` and `previous` are the ring of timers that the wheel keeps in one place (`next` also links free slots); `chain`
 * links the timers of one key while a snapshot is taken. Reference 0 names no timer.
 * Law: what the account holds is exactly the bytes of the pages.
 */

import type { MemoryAccount } from './memory-account.ts';

/** No timer. */
export const NO_TIMER = 0;
const SLOT_BYTES = 32;
/** 4096 slots, 128 KiB: growth never stops the world. */
const PAGE_SHIFT = 12;
const PAGE_SLOTS: number = 1 << PAGE_SHIFT;
const PAGE_MASK: number = PAGE_SLOTS - 1;

const ID = 4;
const NEXT = 5;
const PREVIOUS = 6;
const CHAIN = 7;

/** Slots of one service. Owner: the subtask's worker. */
export class TimerArena {
  readonly #account: MemoryAccount;
  readonly #floats: Float64Array[] = [];
  readonly #words: Int32Array[] = [];
  #free = NO_TIMER;
  /** References below this were handed out at some time. */
  #top = 1;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  /** Accounted bytes. */
  get bytes(): number {
    return this.#words.length * PAGE_SLOTS * SLOT_BYTES;
  }

  /** A slot with these values; its links are undefined. @throws ERR_STATE_QUOTA */
  allocate(id: number, namespace: number, time: number): number {
    let ref = this.#free;
    if (ref !== NO_TIMER) this.#free = this.nextOf(ref);
    else {
      ref = this.#top;
      if (ref >>> PAGE_SHIFT >= this.#words.length) this.#grow();
      this.#top = ref + 1;
    }
    const floats = this.#floats[ref >>> PAGE_SHIFT]!;
    const at = (ref & PAGE_MASK) << 2;
    floats[at] = time;
    floats[at + 1] = namespace;
    this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + ID] = id;
    return ref;
  }

  free(ref: number): void {
    this.setNext(ref, this.#free);
    this.#free = ref;
  }

  timeOf(ref: number): number {
    return this.#floats[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) << 2]!;
  }

  namespaceOf(ref: number): number {
    return this.#floats[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 2) + 1]!;
  }

  idOf(ref: number): number {
    return this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + ID]!;
  }

  nextOf(ref: number): number {
    return this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + NEXT]!;
  }

  setNext(ref: number, to: number): void {
    this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + NEXT] = to;
  }

  previousOf(ref: number): number {
    return this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + PREVIOUS]!;
  }

  setPrevious(ref: number, to: number): void {
    this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + PREVIOUS] = to;
  }

  chainOf(ref: number): number {
    return this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + CHAIN]!;
  }

  setChain(ref: number, to: number): void {
    this.#words[ref >>> PAGE_SHIFT]![((ref & PAGE_MASK) << 3) + CHAIN] = to;
  }

  /** Drops all pages and their bytes from the account. */
  dispose(): void {
    this.#account.reserve(-this.bytes);
    this.#floats.length = 0;
    this.#words.length = 0;
    this.#free = NO_TIMER;
    this.#top = 1;
  }

  #grow(): void {
    this.#account.reserve(PAGE_SLOTS * SLOT_BYTES);
    const page = new ArrayBuffer(PAGE_SLOTS * SLOT_BYTES);
    this.#floats.push(new Float64Array(page));
    this.#words.push(new Int32Array(page));
  }
}
