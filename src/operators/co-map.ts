/** One row for each row of either input. */

import { emitAsIs } from './changelog.ts';
import type { Transformation } from './operator.ts';

/**
 * Rows of the first input through `first`, rows of the second through `second`.
 *
 * @example
 * coMapTransformation((bid: { price: number }) => bid.price, (rate: { euro: number }) => rate.euro);
 */
export function coMapTransformation<A, B, U, V = U>(
  first: (row: A) => U,
  second: (row: B) => V,
): Transformation {
  return {
    kind: 'coMap',
    params: {},
    functions: { first, second },
    keyed: false,
    changelog: 'keeps',
    leavesOut: true,
    create: (context) => ({
      process: (row, timestamp) => emitAsIs(context, first(row as A), timestamp),
      process2: (row, timestamp) => emitAsIs(context, second(row as B), timestamp),
    }),
  };
}
