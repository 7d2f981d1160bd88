/**
 * Aligns the barriers of a subtask's input channels. Pure: a fold over what the channels said.
 *
 * Law: a checkpoint is complete when every channel that did not end has delivered its barrier; from its barrier on until
 * then a channel is to be blocked. A barrier of a newer checkpoint drops an older one that is not complete. Barriers of an
 * aborted checkpoint are of no interest; others go on.
 * (Flink's aligned exactly-once barrier handling.)
 */

import type { Barrier } from '../exchange/index.ts';

/** What a barrier came to. */
export type Alignment = 'block' | 'complete' | 'stale';

/** Owner: the subtask's worker. */
export class BarrierAligner {
  readonly #arrived: Uint8Array;
  readonly #ended: Uint8Array;
  #missing = 0;
  /** The checkpoint being aligned; undefined when none is. */
  current: Barrier | undefined = undefined;
  /** The newest that was begun: a channel that delivered it delivers no older one. */
  #begun = -1;
  /** Aborted ones newer than that. */
  readonly #aborted: Set<number> = new Set();

  constructor(channels: number) {
    this.#arrived = new Uint8Array(channels);
    this.#ended = new Uint8Array(channels);
  }

  /** A channel delivered a barrier. `block`: wait for the others. `complete`: all have. `stale`: of no interest any more. */
  onBarrier(channel: number, barrier: Barrier): Alignment {
    const { checkpoint } = barrier;
    if (this.#aborted.has(checkpoint)) return 'stale';
    if (checkpoint > this.#begun) this.#begin(barrier);
    else if (checkpoint !== this.current?.checkpoint) return 'stale';
    if (this.#arrived[channel] === 0) {
      this.#arrived[channel] = 1;
      this.#missing--;
    }
    return this.#missing === 0 ? 'complete' : 'block';
  }

  /** A channel ended; true when the checkpoint that is being aligned is complete by that. */
  onEnd(channel: number): boolean {
    if (this.#ended[channel] === 1) return false;
    this.#ended[channel] = 1;
    if (this.current === undefined || this.#arrived[channel] === 1) return false;
    this.#missing--;
    return this.#missing === 0;
  }

  /** The checkpoint will never be complete; true when it was the one being aligned. */
  abort(checkpoint: number): boolean {
    const aborts = this.current?.checkpoint === checkpoint;
    if (aborts) this.current = undefined;
    if (checkpoint > this.#begun) this.#aborted.add(checkpoint);
    return aborts;
  }

  /** Whether a barrier of this checkpoint is of interest: it is neither older than what was begun nor aborted. */
  wants(checkpoint: number): boolean {
    if (this.#aborted.has(checkpoint)) return false;
    return checkpoint > this.#begun || checkpoint === this.current?.checkpoint;
  }

  /** Whether the channel delivered the barrier of this checkpoint, which is being aligned. */
  hasArrived(channel: number, checkpoint: number): boolean {
    return this.current?.checkpoint === checkpoint && this.#arrived[channel] === 1;
  }

  /** A checkpoint was taken, complete or ahead of barriers that are still to come, which are of no interest then. */
  finish(checkpoint: number): void {
    this.current = undefined;
    if (checkpoint > this.#begun) this.#startAt(checkpoint);
  }

  #begin(barrier: Barrier): void {
    this.current = barrier;
    this.#startAt(barrier.checkpoint);
    this.#arrived.fill(0);
    this.#missing = 0;
    for (const ended of this.#ended) if (ended === 0) this.#missing++;
  }

  #startAt(checkpoint: number): void {
    this.#begun = checkpoint;
    for (const aborted of this.#aborted) {
      if (aborted <= checkpoint) this.#aborted.delete(aborted);
    }
  }
}
