/** One row for each row; the runtime writes the user's function inline. */

import type { Transformation } from './operator.ts';

/**
 * Rows through `fn`; a row keeps its timestamp and its place in the order.
 *
 * @example
 * mapTransformation((flight: { delay: number }) => flight.delay / 60);
 */
export function mapTransformation<T, U>(fn: (row: T) => U): Transformation {
  return {
    kind: 'map',
    params: {},
    functions: { map: fn },
    keyed: false,
    changelog: 'keeps',
    leavesOut: true,
    create: () => ({ fused: { form: 'map', fn } }),
  };
}
