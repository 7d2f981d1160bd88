/** The rows of record-latency, and the answer they must give. */

/** Distinct keys. */
const KEYS = 10_000;

/** What comes back of a run. */
export interface RecordLatencyAnswer {
  readonly rows: number;
  readonly sum: number;
  /** Encoded histograms. */
  readonly latency: string;
  readonly lastThird: string;
}

/** Key of row i. */
export function keyOf(i: number): number {
  return (Math.imul(i, 0x9e3779b1) >>> 0) % KEYS;
}

/** Twice the sum of `i & 0xffff` over all rows. */
export function expectedSum(rows: number): number {
  const whole = Math.floor(rows / 65_536);
  const rest = rows % 65_536;
  return whole * 65_536 * 65_535 + rest * (rest - 1);
}
