/** The rows for which a predicate holds; the runtime writes the user's function inline. */

import type { Transformation } from './operator.ts';

/**
 * Rows for which `fn` gives a truthy value, as they are.
 *
 * @example
 * filterTransformation((flight: { delay: number }) => flight.delay > 0);
 */
export function filterTransformation<T>(fn: (row: T) => boolean): Transformation {
  return {
    kind: 'filter',
    params: {},
    functions: { filter: fn },
    keyed: false,
    changelog: 'keeps',
    leavesOut: true,
    create: () => ({ fused: { form: 'filter', fn } }),
  };
}
