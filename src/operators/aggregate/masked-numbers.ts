/**
 * Which of up to eight filters each of many numbers has passed, for exact distinct counts: several aggregates over one field
 * share one set, and look a value up once.
 *
 * Numbers that lie close together have a byte each, found by index; others lie in open addressing as pairs of [value, mask]:
 * of int32, or of float64 where one of them is no int32. Which of them is looked at when a table grows, so that it costs
 * nothing a row.
 *
 * Law (test/operators/aggregate/masked-numbers.property.test.ts): behaves as a `Map` from number to mask, in which NaN is
 * one value and -0 is 0, and counts what each filter has passed. A value that structured clone can copy.
 */

/** Made by {@link createMaskedNumbers}. */
export interface MaskedNumbers {
  /** Masks of the values from `base` on, 0 for those that are not there; null while they lie in a table. */
  dense: Uint8Array | null;
  base: number;
  /** [value, mask] pairs; a mask of 0 says that the place is empty. */
  table: Int32Array | null;
  wide: Float64Array | null;
  /** Different values, NaN left out. */
  size: number;
  /** The filters that NaN has passed. */
  nan: number;
  /** Different values that each filter has passed. */
  readonly counts: number[];
}

/** Most filters of one set. */
export const FILTERS_MAX = 8;
/** Pairs of a new table, and how full one gets. */
const PLACES_MIN = 4;
const FILL = 0.7;
/** Sets of fewer values stay in a table. */
const DENSE_MIN = 64;
/** Bytes a value that an index may take; once there is one it may take twice as many. */
const DENSE_BYTES = 16;
/** Room at the end of an index that grows, as a part of it. */
const HEADROOM = 0.5;
/** The object, the heads of its array and of its counts. */
const OBJECT_BYTES = 224;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** @param filters 1 .. {@link FILTERS_MAX} */
export function createMaskedNumbers(filters: number): MaskedNumbers {
  return {
    dense: null,
    base: 0,
    table: new Int32Array(2 * PLACES_MIN),
    wide: null,
    size: 0,
    nan: 0,
    counts: Array.from({ length: filters }, () => 0),
  };
}

/** Bytes it takes. */
export function bytesOfMaskedNumbers({ dense, table, wide, counts }: MaskedNumbers): number {
  return OBJECT_BYTES + 8 * counts.length + (dense ?? table ?? wide!).byteLength;
}

/** Adds a value that passes the filters of `mask`, which is not 0; returns by how many bytes the set grew. */
export function addMaskedNumber(set: MaskedNumbers, value: number, mask: number): number {
  const { dense } = set;
  if (dense !== null) {
    const i = value - set.base;
    // Neither NaN nor most fractions equal their int32; the least fractions are lost in the difference.
    if ((i | 0) === i && i >= 0 && i < dense.length && set.base + i === value) {
      const before = dense[i]!;
      const fresh = mask & ~before;
      if (fresh === 0) return 0;
      if (before === 0) set.size++;
      dense[i] = before | mask;
      countUp(set.counts, fresh);
      return 0;
    }
  }
  const { table } = set;
  if (table !== null && (value | 0) === value) {
    const i = placeIn(table, value);
    const before = table[i + 1]!;
    const fresh = mask & ~before;
    if (fresh === 0) return 0;
    table[i] = value;
    table[i + 1] = before | mask;
    countUp(set.counts, fresh);
    if (before === 0 && ++set.size > (table.length >> 1) * FILL) return grow(set);
    return 0;
  }
  return addOther(set, value, mask);
}

/** Adds all of `from`, which stays as it is. */
export function mergeMaskedNumbers(set: MaskedNumbers, from: MaskedNumbers): void {
  forEachMaskedNumber(from, (value, mask) => addMaskedNumber(set, value, mask));
}

/** Calls with each value and its mask. */
export function forEachMaskedNumber(
  set: MaskedNumbers,
  call: (value: number, mask: number) => void,
): void {
  if (set.nan !== 0) call(NaN, set.nan);
  forEach(set, call);
}

function countUp(counts: number[], fresh: number): void {
  for (let i = 0, left = fresh; left !== 0; i++, left >>>= 1) if ((left & 1) !== 0) counts[i]!++;
}

/** What neither index nor table of int32 takes. */
function addOther(set: MaskedNumbers, given: number, mask: number): number {
  if (given !== given) {
    countUp(set.counts, mask & ~set.nan);
    set.nan |= mask;
    return 0;
  }
  // -0 becomes 0.
  const value = given + 0;
  const { wide } = set;
  if (wide === null) {
    const before = bytesOfMaskedNumbers(set);
    if (!extend(set, value)) spread(set, Number.isInteger(value) && (value | 0) === value);
    return bytesOfMaskedNumbers(set) - before + addMaskedNumber(set, value, mask);
  }
  const i = placeInWide(wide, value);
  const before = wide[i + 1]!;
  const fresh = mask & ~before;
  if (fresh === 0) return 0;
  wide[i] = value;
  wide[i + 1] = before | mask;
  countUp(set.counts, fresh);
  if (before === 0 && ++set.size > (wide.length >> 1) * FILL) return grow(set);
  return 0;
}

