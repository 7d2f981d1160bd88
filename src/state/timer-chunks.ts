/**
 * Where timers lie: entries of 24 bytes in chunks of 32, off the heap. Chunks are linked into lists, so that many
 * timers are walked through in the order in which they lie in memory.
 *
 *     chunk   [ header | entry 1 | entry 2 | … | entry 31 ]
 *     header  int32 0 [ next chunk ]   int32 1 [ first entry in use ]   int32 2 [ first entry never used ]
 *     entry   float64 0 [ time ]   float64 1 [ namespace ]   int32 4 [ key id, or NOBODY ]   int32 5 [ chain ]
 *
 * A reference is the number of an entry over all chunks; `ref >>> CHUNK_SHIFT` is its chunk. Chunk 0 is never handed out,
 * so 0 names nothing. `chain` links the timers of one key while a snapshot is taken.
 * Law: what the account holds is exactly the bytes of the pages.
 */

import type { MemoryAccount } from './memory-account.ts';

/** No timer, no chunk. */
export const NO_TIMER = 0;
/** The key id of an entry whose timer is gone. */
export const NOBODY = -1;
/** Entries of a chunk, its header included. */
export const CHUNK_SHIFT = 5;
export const CHUNK_ENTRIES: number = 1 << CHUNK_SHIFT;

const ENTRY_BYTES = 24;
/** Entries of a page: 96 KiB. */
const PAGE_SHIFT = 12;
const PAGE_ENTRIES: number = 1 << PAGE_SHIFT;
const PAGE_MASK: number = PAGE_ENTRIES - 1;
/** Entries with which the first page begins; it grows by doubling. */
const FIRST_ENTRIES = 1024;
/** Words of an entry, and the places of its parts. */
const FLOATS = 3;
const WORDS = 6;
const ID = 4;
const CHAIN = 5;

/** Chunks of one service. Owner: the subtask's worker. */
export class TimerChunks {
  readonly #account: MemoryAccount;
  readonly #floats: Float64Array[] = [];
  readonly #words: Int32Array[] = [];
  /** Entries of all pages. */
  #entries = 0;
  #free = NO_TIMER;
  /** Chunks below this were handed out at some time. */
  #top = 1;
  /** Chunks that can be handed out. */
  #spare = 0;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  /** Accounted bytes. */
  get bytes(): number {
    return this.#entries * ENTRY_BYTES;
  }

