/**
 * Which of up to eight filters each of many values has passed, for exact distinct counts of what is no number: texts, bytes,
 * bigints, and what functions give.
 *
 * Values are told apart as by a `Map`, bytes by content. A value that structured clone can copy.
 */

import { estimateBytes } from '../../state/index.ts';
import { countUp, noCounts } from './filter-counts.ts';
import type { FilterCounts } from './filter-counts.ts';

/** Made by {@link createMaskedValues}. */
export interface MaskedValues extends FilterCounts {
  readonly masks: Map<unknown, number>;
  size: number;
  bytes: number;
}

/** Map entry with its key and mask. */
export const ENTRY_BYTES = 48;
const OBJECT_BYTES = 160;

export function createMaskedValues(): MaskedValues {
  return {
    masks: new Map(),
    size: 0,
    bytes: OBJECT_BYTES,
    ...noCounts(),
  };
}

/** Adds a value that passes the filters of `mask`, which is not 0; returns by how many bytes the set grew. */
export function addMaskedValue(set: MaskedValues, given: unknown, mask: number): number {
  const value = comparable(given);
  const { masks } = set;
  const before = masks.get(value);
  const fresh = mask & ~(before ?? 0);
  if (fresh === 0) return 0;
  masks.set(value, (before ?? 0) | mask);
  countUp(set, fresh);
  if (before !== undefined) return 0;
  const bytes = ENTRY_BYTES + estimateBytes(value);
  set.bytes += bytes;
  set.size++;
  return bytes;
}

/** Adds all of `from`, which stays as it is. */
export function mergeMaskedValues(set: MaskedValues, from: MaskedValues): void {
  for (const [value, mask] of from.masks) addMaskedValue(set, value, mask);
}

/** Bytes are told apart by content; a `Map` does the rest, NaN and -0 included. */
export function comparable(value: unknown): unknown {
  return value instanceof Uint8Array ? `bytes:${value.join()}` : value;
}
