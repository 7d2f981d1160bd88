/**
 * Which of up to eight filters each of many numbers has passed, for exact distinct counts: several aggregates over one field
 * share one set, and look a value up once.
 *
 * Numbers that lie close together have a byte each, found by index; others lie in open addressing: as an int32 each, of which
 * the mask takes as many bits as there are filters, or as pairs of float64, [value, mask], where one of them does not fit.
 * Which of them is looked at when a table grows, so that it costs nothing a row. With thousands of small sets nearly every
 * look at one is a cache miss, so that values and counts lie in as few places as can be.
 *
 * Law (test/operators/aggregate/masked-numbers.property.test.ts): behaves as a `Map` from number to mask, in which NaN is
 * one value and -0 is 0, and counts what each filter has passed. A value that structured clone can copy.
 */

import { countUp, noCounts } from './filter-counts.ts';
import type { FilterCounts } from './filter-counts.ts';

/** Made by {@link createMaskedNumbers}. */
export interface MaskedNumbers extends FilterCounts {
  /** Masks of the values from `base` on, 0 for those that are not there; null while they lie in a table. */
  dense: Uint8Array | null;
  base: number;
  /** `value << filters | mask`, 0 for an empty place. */
  table: Int32Array | null;
  /** [value, mask] pairs; a mask of 0 says that the place is empty. */
  wide: Float64Array | null;
  /** Bits of a mask. */
  readonly filters: number;
  /** Different values, NaN left out. */
  size: number;
  /** The filters that NaN has passed. */
  nan: number;
}

/** Places of a new table, and how full one gets. */
const PLACES_MIN = 8;
const FILL = 0.7;
/** Sets of fewer values stay in a table. */
const DENSE_MIN = 64;
/** Bytes a value that an index may take; once there is one it may take twice as many. */
const DENSE_BYTES = 16;
/** Room at the end of an index that grows, as a part of it. */
const HEADROOM = 0.5;
/** The object, its counts, the head of its array. */
const OBJECT_BYTES = 256;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** @param filters 1 .. `FILTERS_MAX` */
export function createMaskedNumbers(filters: number): MaskedNumbers {
  return {
    dense: null,
    base: 0,
    table: new Int32Array(PLACES_MIN),
    wide: null,
    filters,
    size: 0,
    nan: 0,
    ...noCounts(),
  };
}

/** Bytes it takes. */
export function bytesOfMaskedNumbers({ dense, table, wide }: MaskedNumbers): number {
  return OBJECT_BYTES + (dense ?? table ?? wide!).byteLength;
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
      countUp(set, fresh);
      return 0;
    }
  }
  const { table, filters } = set;
  if (table !== null && (value << filters) >> filters === value) {
    const i = placeIn(table, value, filters);
    const before = table[i]!;
    const fresh = mask & ~before;
    if (fresh === 0) return 0;
    table[i] = before | (value << filters) | mask;
    countUp(set, fresh);
    if (before === 0 && ++set.size > table.length * FILL) return grow(set);
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

/** What neither index nor table takes. */
function addOther(set: MaskedNumbers, given: number, mask: number): number {
  if (given !== given) {
    countUp(set, mask & ~set.nan);
    set.nan |= mask;
    return 0;
  }
  // -0 becomes 0.
  const value = given + 0;
  const { wide } = set;
  if (wide === null) {
    const before = bytesOfMaskedNumbers(set);
    if (!extend(set, value)) spread(set, value);
    return bytesOfMaskedNumbers(set) - before + addMaskedNumber(set, value, mask);
  }
  const i = placeInWide(wide, value);
  const before = wide[i + 1]!;
  const fresh = mask & ~before;
  if (fresh === 0) return 0;
  wide[i] = value;
  wide[i + 1] = before | mask;
  countUp(set, fresh);
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

/** Moves everything into a table that takes this value, too. */
function spread(set: MaskedNumbers, next: number): void {
  const { filters } = set;
  const pairs: [number, number][] = [];
  let small = (next << filters) >> filters === next;
  forEach(set, (value, mask) => {
    pairs.push([value, mask]);
    if ((value << filters) >> filters !== value) small = false;
  });
  const places = placesFor(pairs.length + 1);
  set.dense = null;
  set.table = small ? new Int32Array(places) : null;
  set.wide = small ? null : new Float64Array(2 * places);
  for (const [value, mask] of pairs) put(set, value, mask);
}

/** A table with twice the places, or an index where the values lie close together; returns the bytes gained. */
function grow(set: MaskedNumbers): number {
  const bytes = bytesOfMaskedNumbers(set);
  const { table } = set;
  if (table !== null && set.size < DENSE_MIN) {
    set.table = enlarged(table, set.filters);
    return bytesOfMaskedNumbers(set) - bytes;
  }
  let least = Infinity;
  let most = -Infinity;
  let integers = true;
  forEach(set, (value) => {
    if (value < least) least = value;
    if (value > most) most = value;
    integers &&= Number.isSafeInteger(value);
  });
  const length = most - least + 1;
  if (integers && set.size >= DENSE_MIN && length <= DENSE_BYTES * set.size) {
    const dense = new Uint8Array(Math.ceil(length * (1 + HEADROOM)));
    forEach(set, (value, mask) => {
      dense[value - least] = mask;
    });
    set.dense = dense;
    set.base = least;
    set.table = null;
    set.wide = null;
  } else if (table !== null) {
    set.table = enlarged(table, set.filters);
  } else {
    const old = set.wide!;
    set.wide = new Float64Array(2 * old.length);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] !== 0) put(set, old[i]!, old[i + 1]!);
    }
  }
  return bytesOfMaskedNumbers(set) - bytes;
}

function enlarged(old: Int32Array, filters: number): Int32Array {
  const table = new Int32Array(2 * old.length);
  for (let i = 0; i < old.length; i++) {
    const entry = old[i]!;
    if (entry !== 0) table[placeIn(table, entry >> filters, filters)] = entry;
  }
  return table;
}

/** Stores a value that is not there into a table with room; counts stay. */
function put({ table, wide, filters }: MaskedNumbers, value: number, mask: number): void {
  if (table !== null) {
    table[placeIn(table, value, filters)] = (value << filters) | mask;
  } else if (wide !== null) {
    const i = placeInWide(wide, value);
    wide[i] = value;
    wide[i + 1] = mask;
  }
}

/** All but NaN. */
function forEach(
  { base, dense, filters, table, wide }: MaskedNumbers,
  call: (value: number, mask: number) => void,
): void {
  if (dense !== null) {
    for (let i = 0; i < dense.length; i++) if (dense[i] !== 0) call(base + i, dense[i]!);
  } else if (table !== null) {
    const bits = (1 << filters) - 1;
    for (const entry of table) if (entry !== 0) call(entry >> filters, entry & bits);
  } else if (wide !== null) {
    for (let i = 0; i < wide.length; i += 2) if (wide[i + 1] !== 0) call(wide[i]!, wide[i + 1]!);
  }
}

/** A power of two at which so many values do not make a table grow. */
function placesFor(values: number): number {
  let places = PLACES_MIN;
  while (values > places * FILL) places *= 2;
  return places;
}

/** Index of the value, or of the empty place where it would stand. */
function placeIn(table: Int32Array, value: number, filters: number): number {
  const last = table.length - 1;
  const mixed = Math.imul(value, 0x9e3779b1);
  let i = (mixed ^ (mixed >>> 15)) & last;
  for (let entry = table[i]!; entry !== 0 && entry >> filters !== value; entry = table[i]!) {
    i = (i + 1) & last;
  }
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
