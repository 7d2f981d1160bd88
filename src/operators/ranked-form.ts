/** Which form the rows of a top-N take: off-heap where they have a record type, otherwise on the heap. */

import type { KeyedBackend } from '../state/index.ts';
import { comparator, isNumeric } from './rank-order.ts';
import type { RankOrder } from './rank-order.ts';
import { RankedBytes } from './ranked-bytes.ts';
import { RankedValues } from './ranked-rows.ts';
import type { RankedRows, RankedRowsOptions } from './ranked-rows.ts';

/** Name of the part in snapshots. */
export const RANKED_PART = 'ranked';

/** The form that fits. */
export function rankedRows(
  backend: KeyedBackend,
  order: RankOrder,
  options: RankedRowsOptions,
): RankedRows {
  const { type } = options;
  if (type === undefined) return new RankedValues(backend, RANKED_PART, order, options);
  return new RankedBytes(backend, RANKED_PART, {
    ...options,
    type,
    order: isNumeric(order, type) ? order : { compare: comparator(order) },
  });
}
