/**
 * Whether a subtask stands still: behind the barrier of a savepoint that ends the job, or the attempt to run it, nothing happens
 * until that has an outcome. Owner: the subtask's worker.
 *
 * What operators did there (a timer of the clock, an answer that came) would be in the sinks, and happen again in who goes on
 * from the savepoint.
 */

import { endsJob, unpackOptions } from '../checkpoint/index.ts';
import type { BarrierWork } from './control-work.ts';

/** See the file header. */
export class Suspension {
  #checkpoint = -1;
  #drained = false;
  /** A drain that was asked for and has not begun. */
  #drain: BarrierWork | undefined = undefined;

  /** Whether the subtask stands still. */
  get holds(): boolean {
    return this.#checkpoint >= 0;
  }

  /** A barrier is to be sent. @returns whether it has to wait for {@link takeDrain} */
  begins(barrier: BarrierWork): boolean {
    if (unpackOptions(barrier.options).kind !== 'drain') return false;
    this.#drain = barrier;
    return true;
  }

  /** A barrier that goes behind the end of time, once. */
  takeDrain(): BarrierWork | undefined {
    const drain = this.#drain;
    this.#drain = undefined;
    return drain;
  }

  /** A barrier passed. */
  passed({ checkpoint, options }: BarrierWork): void {
    const { kind } = unpackOptions(options);
    if (!endsJob(kind)) return;
    this.#checkpoint = checkpoint;
    this.#drained = kind === 'drain';
  }

  /**
   * A checkpoint has an outcome.
   *
   * @returns whether the subtask is to end, since all it had to do is done; until the worker lets go of it, it stands still otherwise
   */
  ended(checkpoint: number, complete: boolean): boolean {
    if (checkpoint !== this.#checkpoint) return false;
    if (!complete) this.#checkpoint = -1;
    return complete && this.#drained;
  }
}
