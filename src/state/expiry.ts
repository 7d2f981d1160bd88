/**
 * Time to live: when what is kept under a key is too old to be seen, and how it is got rid of.
 *
 * Laws (test/state/expiry.property.test.ts):
 *  1. What was last used at `s` is expired from the moment `now() >= s + ttlMs` on; used means written, and also read with
 *     `onReadAndWrite`.
 *  2. With `neverReturnExpired` nothing expired is returned; with `returnExpiredIfNotCleanedUp` it may be, until it is
 *     cleaned.
 *  3. Snapshots hold nothing that is expired.
 *  4. State that nobody looks at is cleaned all the same: every access to a part looks at a few other keys in turn.
 *
 * Elements of lists and maps expire one by one. Event time: as long as there is no watermark, no time passes; state
 * written by then counts from the first watermark on. At the end of time nothing expires any more, so that the last
 * timers and windows find what they have kept.
 */

import { END_OF_TIME, NO_WATERMARK } from '../record/index.ts';
import type { KeySpace } from './key-space.ts';

/** How long state lives, and how strictly. */
export interface TtlOptions {
  /** Milliseconds, > 0. */
  readonly ttlMs: number;
  /** What makes it live longer; `onCreateAndWrite` when missing. */
  readonly update?: 'onCreateAndWrite' | 'onReadAndWrite';
  /** Whether expired state may be seen before it is cleaned; `neverReturnExpired` when missing. */
  readonly visibility?: 'neverReturnExpired' | 'returnExpiredIfNotCleanedUp';
  /** Milliseconds: the processing time, or the operator's watermark. */
  readonly now: () => number;
}

/** A part that can drop what is expired. */
export interface Expirable {
  has(id: number): boolean;
  /** Drops what the key has that is expired. */
  expire(id: number): void;
}

/** Keys looked at beside each access. */
const SWEEP_KEYS = 2;

/** The clock of one part's time to live. Owner: the subtask's worker. */
export class Expiry {
  /** Whether reading makes state live longer. */
  readonly refreshOnRead: boolean;
  /** Whether expired state is hidden before it is cleaned. */
  readonly hides: boolean;
  readonly #now: () => number;
  readonly #ttlMs: number;
  readonly #keys: KeySpace;
  #next = 0;
  #barrier = 0;
  /** In place of the time of now. */
  #asOf: number | undefined = undefined;
  #sweeping = false;

  constructor(keys: KeySpace, options: TtlOptions) {
    this.#keys = keys;
    this.#ttlMs = options.ttlMs;
    this.#now = options.now;
    this.refreshOnRead = options.update === 'onReadAndWrite';
    this.hides = options.visibility !== 'returnExpiredIfNotCleanedUp';
  }

  /** The stamp of what is used now. */
  now(): number {
    return this.#now();
  }

  /** Whether what was last used at `stamp` is expired. */
  expired(stamp: number): boolean {
    const now = this.#asOf ?? this.#now();
    return stamp !== NO_WATERMARK && now !== END_OF_TIME && now - stamp >= this.#ttlMs;
  }

  /** The stamp that is to stand for `stamp` from now on: time begins with the first watermark. */
  settled(stamp: number): number {
    return stamp === NO_WATERMARK ? (this.#asOf ?? this.#now()) : stamp;
  }

  /** Looks at a few keys other than `id`, and lets go of those that have nothing left. */
  sweep(part: Expirable, id: number): void {
    const { changes, limit } = this.#keys;
    // A key that is yet to be written stays as it is: there is time for it afterwards.
    if (this.#sweeping || changes.busy) return;
    this.#sweeping = true;
    for (let i = Math.min(SWEEP_KEYS, limit); i > 0; i--) {
      if (this.#next >= limit) this.#next = 0;
      const other = this.#next++;
      if (other === id || !part.has(other)) continue;
      changes.touch(other);
      part.expire(other);
      if (!part.has(other)) this.#keys.settle(other);
    }
    this.#sweeping = false;
  }

  /** A barrier: what is expired now is in no snapshot. */
  beginSnapshot(): void {
    this.#barrier = this.#now();
  }

  /** Drops what of a key was expired at the last barrier. */
  clean(part: Expirable, id: number): void {
    if (!part.has(id)) return;
    this.#asOf = this.#barrier;
    part.expire(id);
    this.#asOf = undefined;
  }
}
