/**
 * How many different values each of up to eight filters has passed: fields of the set itself, since an array of them would be
 * two more places in memory to go to for every value.
 */

/** Most filters of one set. */
export const FILTERS_MAX = 8;

/** By filter; those that a set does not have stay 0. */
export interface FilterCounts {
  c0: number;
  c1: number;
  c2: number;
  c3: number;
  c4: number;
  c5: number;
  c6: number;
  c7: number;
}

/** The field of each filter. */
export const COUNT_FIELDS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'] as const;

export function noCounts(): FilterCounts {
  return { c0: 0, c1: 0, c2: 0, c3: 0, c4: 0, c5: 0, c6: 0, c7: 0 };
}

/** Counts one more for each filter of the mask `fresh`. */
export function countUp(counts: FilterCounts, fresh: number): void {
  if ((fresh & 1) !== 0) counts.c0++;
  if ((fresh & 2) !== 0) counts.c1++;
  if ((fresh & 4) !== 0) counts.c2++;
  if ((fresh & 8) !== 0) counts.c3++;
  if (fresh < 16) return;
  if ((fresh & 16) !== 0) counts.c4++;
  if ((fresh & 32) !== 0) counts.c5++;
  if ((fresh & 64) !== 0) counts.c6++;
  if ((fresh & 128) !== 0) counts.c7++;
}
