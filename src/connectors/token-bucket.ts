/**
 * A token bucket: how many rows may be emitted by now at a given rate. Pure but for the clock it is handed.
 *
 * Law: over any span of t seconds at most burst + rate * t rows are granted, and a caller that asks often enough gets all of them.
 */

/** A limiter that was not asked for longer than this does not catch up on the time before. */
const BURST_MS = 100;

/** Owner: one reader. */
export class TokenBucket {
  readonly #ratePerMs: number = 0;
  readonly #burst: number = 0;
  readonly #nowMs: () => number;
  #tokens = 0;
  #lastMs = 0;

  /** @param rowsPerSecond > 0, may be fractional */
  constructor(rowsPerSecond: number, nowMs: () => number) {
    this.#ratePerMs = rowsPerSecond / 1000;
    this.#burst = Math.max(1, this.#ratePerMs * BURST_MS);
    this.#nowMs = nowMs;
    this.#lastMs = nowMs();
  }

  /** Rows that may be emitted now. */
  available(): number {
    const now = this.#nowMs();
    this.#tokens = Math.min(
      this.#burst,
      this.#tokens + Math.max(0, now - this.#lastMs) * this.#ratePerMs,
    );
    this.#lastMs = now;
    return Math.floor(this.#tokens);
  }

  take(rows: number): void {
    this.#tokens -= rows;
  }

  /** Milliseconds until a row may be emitted; 0 if one may be now. */
  waitMs(): number {
    return this.available() >= 1 ? 0 : (1 - this.#tokens) / this.#ratePerMs;
  }
}
