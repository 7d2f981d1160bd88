/**
 * DDSketch: quantiles of a stream with a bounded relative error, mergeable without loss.
 *
 * Value x > 0 is counted in bucket i = ceil(log(x) / log(gamma)), gamma = (1 + a) / (1 - a): the bucket's middle
 * 2 * gamma^i / (gamma + 1) differs from every value in it by at most the fraction a. Negative values have buckets of their
 * own, zeros (and what is below 1e-300 in size), infinities and NaN are counted apart; NaN is greater than every number.
 *
 * Laws (test/operators/aggregate/sketches.property.test.ts):
 *  1. `quantileOf(q)` is within the fraction a of the value of rank floor(q * (n - 1)), counted from 0; smallest (q = 0) and
 *     largest value (q = 1) are exact.
 *  2. Merging sketches gives the very sketch of all their values.
 *  3. At most {@link BUCKETS_MAX} buckets a sign, and 118 octaves at a = 0.01: beyond that the values nearest to zero share
 *     the lowest bucket, and law 1 holds for the larger ones only.
 *
 * Source: Masson, Rim, Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", 2019.
 */

/** Buckets of one sign at most. */
export const BUCKETS_MAX = 4096;
/** Sizes below count as zero. */
const TINY = 1e-300;

/** Counts of consecutive buckets. */
interface Buckets {
  /** Index of the bucket that `counts[0]` is for. */
  first: number;
  counts: Float64Array;
  /** Buckets in use from the beginning of `counts`. */
  length: number;
  total: number;
}

/** A sketch: plain data that structured clone can copy. */
export interface DdSketch {
  /** Relative accuracy, 0 < a < 1. */
  readonly accuracy: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  zeros: number;
  positiveInfinities: number;
  negativeInfinities: number;
  nans: number;
  min: number;
  max: number;
}

/** A sketch without values. */
export function createSketch(accuracy: number): DdSketch {
  return {
    accuracy,
    positive: noBuckets(),
    negative: noBuckets(),
    zeros: 0,
    positiveInfinities: 0,
    negativeInfinities: 0,
    nans: 0,
    min: Infinity,
    max: -Infinity,
  };
}

/** Logarithm of gamma for an accuracy. */
export function logGammaOf(accuracy: number): number {
  return Math.log1p((2 * accuracy) / (1 - accuracy));
}

/** Adds one value. @param logGamma of the sketch's accuracy */
export function addValue(sketch: DdSketch, value: number, logGamma: number): void {
  if (value !== value) {
    sketch.nans++;
    return;
  }
  if (value < sketch.min) sketch.min = value;
  if (value > sketch.max) sketch.max = value;
  if (value > TINY) {
    if (value === Infinity) sketch.positiveInfinities++;
    else addTo(sketch.positive, Math.ceil(Math.log(value) / logGamma), 1);
  } else if (value < -TINY) {
    if (value === -Infinity) sketch.negativeInfinities++;
    else addTo(sketch.negative, Math.ceil(Math.log(-value) / logGamma), 1);
  } else sketch.zeros++;
}

/** Adds the values of `from`, a sketch of the same accuracy, to `into`. */
export function mergeSketches(into: DdSketch, from: DdSketch): void {
  mergeBuckets(into.positive, from.positive);
  mergeBuckets(into.negative, from.negative);
  into.zeros += from.zeros;
  into.positiveInfinities += from.positiveInfinities;
  into.negativeInfinities += from.negativeInfinities;
  into.nans += from.nans;
  if (from.min < into.min) into.min = from.min;
  if (from.max > into.max) into.max = from.max;
}

/** Values in the sketch. */
export function countOf(sketch: DdSketch): number {
  const { negative, positive, zeros, positiveInfinities, negativeInfinities, nans } = sketch;
  return negative.total + positive.total + zeros + positiveInfinities + negativeInfinities + nans;
}

/** The quantile `q`, 0 .. 1; null when the sketch is empty. */
export function quantileOf(sketch: DdSketch, q: number): number | null {
  const n = countOf(sketch);
  if (n === 0) return null;
  let rank = Math.floor(q * (n - 1));
  if (rank < sketch.negativeInfinities) return -Infinity;
  rank -= sketch.negativeInfinities;
  const middle = middleOf(sketch.accuracy);
  const { negative, positive } = sketch;
  if (rank < negative.total) {
    // The smallest value is the one of the highest bucket.
    return clamp(sketch, -middle(bucketAt(negative, negative.total - 1 - rank)));
  }
  rank -= negative.total;
  if (rank < sketch.zeros) return clamp(sketch, 0);
  rank -= sketch.zeros;
  if (rank < positive.total) return clamp(sketch, middle(bucketAt(positive, rank)));
  rank -= positive.total;
  return rank < sketch.positiveInfinities ? Infinity : NaN;
}

/** Bytes of a sketch. */
export function sketchBytes(sketch: DdSketch): number {
  return 240 + 8 * (sketch.positive.counts.length + sketch.negative.counts.length);
}

function middleOf(accuracy: number): (index: number) => number {
  const logGamma = logGammaOf(accuracy);
  const factor = 2 / (1 + Math.exp(logGamma));
  return (index) => Math.exp(index * logGamma) * factor;
}

/** No quantile lies outside what was seen; this makes the ends exact. */
function clamp({ min, max }: DdSketch, value: number): number {
  return value < min ? min : value > max ? max : value;
}

function noBuckets(): Buckets {
  return { first: 0, counts: new Float64Array(0), length: 0, total: 0 };
}

/** Index of the bucket that holds the value of this rank, 0 .. total - 1. */
function bucketAt({ first, counts, length }: Buckets, rank: number): number {
  let left = rank;
  for (let i = 0; i < length; i++) {
    left -= counts[i]!;
    if (left < 0) return first + i;
  }
  return first + length - 1;
}

function addTo(buckets: Buckets, index: number, count: number): void {
  const at = index - buckets.first;
  if (at >= 0 && at < buckets.length) buckets.counts[at]! += count;
  else buckets.counts[cover(buckets, index)]! += count;
  buckets.total += count;
}

function mergeBuckets(into: Buckets, from: Buckets): void {
  if (from.length === 0) return;
  // The highest first, so that collapsing happens once.
  for (let i = from.length - 1; i >= 0; i--) {
    const count = from.counts[i]!;
    if (count > 0) addTo(into, from.first + i, count);
  }
}

/** Widens the range to hold `index`; returns its place, or that of the lowest bucket for what is below the range. */
function cover(buckets: Buckets, index: number): number {
  if (buckets.length === 0) {
    buckets.first = index;
    buckets.counts = new Float64Array(16);
    buckets.length = 1;
    return 0;
  }
  const high = Math.max(index, buckets.first + buckets.length - 1);
  const low = Math.max(Math.min(index, buckets.first), high - BUCKETS_MAX + 1);
  const length = high - low + 1;
  const counts =
    length <= buckets.counts.length && low === buckets.first
      ? buckets.counts
      : new Float64Array(Math.min(BUCKETS_MAX, Math.max(length, 2 * buckets.counts.length)));
  if (counts !== buckets.counts) {
    for (let i = 0; i < buckets.length; i++) {
      counts[Math.max(0, buckets.first + i - low)]! += buckets.counts[i]!;
    }
  }
  buckets.first = low;
  buckets.counts = counts;
  buckets.length = length;
  return Math.max(0, index - low);
}
