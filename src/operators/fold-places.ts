/**
 * What operators share that fold rows where they are produced, in a table of fixed size: how large it is, and when folding is
 * left off, since most rows find their place taken.
 */

const PLACES_BITS = 12;
/** Partial results held at most. */
export const PLACES: number = 1 << PLACES_BITS;
/** After so many rows that found their place taken it is looked whether folding pays. */
const MISSES_MAX = 8192;
/** Folding pays while at most this part of the rows find their place taken. */
const MISS_RATIO_MAX = 0.5;
/** For so many rows it is left off then. */
const PASSED_ROWS: number = 1 << 20;

/** Indexes into the numbers that an operator's kernel and its slow paths share: rows since the misses were counted last, … */
export const ROWS = 0;
const MISSES = 1;
/** … and rows that are still passed on alone. */
export const PASSING = 2;
/** The first index that is the operator's own. */
export const OWN = 3;

/** A row found its place taken. */
export function countMiss(numbers: Float64Array): void {
  if (++numbers[MISSES]! < MISSES_MAX) return;
  if (numbers[MISSES]! > MISS_RATIO_MAX * numbers[ROWS]!) numbers[PASSING] = PASSED_ROWS;
  numbers[MISSES] = 0;
  numbers[ROWS] = 0;
}

/** A row was passed on alone. */
export function countPassed(numbers: Float64Array): void {
  if (numbers[PASSING]! > 0) numbers[PASSING]!--;
}
