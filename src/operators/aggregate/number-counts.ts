/**
 * How often each of many numbers is there: open addressing over one Float64Array of [value, count] pairs, for exact
 * distinct counts.
 *
 * Law (test/operators/aggregate/number-counts.property.test.ts): behaves as a `Map` from number to count, in which NaN is
 * one value and -0 is 0, and a value whose count falls to 0 is gone. Taking out what is not there changes nothing.
 * A value that structured clone can copy. Deletion by backward shift: Knuth, TAOCP 3, 6.4, Algorithm R.
 */

/** Made by {@link createCounts}. */
export interface NumberCounts {
  /** A count of 0 says that the place is empty. */
  table: Float64Array;
  /** Different values in the table. */
  size: number;
  /** How often NaN, which equals nothing, is there. */
  nan: number;
}

/** Places of a new table, and how full one gets. */
const PLACES_MIN = 4;
const FILL = 0.7;
/** The object and the head of its array. */
const OBJECT_BYTES = 160;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

export function createCounts(): NumberCounts {
  return { table: new Float64Array(2 * PLACES_MIN), size: 0, nan: 0 };
}

/** How many different values there are. */
export function sizeOfCounts(counts: NumberCounts): number {
  return counts.size + (counts.nan > 0 ? 1 : 0);
}

/** Bytes it takes. */
export function bytesOfCounts(counts: NumberCounts): number {
  return OBJECT_BYTES + counts.table.byteLength;
}

/** Adds a value `n` times, n > 0. */
export function addCount(counts: NumberCounts, given: number, n: number): void {
  if (given !== given) {
    counts.nan += n;
    return;
  }
  // -0 becomes 0.
  const value = given + 0;
  const { table } = counts;
  const i = placeOf(table, value);
  if (table[i + 1] !== 0) {
    table[i + 1]! += n;
    return;
  }
  table[i] = value;
  table[i + 1] = n;
  if (++counts.size > (table.length >> 1) * FILL) grow(counts);
}

/** Takes a value out once. */
export function removeCount(counts: NumberCounts, given: number): void {
  if (given !== given) {
    if (counts.nan > 0) counts.nan--;
    return;
  }
  const { table } = counts;
  const i = placeOf(table, given + 0);
  if (table[i + 1] === 0) return;
  if (--table[i + 1]! > 0) return;
  counts.size--;
  close(table, i);
}

/** Adds all of `from`. */
export function mergeCounts(counts: NumberCounts, from: NumberCounts): void {
  counts.nan += from.nan;
  const { table } = from;
  for (let i = 0; i < table.length; i += 2) {
    if (table[i + 1] !== 0) addCount(counts, table[i]!, table[i + 1]!);
  }
}

/** Index of the value, or of the empty place where it would stand. */
function placeOf(table: Float64Array, value: number): number {
  const mask = table.length - 2;
  let i = home(value, mask);
  while (table[i + 1] !== 0 && table[i] !== value) i = (i + 2) & mask;
  return i;
}

function home(value: number, mask: number): number {
  float[0] = value;
  const mixed = Math.imul(words[0]! ^ Math.imul(words[1]!, 0x85ebca6b), 0x9e3779b1);
  return ((mixed ^ (mixed >>> 15)) << 1) & mask;
}

function grow(counts: NumberCounts): void {
  const before = counts.table;
  const table = new Float64Array(2 * before.length);
  for (let i = 0; i < before.length; i += 2) {
    if (before[i + 1] === 0) continue;
    const to = placeOf(table, before[i]!);
    table[to] = before[i]!;
    table[to + 1] = before[i + 1]!;
  }
  counts.table = table;
}

/** Moves into the hole at `i` what would not be found across it. */
function close(table: Float64Array, hole: number): void {
  const mask = table.length - 2;
  let i = hole;
  for (let j = (i + 2) & mask; table[j + 1] !== 0; j = (j + 2) & mask) {
    const wanted = home(table[j]!, mask);
    // Whether `wanted` lies cyclically in (i, j]: then the value stays.
    if (((j - wanted) & mask) < ((j - i) & mask)) continue;
    table[i] = table[j]!;
    table[i + 1] = table[j + 1]!;
    i = j;
  }
  table[i] = 0;
  table[i + 1] = 0;
}
