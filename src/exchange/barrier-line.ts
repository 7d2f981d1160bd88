/**
 * The count of barriers that a producer put ahead of what waits, which tells the consumer to look for them.
 *
 * Owner: the producing worker. Stored behind the write position: who sees the count finds the barrier in the ring.
 */

import { BARRIERS_WORD, CONTROL_RESERVE_BYTES, LIMIT_WORD } from './ring-layout.ts';
import type { SharedInt32 } from './ring-layout.ts';

/** Of one channel. */
export class BarrierLine {
  readonly #control: SharedInt32;
  /** Barriers in the ring so far; wraps. */
  #count = 0;
  #published = 0;

  constructor(control: SharedInt32) {
    this.#control = control;
  }

  /** A barrier was put into the ring. */
  add(): void {
    this.#count = (this.#count + 1) | 0;
  }

  /** Shows the count; after the write position was stored. */
  publish(): void {
    if (this.#count === this.#published) return;
    this.#published = this.#count;
    Atomics.store(this.#control, BARRIERS_WORD, this.#count);
  }

  /** Whether `bytes` behind `position`, pad included, lie within what barriers may use. */
  hasRoom(position: number, bytes: number): boolean {
    const left = (Atomics.load(this.#control, LIMIT_WORD) - position) | 0;
    return left >= bytes - CONTROL_RESERVE_BYTES;
  }
}
