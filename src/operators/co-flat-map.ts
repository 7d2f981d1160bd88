/** Any number of rows for each row of either input. */

import type { Transformation } from './operator.ts';
import { flatMapProcess, type FlatMapFunction } from './row-collector.ts';

/**
 * The rows that `first` gives for the first input, and `second` for the second.
 *
 * @throws ERR_OPERATORS_RESULT at run time, when a function returns neither nothing nor an iterable of rows
 * @example
 * coFlatMapTransformation((line: string) => line.split(' '), (n: number, out) => out.collect(String(n)));
 */
export function coFlatMapTransformation<A, B, U, V = U>(
  first: FlatMapFunction<A, U>,
  second: FlatMapFunction<B, V>,
): Transformation {
  return {
    kind: 'coFlatMap',
    params: {},
    functions: { first, second },
    keyed: false,
    changelog: 'keeps',
    leavesOut: true,
    create: (context) => ({
      process: flatMapProcess(context, first),
      process2: flatMapProcess(context, second),
    }),
  };
}
