/** Watermarks of a user's own making: the contract of Flink's `WatermarkGenerator`, and how the engine runs one. */

import { NO_WATERMARK } from '../record/index.ts';
import { checkTimestamp } from './bounded-watermarks.ts';

/** What a generator says watermarks to. */
export interface WatermarkOutput {
  /** No row with a timestamp ≤ `watermark` (integer ms since the epoch) follows. One that goes back is passed over. */
  emitWatermark(watermark: number): void;
  /** No rows are expected: nobody waits for this input until the next row, or `markActive`. */
  markIdle(): void;
  markActive(): void;
}

/** Makes the watermarks of one split; one instance each. */
export interface WatermarkGenerator<T = unknown> {
  /** Called for each row; a view is valid only during the call. */
  onEvent(row: T, timestamp: number, output: WatermarkOutput): void;
  /** Called after each batch of rows, and every 200 ms when none come. */
  onPeriodicEmit?(output: WatermarkOutput): void;
}

/** What the engine asks of the watermarks of one split; `BoundedWatermarks` is the other implementation. */
export interface SplitWatermarks {
  /** Milliseconds since the epoch; `NO_WATERMARK` before the first. */
  readonly watermark: number;
  /** Whether the generator itself said that the split is idle. */
  readonly idle: boolean;
  /** Takes in a checked timestamp; true when the watermark advanced. */
  observe(timestamp: number, row: unknown): boolean;
  /** True when the watermark advanced. */
  periodic(): boolean;
}

/** Runs a user's generator for one split. Owner: the subtask's worker. */
export class CustomWatermarks implements SplitWatermarks, WatermarkOutput {
  watermark: number = NO_WATERMARK;
  idle = false;
  readonly #generator: WatermarkGenerator;
  readonly #operatorName: string;

  constructor(generator: WatermarkGenerator, operatorName: string) {
    this.#generator = generator;
    this.#operatorName = operatorName;
  }

  observe(timestamp: number, row: unknown): boolean {
    const before = this.watermark;
    this.idle = false;
    this.#generator.onEvent(row, timestamp, this);
    return this.watermark > before;
  }

  periodic(): boolean {
    const before = this.watermark;
    this.#generator.onPeriodicEmit?.(this);
    return this.watermark > before;
  }

  /** @throws ERR_OPERATORS_TIMESTAMP it is no integer */
  emitWatermark(watermark: number): void {
    checkTimestamp(watermark, this.#operatorName);
    this.idle = false;
    if (watermark > this.watermark) this.watermark = watermark;
  }

  markIdle(): void {
    this.idle = true;
  }

  markActive(): void {
    this.idle = false;
  }
}
