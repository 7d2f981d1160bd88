/** Histograms of latencies: hdr-histogram-js from 0.1 us to 100 s at three digits, and what is told of one. */

import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

/** Units of a millisecond: a histogram counts tenths of a microsecond. */
const UNITS_PER_MS = 10_000;
const UNITS_MAX = 1_000_000_000;

/** Quantiles of one histogram in microseconds; `p9999` means something from a million samples on. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

/** Counts the latencies of one thread. */
export class Latencies {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: UNITS_MAX,
    numberOfSignificantValueDigits: 3,
  });

  /** @param ms below 0.1 us it counts as that, beyond 100 s as 100 s */
  record(ms: number): void {
    const units = Math.round(ms * UNITS_PER_MS);
    this.#histogram.recordValue(units < 1 ? 1 : units > UNITS_MAX ? UNITS_MAX : units);
  }

  /** As text, for `quantilesOf`. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }
}

/** What an encoded histogram says. */
export function quantilesOf(encoded: string): Quantiles {
  const histogram = decodeFromCompressedBase64(encoded);
  const at = (percentile: number): number =>
    histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 10;
  return {
    count: histogram.totalCount,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    p9999: at(99.99),
    max: at(100),
  };
}