/** Makes room for a value outside the index; false when there is no index, or it would be mostly air. */
function extend(set: MaskedNumbers, value: number): boolean {
  const { base, dense, size } = set;
  if (dense === null || !Number.isSafeInteger(value)) return false;
  const least = Math.min(base, value);
  const length = Math.max(base + dense.length, value + 1) - least;
  if (length > 2 * DENSE_BYTES * size) return false;
  const room = Math.ceil(length * HEADROOM);
  const first = value < base ? least - room : least;
  // Indexes are differences of safe integers.
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(first + length + room)) return false;
  const larger = new Uint8Array(length + room);
  larger.set(dense, base - first);
  set.dense = larger;
  set.base = first;
  return true;
}

/** Moves everything into a table that takes int32, or any number. */
function spread(set: MaskedNumbers, narrow: boolean): void {
  const pairs: [number, number][] = [];
  let small = narrow;
  forEach(set, (value, mask) => {
    pairs.push([value, mask]);
    if ((value | 0) !== value) small = false;
  });
  const places = placesFor(pairs.length + 1);
  set.dense = null;
  set.table = small ? new Int32Array(2 * places) : null;
  set.wide = small ? null : new Float64Array(2 * places);
  for (const [value, mask] of pairs) put(set, value, mask);
}

/** A table with twice the places, or an index where the values lie close together; returns the bytes gained. */
function grow(set: MaskedNumbers): number {
  const bytes = bytesOfMaskedNumbers(set);
  const old = set.table ?? set.wide!;
  let least = Infinity;
  let most = -Infinity;
  let integers = true;
  for (let i = 0; i < old.length; i += 2) {
    if (old[i + 1] === 0) continue;
    const value = old[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
    integers &&= Number.isSafeInteger(value);
  }
  const length = most - least + 1;
  if (integers && set.size >= DENSE_MIN && length <= DENSE_BYTES * set.size) {
    const dense = new Uint8Array(Math.ceil(length * (1 + HEADROOM)));
    for (let i = 0; i < old.length; i += 2)
      if (old[i + 1] !== 0) dense[old[i]! - least] = old[i + 1]!;
    set.dense = dense;
    set.base = least;
    set.table = null;
    set.wide = null;
  } else {
    if (set.table === null) set.wide = new Float64Array(2 * old.length);
    else set.table = new Int32Array(2 * old.length);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] !== 0) put(set, old[i]!, old[i + 1]!);
    }
  }
  return bytesOfMaskedNumbers(set) - bytes;
}

/** Stores a value that is not there into a table with room; counts stay. */
function put({ table, wide }: MaskedNumbers, value: number, mask: number): void {
  if (table !== null) {
    const i = placeIn(table, value);
    table[i] = value;
    table[i + 1] = mask;
  } else if (wide !== null) {
    const i = placeInWide(wide, value);
    wide[i] = value;
    wide[i + 1] = mask;
  }
}

/** All but NaN. */
function forEach(set: MaskedNumbers, call: (value: number, mask: number) => void): void {
  const { dense } = set;
  if (dense !== null) {
    for (let i = 0; i < dense.length; i++) if (dense[i] !== 0) call(set.base + i, dense[i]!);
    return;
  }
  const pairs = set.table ?? set.wide!;
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i + 1] !== 0) call(pairs[i]!, pairs[i + 1]!);
}

/** A power of two at which so many values do not make a table grow. */
function placesFor(values: number): number {
  let places = PLACES_MIN;
  while (values > places * FILL) places *= 2;
  return places;
}

/** Index of the value, or of the empty place where it would stand. */
function placeIn(table: Int32Array, value: number): number {
  const mask = table.length - 2;
  const mixed = Math.imul(value, 0x9e3779b1);
  let i = ((mixed ^ (mixed >>> 15)) << 1) & mask;
  while (table[i + 1] !== 0 && table[i] !== value) i = (i + 2) & mask;
  return i;
}

function placeInWide(table: Float64Array, value: number): number {
  const mask = table.length - 2;
  float[0] = value;
  const mixed = Math.imul(words[0]! ^ Math.imul(words[1]!, 0x85ebca6b), 0x9e3779b1);
  let i = ((mixed ^ (mixed >>> 15)) << 1) & mask;
  while (table[i + 1] !== 0 && table[i] !== value) i = (i + 2) & mask;
  return i;
}
