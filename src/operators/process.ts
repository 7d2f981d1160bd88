/** Whatever a process function does: any number of rows, side outputs, state and timers per key. */

import type { Operator, OperatorContext, Transformation } from './operator.ts';
import { LIFE_CYCLE_METHODS, ProcessBase, type ProcessLifeCycle } from './process-base.ts';
import type { ProcessContext } from './process-context.ts';
import { processTransformationOf, type ProcessOptions } from './process-transformation.ts';
import { instantiate, type Provided } from './provided.ts';
import type { ChangeCollector } from './row-collector.ts';
import type { StateDescriptor } from './state-descriptors.ts';

/** A user's operator. `K` is the key of a keyed stream. */
export interface ProcessFunction<T = unknown, U = unknown, K = undefined> extends ProcessLifeCycle<
  U,
  K
> {
  /** One row; a view is valid only during the call. */
  processElement(row: T, context: ProcessContext<K>, out: ChangeCollector<U>): void;
}

const METHODS = ['processElement', ...LIFE_CYCLE_METHODS] as const;

/**
 * An operator of the user's own.
 *
 * @param provided the function object, a class of one, or a maker; with fields of its own it should be a class or maker,
 * since each subtask then gets an instance
 * @example
 * processTransformation<number, number>({
 *   processElement(n, context, out) {
 *     if (n < 0) context.output('negative', n);
 *     else out.collect(n);
 *   },
 * });
 */
export function processTransformation<T, U, K = undefined>(
  provided: Provided<ProcessFunction<T, U, K>>,
  options: ProcessOptions = {},
): Transformation {
  return processTransformationOf('process', provided, METHODS, options, (context, states) => {
    return new ProcessOperator(context, instantiate(provided), states);
  });
}

class ProcessOperator<T, U, K> extends ProcessBase<ProcessFunction<T, U, K>> implements Operator {
  constructor(
    context: OperatorContext,
    fn: ProcessFunction<T, U, K>,
    states: readonly StateDescriptor[],
  ) {
    super(context, fn, states);
  }

  process(row: unknown, timestamp: number): void {
    const { context, out } = this;
    context.move(row, timestamp, 0);
    out.timestamp = timestamp;
    this.fn.processElement(row as T, context as ProcessContext<K>, out);
    context.leave();
  }
}
