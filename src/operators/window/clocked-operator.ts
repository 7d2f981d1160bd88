/**
 * Declared aggregates over windows of the machine's time that are made of slices: the sliced operator, with the clock
 * (window-clock.ts) in place of timestamps and watermarks.
 *
 * Rules: as the general operator with the default trigger. A window fires when the clock shows its end; nothing is late.
 */

import { END_OF_TIME } from '../../record/index.ts';
import type { OperatorSnapshot } from '../../state/index.ts';
import type { Operator, OperatorContext, RestoredState } from '../operator.ts';
import type { ProcessRow } from './slice-kernel.ts';
import { SlicedWindowOperator } from './sliced-operator.ts';
import type { SlicedOptions } from './sliced-operator.ts';
import { WindowClock } from './window-clock.ts';

/** One instance. Owner: the subtask's worker. */
export class ClockedWindowOperator implements Operator {
  readonly process: ProcessRow;
  readonly #windows: SlicedWindowOperator;
  readonly #clock: WindowClock;
  readonly #batch: boolean;

  constructor(context: OperatorContext, options: SlicedOptions) {
    this.#clock = new WindowClock(() => context.nowMs());
    this.#windows = new SlicedWindowOperator(context, options, this.#clock);
    this.#batch = context.executionMode === 'batch';
    this.process = this.#windows.process;
  }

  /** Asked between steps: the rows of the next step read the clock again. */
  processingTimeDue(): number {
    this.#clock.expire();
    return this.#windows.nextEnd;
  }

  onProcessingTime(nowMs: number): boolean {
    // A clock that shows t has passed t - 1 only: a row of the millisecond t may still come.
    return this.#windows.onWatermark(nowMs - 1);
  }

  /** A bounded batch job has all its rows: what waits for the clock need not wait any longer. */
  finish(): boolean {
    return !this.#batch || this.#windows.onWatermark(END_OF_TIME);
  }

  snapshot(): OperatorSnapshot {
    return this.#windows.snapshot();
  }

  restore(state: RestoredState): void {
    this.#windows.restore(state);
  }

  close(): void {
    this.#windows.close();
  }
}
