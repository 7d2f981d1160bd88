/**
 * Latency by HdrHistogram: one recorder per thread, merged when read.
 *
 * A recorder's encoded form (a short base64 text) crosses threads; `mergeLatency` adds any number of them. Values are
 * whole microseconds from 1 to 60 s, three significant digits; larger ones count as 60 s. Stamp with the intended time
 * of a row, never the time it was sent, or a stall hides itself. `record` costs about 0.2 us: sample, do not record
 * every row. The library is loaded when the first recorder is made, never by a job that has none.
 */

import type * as hdrHistogram from 'hdr-histogram-js';

/** The largest value told apart, in microseconds. */
export const LATENCY_US_MAX = 60_000_000;

/** What was measured, in microseconds; all zero when `count` is 0. */
export interface LatencySummary {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly p9999Us: number;
  readonly maxUs: number;
}

/** Records latencies of one thread. Made by {@link createLatencyRecorder}. */
export interface LatencyRecorder {
  /** @param us microseconds; below 1 counts as 1 */
  record(us: number): void;
  /** Everything recorded so far, for {@link mergeLatency}. */
  encode(): string;
}

type Hdr = typeof hdrHistogram;
type Histogram = ReturnType<Hdr['build']>;

/**
 * A recorder for the calling thread.
 *
 * @example
 * const recorder = await createLatencyRecorder();
 * recorder.record(250);
 * (await mergeLatency([recorder.encode()])).maxUs; // 250
 */
export async function createLatencyRecorder(): Promise<LatencyRecorder> {
  const hdr = await import('hdr-histogram-js');
  const histogram = empty(hdr);
  return {
    record(us: number): void {
      histogram.recordValue(us < 1 ? 1 : us > LATENCY_US_MAX ? LATENCY_US_MAX : Math.round(us));
    },
    encode: () => hdr.encodeIntoCompressedBase64(histogram),
  };
}

/** Adds up recorders of any threads. No argument gives an empty summary. */
export async function mergeLatency(encoded: readonly string[]): Promise<LatencySummary> {
  const hdr = await import('hdr-histogram-js');
  const sum = empty(hdr);
  for (const text of encoded) sum.add(hdr.decodeFromCompressedBase64(text) as never);
  const at = (percentile: number): number =>
    sum.totalCount === 0 ? 0 : sum.getValueAtPercentile(percentile);
  return {
    count: sum.totalCount,
    meanUs: sum.totalCount === 0 ? 0 : sum.mean,
    p50Us: at(50),
    p90Us: at(90),
    p99Us: at(99),
    p999Us: at(99.9),
    p9999Us: at(99.99),
    maxUs: at(100),
  };
}

function empty(hdr: Hdr): Histogram {
  return hdr.build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
  });
}
