/**
 * The sustainable rate: the highest at which no queue grows, found by bisection.
 *
 * A trial offers rows at a fixed rate for a few seconds. It passes when the median latency of its last third is at most 5 ms: an
 * engine that falls behind by one percent is 15 ms late after a second and a half, while a pause of the machine moves the tail of
 * the histogram, not its median. What was found has to pass once more, since of a series of trials on a shared machine one passes
 * by luck, and the rates after it stand on that. Source: Karimov et al., "Benchmarking Distributed Stream Data Processing Systems" (2018).
 */

/** Median latency above which a queue is taken to grow. */
export const QUEUE_MS = 5;

/** A rate that passed only once gives way to this part of it. */
const NEXT_PART = 0.9;

/** What a search found. */
export interface Sustainable {
  /** Rows a second; the highest that passed, twice. */
  readonly rowsPerSecond: number;
  /** Trials run. */
  readonly trials: number;
}

/**
 * Bisects between nothing and `most`, then goes down from what passed by tenths until a rate passes again.
 *
 * @param most a rate that is out of reach, or nearly: what a closed loop came to
 * @param trials of the bisection, whose result is exact to most / 2^trials; at most as many follow
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
  let ran = trials;
  for (let rate = low; rate > 0 && ran < 2 * trials; rate = Math.floor(rate * NEXT_PART)) {
    ran++;
    if (await passes(rate)) return { rowsPerSecond: rate, trials: ran };
    high = rate;
  }
  throw new Error(
    `expected a sustainable rate, got none: of ${ran} trials those down to ${Math.round(high)} rows/s failed`,
  );
}
