/**
 * The producer's view of its credit: the limit as last seen, the wish for more, and the time spent waiting.
 *
 * Owner: the producing worker. The consumer stores LIMIT, then looks at WANTED; the producer stores WANTED, then looks at LIMIT
 * again; so either the producer sees the grant, or the consumer sees the wish and rings (or, asleep, was rung).
 */

import { systemClock } from '../base/index.ts';
import type { Clock } from '../base/index.ts';
import type { Doorbell } from './doorbell.ts';
import { LIMIT_WORD, WANTED_WORD } from './ring-layout.ts';
import type { SharedInt32 } from './ring-layout.ts';

/** The credit of one channel. Positions wrap in Int32. */
export class CreditLine {
  /** Behind the real limit by what the consumer granted since. */
  limit = 0;
  /** What WANTED holds: bytes beyond the write position, 0 for no wish. */
  wanted = 0;
  readonly #control: SharedInt32;
  readonly #bell: Doorbell | undefined;
  readonly #clock: Clock;
  #starvedSinceMs = -1;
  #starvedMs = 0;

  /** @param bell the consumer's */
  constructor(control: SharedInt32, bell: Doorbell | undefined, clock: Clock = systemClock) {
    this.#control = control;
    this.#bell = bell;
    this.#clock = clock;
    this.limit = Atomics.load(control, LIMIT_WORD);
  }

  /** Bytes from `position` to the limit as last seen; negative when control frames went beyond it. */
  left(position: number): number {
    return (this.limit - position) | 0;
  }

  /** Whether `bytes` fit before the limit, which is looked at again if the cached one does not do. */
  refresh(position: number, bytes: number): boolean {
    if (((this.limit - position) | 0) < bytes) {
      // Observes what the consumer granted since.
      this.limit = Atomics.load(this.#control, LIMIT_WORD);
      if (((this.limit - position) | 0) < bytes) return false;
    }
    if (this.wanted !== 0) this.#endWish();
    return true;
  }

  /**
   * Tells the consumer that `wanted` bytes beyond `position` are waited for, then looks once more whether `bytes` fit.
   * Everything up to `position` must have been published.
   */
  wish(position: number, bytes: number, wanted: number): boolean {
    this.wanted = wanted;
    // Publishes the wish before the second look at the limit.
    Atomics.store(this.#control, WANTED_WORD, wanted);
    if (this.refresh(position, bytes)) return true;
    if (this.#starvedSinceMs < 0) this.#starvedSinceMs = this.#clock.monotonicMs();
    // The consumer may sleep with everything read and a window smaller than the wish.
    this.#bell?.ring();
    return false;
  }

  /**
   * Whether a pending wish was granted; it is then taken back, so that it does not keep a worker awake that has no use for it
   * any more.
   */
  granted(position: number): boolean {
    return this.wanted !== 0 && this.refresh(position, this.wanted);
  }

  /** Milliseconds spent waiting so far. */
  get starvedMs(): number {
    return this.#starvedSinceMs < 0
      ? this.#starvedMs
      : this.#starvedMs + this.#clock.monotonicMs() - this.#starvedSinceMs;
  }

  #endWish(): void {
    this.wanted = 0;
    Atomics.store(this.#control, WANTED_WORD, 0);
    if (this.#starvedSinceMs < 0) return;
    this.#starvedMs += this.#clock.monotonicMs() - this.#starvedSinceMs;
    this.#starvedSinceMs = -1;
  }
}