  /** Sees to it that `chunks` chunks can be allocated. @throws ERR_STATE_QUOTA */
  ensure(chunks: number): void {
    while (this.#spare < chunks) this.#grow();
  }

  /** An empty chunk that leads to no other; `ensure` saw to it that there is one. */
  allocate(): number {
    let chunk = this.#free;
    if (chunk !== NO_TIMER) this.#free = this.nextOf(chunk);
    else chunk = this.#top++;
    this.#spare--;
    const at = chunk << CHUNK_SHIFT;
    const words = this.#words[at >>> PAGE_SHIFT]!;
    const header = (at & PAGE_MASK) * WORDS;
    words[header] = NO_TIMER;
    words[header + 1] = 1;
    words[header + 2] = 1;
    return chunk;
  }

  free(chunk: number): void {
    this.setNext(chunk, this.#free);
    this.#free = chunk;
    this.#spare++;
  }

  nextOf(chunk: number): number {
    return this.#header(chunk, 0);
  }

  setNext(chunk: number, next: number): void {
    this.#setHeader(chunk, 0, next);
  }

  /** First entry of the chunk that may be in use, 1 .. 32. */
  startOf(chunk: number): number {
    return this.#header(chunk, 1);
  }

  setStart(chunk: number, start: number): void {
    this.#setHeader(chunk, 1, start);
  }

  /** First entry of the chunk that was never used, 1 .. 32. */
  endOf(chunk: number): number {
    return this.#header(chunk, 2);
  }

  /** Writes an entry behind the last one of a chunk that is not full; gives its reference. */
  append(chunk: number, id: number, namespace: number, time: number): number {
    const at = chunk << CHUNK_SHIFT;
    const page = at >>> PAGE_SHIFT;
    const words = this.#words[page]!;
    const header = (at & PAGE_MASK) * WORDS;
    const end = words[header + 2]!;
    words[header + 2] = end + 1;
    const floats = this.#floats[page]!;
    const entry = (at & PAGE_MASK) + end;
    floats[entry * FLOATS] = time;
    floats[entry * FLOATS + 1] = namespace;
    words[entry * WORDS + ID] = id;
    return at + end;
  }

  /** Calls `take` with every timer of a list of chunks, whose chunks are free to be used again as soon as they are read. */
  release(first: number, take: (id: number, namespace: number, time: number) => void): void {
    for (let chunk = first; chunk !== NO_TIMER;) {
      const at = chunk << CHUNK_SHIFT;
      const words = this.#words[at >>> PAGE_SHIFT]!;
      const floats = this.#floats[at >>> PAGE_SHIFT]!;
      const header = (at & PAGE_MASK) * WORDS;
      const next = words[header]!;
      const end = (at & PAGE_MASK) + words[header + 2]!;
      for (let entry = (at & PAGE_MASK) + words[header + 1]!; entry < end; entry++) {
        const id = words[entry * WORDS + ID]!;
        if (id !== NOBODY) take(id, floats[entry * FLOATS + 1]!, floats[entry * FLOATS]!);
      }
      this.free(chunk);
      chunk = next;
    }
  }

  timeOf(ref: number): number {
    return this.#floats[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) * FLOATS]!;
  }

  namespaceOf(ref: number): number {
    return this.#floats[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) * FLOATS + 1]!;
  }

  idOf(ref: number): number {
    return this.#words[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) * WORDS + ID]!;
  }

  /** Whether the entry has this timer. */
  holds(ref: number, id: number, namespace: number, time: number): boolean {
    return (
      this.idOf(ref) === id && this.timeOf(ref) === time && this.namespaceOf(ref) === namespace
    );
  }

  /** The first entry of a timer in a list of chunks, from `entry` of its first one on; or `NO_TIMER`. */
  search(first: number, entry: number, id: number, namespace: number, time: number): number {
    let from = entry;
    for (let chunk = first; chunk !== NO_TIMER;) {
      const end = (chunk << CHUNK_SHIFT) + this.endOf(chunk);
      for (let ref = (chunk << CHUNK_SHIFT) + from; ref < end; ref++) {
        if (this.holds(ref, id, namespace, time)) return ref;
      }
      chunk = this.nextOf(chunk);
      if (chunk !== NO_TIMER) from = this.startOf(chunk);
    }
    return NO_TIMER;
  }

  /** The timer of an entry is gone. */
  forget(ref: number): void {
    this.#words[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) * WORDS + ID] = NOBODY;
  }

  chainOf(ref: number): number {
    return this.#words[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) * WORDS + CHAIN]!;
  }

  setChain(ref: number, to: number): void {
    this.#words[ref >>> PAGE_SHIFT]![(ref & PAGE_MASK) * WORDS + CHAIN] = to;
  }

  /** Drops all pages and their bytes from the account. */
  dispose(): void {
    this.#account.reserve(-this.bytes);
    this.#floats.length = 0;
    this.#words.length = 0;
    this.#entries = 0;
    this.#free = NO_TIMER;
    this.#top = 1;
    this.#spare = 0;
  }

  #header(chunk: number, word: number): number {
    const at = chunk << CHUNK_SHIFT;
    return this.#words[at >>> PAGE_SHIFT]![(at & PAGE_MASK) * WORDS + word]!;
  }

  #setHeader(chunk: number, word: number, value: number): void {
    const at = chunk << CHUNK_SHIFT;
    this.#words[at >>> PAGE_SHIFT]![(at & PAGE_MASK) * WORDS + word] = value;
  }

  /** One more page, or the first one anew and twice as long. */
  #grow(): void {
    const held = this.#entries & PAGE_MASK;
    const first = this.#entries === 0 ? FIRST_ENTRIES : PAGE_ENTRIES;
    const entries = held === 0 ? first : 2 * held;
    this.#account.reserve(entries * ENTRY_BYTES);
    const page = new ArrayBuffer(entries * ENTRY_BYTES);
    const words = new Int32Array(page);
    if (held > 0) {
      words.set(this.#words.pop()!);
      this.#floats.pop();
      this.#account.reserve(-held * ENTRY_BYTES);
    }
    this.#floats.push(new Float64Array(page));
    this.#words.push(words);
    // Chunk 0 is never handed out.
    this.#spare += ((entries - held) >> CHUNK_SHIFT) - (this.#entries === 0 ? 1 : 0);
    this.#entries += entries - held;
  }
}
