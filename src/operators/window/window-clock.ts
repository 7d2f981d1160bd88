/**
 * Processing time as the rows of a window operator see it: read once a step and every `ROWS_A_READING` rows, since reading
 * the machine's clock costs more than folding a row. So a row may be counted as if it came up to `ROWS_A_READING` - 1 rows
 * earlier in the same step; a window that has fired takes no more rows, also when the machine's clock jumps back.
 */

/** Rows that share one reading at most. */
export const ROWS_A_READING = 32;

/** Index of the time in {@link WindowClock.numbers}. */
export const NOW = 0;
/** Index of the rows that may still use it. */
export const ROWS_LEFT = 1;

/** One clock for one operator instance. */
export class WindowClock {
  /** The time, and for how many rows more: generated code counts down, and calls `read` below 0. */
  readonly numbers: Float64Array = new Float64Array(2);
  readonly #nowMs: () => number;
  #earliest = -Infinity;

  /** @param nowMs integer milliseconds since the epoch */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Reads the machine's clock for a row and those behind it. */
  read(): void {
    this.numbers[NOW] = Math.max(this.#nowMs(), this.#earliest);
    this.numbers[ROWS_LEFT] = ROWS_A_READING - 1;
  }

  /** The next row reads again. */
  expire(): void {
    this.numbers[ROWS_LEFT] = 0;
  }

  /** No row comes at this time or before it any more. */
  passed(timeMs: number): void {
    if (timeMs >= this.#earliest) this.#earliest = timeMs + 1;
    this.expire();
  }
}
