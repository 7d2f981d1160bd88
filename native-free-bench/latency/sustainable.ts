/**
 * The sustainable rate: the highest at which no queue grows, found by bisection.
 *
 * A trial offers rows at a fixed rate for a few seconds. It passes when the median latency of its last third is at most 5 ms: an
 * engine that falls behind by one percent is 15 ms late after a second and a half, while a pause of the machine moves the tail of
 * the histogram, not its median. Source: Karimov et al., "Benchmarking Distributed Stream Data Processing Systems" (2018).
 */

/** Median latency above which a queue is taken to grow. */
export const QUEUE_MS = 5;

/** What a search found. */
export interface Sustainable {
  /** Rows a second; the highest that passed. */
  readonly rowsPerSecond: number;
  /** Trials run. */
  readonly trials: number;
}

/**
 * Bisects between nothing and `most`.
 *
 * @param most a rate that is out of reach, or nearly: what a closed loop came to
 * @param trials bound of the search; the result is exact to most / 2^trials
 * @param passes runs one trial
 * @throws Error when no trial passed
 */
export async function findSustainable(
  most: number,
  trials: number,
  passes: (rowsPerSecond: number) => Promise<boolean>,
): Promise<Sustainable> {
  let low = 0;
  let high = most;
  for (let trial = 0; trial < trials; trial++) {
    const rate = Math.round((low + high) / 2);
    if (await passes(rate)) low = rate;
    else high = rate;
  }
  if (low > 0) return { rowsPerSecond: low, trials };
  throw new Error(
    `expected a sustainable rate, got none: ${trials} trials down to ${Math.round(high)} rows/s failed`,
  );
}
