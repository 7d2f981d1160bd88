/**
 * DDSketch: quantiles of a stream with a bounded relative error, mergeable without loss.
 *
 * Value x > 0 is counted in bucket i = ceil(log(x) / log(gamma)), gamma = (1 + a) / (1 - a): the bucket's middle
 * 2 * gamma^i / (gamma + 1) differs from every value in it by at most the fraction a. Negative values have buckets of their
 * own, zeros (and what is below 1e-300 in size), infinities and NaN are counted apart; NaN is greater than every number.
 *
 * Laws (test/operators/aggregate/dd-sketch.property.test.ts):
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

/** Counts of consecutive buckets, from the lowest in use to the highest. */
interface Buckets {
  /** Index of the bucket that `counts[0]` is for. */
  first: number;
  /** A plain array: most sketches are small, and a typed array costs more to make than they to fill. */
  counts: number[];
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
    else addTo(sketch.positive, bucketOf(value, logGamma), 1);
  } else if (value < -TINY) {
    if (value === -Infinity) sketch.negativeInfinities++;
    else addTo(sketch.negative, bucketOf(-value, logGamma), 1);
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
  // NaN is greater than every number, and has no part in smallest and largest.
  if (rank === 0 && sketch.nans < n) return sketch.min;
  if (rank === n - 1 && sketch.nans === 0) return sketch.max;
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

/** The bucket of a size; an integer, never -0. */
function bucketOf(size: number, logGamma: number): number {
  return Math.ceil(Math.log(size) / logGamma) | 0;
}

function middleOf(accuracy: number): (index: number) => number {
  const logGamma = logGammaOf(accuracy);
  const factor = 2 / (1 + Math.exp(logGamma));
  return (index) => Math.exp(index * logGamma) * factor;
}

/** No quantile lies outside what was seen. */
function clamp({ min, max }: DdSketch, value: number): number {
  return value < min ? min : value > max ? max : value;
}

function noBuckets(): Buckets {
  return { first: 0, counts: [], total: 0 };
}

/** Index of the bucket that holds the value of this rank, 0 .. total - 1. */
function bucketAt({ first, counts }: Buckets, rank: number): number {
  let left = rank;
  for (let i = 0; i < counts.length; i++) {
    left -= counts[i]!;
    if (left < 0) return first + i;
  }
  return first + counts.length - 1;
}

function addTo(buckets: Buckets, index: number, count: number): void {
  let at = index - buckets.first;
  // On its own line: it may put another array in place of `counts`.
  if (at < 0 || at >= buckets.counts.length) at = cover(buckets, index);
  buckets.counts[at]! += count;
  buckets.total += count;
}

function mergeBuckets(into: Buckets, { first, counts }: Buckets): void {
  // The highest first, so that collapsing happens once.
  for (let i = counts.length - 1; i >= 0; i--) {
    const count = counts[i]!;
    if (count > 0) addTo(into, first + i, count);
  }
}

/** Widens the range to hold `index`; returns its place, or that of the lowest bucket for what is below the range. */
function cover(buckets: Buckets, index: number): number {
  const { counts, first } = buckets;
  if (counts.length === 0) {
    buckets.first = index;
    counts.push(0);
    return 0;
  }
  if (index > first) {
    for (let length = index - first + 1 - counts.length; length > 0; length--) counts.push(0);
    const most = counts.length - BUCKETS_MAX;
    if (most > 0) collapse(buckets, most);
    return index - buckets.first;
  }
  const low = Math.max(index, first + counts.length - BUCKETS_MAX);
  if (low < first) {
    const wider: number[] = [];
    for (let i = low; i < first; i++) wider.push(0);
    for (let i = 0; i < counts.length; i++) wider.push(counts[i]!);
    buckets.counts = wider;
    buckets.first = low;
  }
  return 0;
}

/** Counts the lowest `n` buckets in the one above them. */
function collapse(buckets: Buckets, n: number): void {
  const { counts } = buckets;
  let sum = 0;
  for (let i = 0; i <= n; i++) sum += counts[i]!;
  counts.splice(0, n);
  counts[0] = sum;
  buckets.first += n;
}
