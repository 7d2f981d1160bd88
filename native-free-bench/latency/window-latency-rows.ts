/** The answer of window-latency. */

/** Milliseconds of a window. */
export const WINDOW_MS = 10;
/** Distinct keys. */
export const KEYS = 1000;

/** What comes back of a run. */
export interface WindowLatencyAnswer {
  /** Rows in all results. */
  readonly rows: number;
  readonly windows: number;
  /** Encoded histograms, a sample each window: to its first result, to its last. */
  readonly first: string;
  readonly last: string;
  /** As `last`, of the last third of the time alone. */
  readonly lastThird: string;
}
