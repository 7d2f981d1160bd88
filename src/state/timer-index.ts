/**
 * An index over the timers of one place, made piece by piece: it covers the entries up to a point that `cover` moves on.
 *
 * Laws:
 *  1. `find` answers for the entries that are covered; of several copies of a timer only the first stays.
 *  2. Covering takes time by the entries it is asked for, so that no call stops for a place however long.
 *
 * References in the index may have been consumed, and used again by any place: an entry counts as found only if it has the
 * same key id, namespace and time, which one place alone can hold.
 */

import { KeyIndex, SPREAD } from './key-index.ts';
import type { MemoryAccount } from './memory-account.ts';
import { CHUNK_SHIFT, NO_TIMER, NOBODY, type TimerChunks } from './timer-chunks.ts';
import { hashOfTimer } from './timer-hash.ts';

/** The index of one place. Owner: the subtask's worker. */
export class TimerIndex {
  /** Whether every entry of the place is covered; those to come must then be inserted. */
  complete = false;
  readonly #chunks: TimerChunks;
  readonly #index: KeyIndex;
  /** The chunk and the entry in it that come next, or the end of the chunk. */
  #chunk = NO_TIMER;
  #entry = 0;

  /** @param first chunk with which the place begins */
  constructor(account: MemoryAccount, chunks: TimerChunks, first: number) {
    this.#chunks = chunks;
    this.#index = new KeyIndex(account);
    this.#chunk = first;
    this.#entry = chunks.startOf(first);
  }

  /**
   * Covers `most` more entries.
   *
   * @param drop called with a copy of a timer that is covered already; forgets the entry
   * @throws ERR_STATE_QUOTA with what was covered until then
   */
  cover(most: number, drop: (ref: number) => void): void {
    const chunks = this.#chunks;
    let chunk = this.#chunk;
    for (let left = most; left > 0; left--) {
      if (this.#entry === chunks.endOf(chunk)) {
        const next = chunks.nextOf(chunk);
        if (next === NO_TIMER) {
          this.complete = true;
          return;
        }
        chunk = next;
        this.#chunk = next;
        this.#entry = chunks.startOf(next);
      }
      const ref = (chunk << CHUNK_SHIFT) + this.#entry;
      const id = chunks.idOf(ref);
      if (id !== NOBODY) {
        if (this.#knows(ref, id, chunks.namespaceOf(ref), chunks.timeOf(ref))) drop(ref);
      }
      this.#entry++;
    }
  }

  /** The entry of a timer that is covered, or `NO_TIMER`. */
  find(id: number, namespace: number, time: number): number {
    const chunks = this.#chunks;
    const index = this.#index;
    const hash = hashOfTimer(id, namespace, time);
    const spread = Math.imul(hash, SPREAD);
    const entries = index.directory[(spread >>> 1) >>> index.shift]!;
    const mask = entries.length - 2;
    for (let i = ((spread ^ (spread >>> 15)) << 1) & mask; ; i = (i + 2) & mask) {
      const ref = entries[i + 1]!;
      if (ref === NO_TIMER) return NO_TIMER;
      if (entries[i] === hash && chunks.holds(ref, id, namespace, time)) return ref;
    }
  }

  /** The chunk in which the entries begin that are not covered, and the first of them there. */
  get restChunk(): number {
    return this.#chunk;
  }

  get restEntry(): number {
    return this.#entry;
  }

  /** Makes room for a timer. @throws ERR_STATE_QUOTA before anything changed */
  prepare(hash: number): void {
    this.#index.prepare(hash);
  }

  /** Adds an entry that is written, after `prepare`. */
  insert(hash: number, ref: number): void {
    this.#index.insert(hash, ref);
  }

  /** Takes out an entry, if it is covered, before it is forgotten. */
  remove(ref: number): void {
    const chunks = this.#chunks;
    const id = chunks.idOf(ref);
    const namespace = chunks.namespaceOf(ref);
    const time = chunks.timeOf(ref);
    if (!this.complete && this.find(id, namespace, time) !== ref) return;
    this.#index.remove(hashOfTimer(id, namespace, time), ref);
  }

  /** A chunk goes from the front of the place, which goes on with `next`. */
  passOver(chunk: number, next: number): void {
    if (this.complete || this.#chunk !== chunk) return;
    this.#chunk = next;
    this.#entry = this.#chunks.startOf(next);
  }

  dispose(): void {
    this.#index.dispose();
  }

  /** Whether a timer is here; adds its entry if not. */
  #knows(added: number, id: number, namespace: number, time: number): boolean {
    const index = this.#index;
    const chunks = this.#chunks;
    const hash = hashOfTimer(id, namespace, time);
    index.prepare(hash);
    const spread = Math.imul(hash, SPREAD);
    const entries = index.directory[(spread >>> 1) >>> index.shift]!;
    const mask = entries.length - 2;
    let i = ((spread ^ (spread >>> 15)) << 1) & mask;
    for (; entries[i + 1] !== NO_TIMER; i = (i + 2) & mask) {
      const ref = entries[i + 1]!;
      // A reference that was consumed, and has come back to its place with the same timer, is no copy of itself.
      if (ref === added) return false;
      if (entries[i] === hash && chunks.holds(ref, id, namespace, time)) return true;
    }
    entries[i] = hash;
    entries[i + 1] = added;
    index.noteInserted(hash);
    return false;
  }
}
