/** The operator behind `split`: sends each row to the side output that the user's function names. */

import { processTransformation } from '../operators/index.ts';
import type { Transformation } from '../operators/index.ts';

/**
 * @param tags all side outputs; the plan shows them
 * @param choose gives the tag of a row
 */
export function splitTransformation<T>(
  tags: readonly string[],
  choose: (row: T) => string,
): Transformation {
  const transformation = processTransformation<T, never>({
    processElement(row, context) {
      context.output(choose(row), row);
    },
  });
  return { ...transformation, kind: 'split', params: { tags }, functions: { choose } };
}
