/**
 * The watermark, and the idleness, that wait for what an operator holds back: sent when all of it went ahead, idleness a step
 * later, since watermarks of an operator's own leave at the end of the step.
 */

import { NO_WATERMARK } from '../record/index.ts';
import type { Collector } from './operator.ts';

/** Owner: the subtask's worker. */
export class HeldWatermark {
  readonly #output: Collector;
  #watermark: number = NO_WATERMARK;
  #goesIdle = false;

  constructor(output: Collector) {
    this.#output = output;
  }

  /** Whether a watermark waits. */
  get waits(): boolean {
    return this.#watermark !== NO_WATERMARK;
  }

  /** Whether idleness waits. */
  get goesIdle(): boolean {
    return this.#goesIdle;
  }

  /** @param held whether anything is held back */
  onWatermark(watermark: number, held: boolean): void {
    if (held) this.#watermark = watermark;
    else this.#output.emitWatermark(watermark);
  }

  /**
   * The input went idle, or is active again.
   *
   * @returns whether it waits for what is held back, which should go out now
   */
  onStatus(idle: boolean, held: boolean): boolean {
    if (idle && held) {
      this.#goesIdle = true;
      return true;
    }
    if (!idle && this.#goesIdle) this.#goesIdle = false;
    else this.#output.emitStatus(idle);
    return false;
  }

  /** All that was held back went ahead. */
  release(): void {
    if (!this.waits) return;
    this.#output.emitWatermark(this.#watermark);
    this.#watermark = NO_WATERMARK;
  }

  /** Says that the input is idle, if that waits; in a step after `release`. */
  sayIdle(): void {
    if (!this.#goesIdle) return;
    this.#goesIdle = false;
    this.#output.emitStatus(true);
  }

  /** The end of time passes by itself. */
  drop(): void {
    this.#watermark = NO_WATERMARK;
  }
}
