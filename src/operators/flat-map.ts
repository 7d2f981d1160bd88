/** Any number of rows for each row. */

import type { Transformation } from './operator.ts';
import { flatMapProcess, type FlatMapFunction } from './row-collector.ts';

/**
 * The rows that `fn` collects or returns, with the timestamp of the row they came from.
 *
 * @throws ERR_OPERATORS_RESULT at run time, when `fn` returns neither nothing nor an iterable of rows
 * @example
 * flatMapTransformation((line: string) => line.split(' '));
 */
export function flatMapTransformation<T, U>(fn: FlatMapFunction<T, U>): Transformation {
  return {
    kind: 'flatMap',
    params: {},
    functions: { flatMap: fn },
    keyed: false,
    changelog: 'keeps',
    leavesOut: true,
    create: (context) => ({ process: flatMapProcess(context, fn) }),
  };
}
