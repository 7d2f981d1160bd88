/** Whatever a process function of two inputs does; both keyed by the same kind of key, or neither. */

import type { Operator, OperatorContext, Transformation } from './operator.ts';
import { LIFE_CYCLE_METHODS, ProcessBase, type ProcessLifeCycle } from './process-base.ts';
import type { ProcessContext } from './process-context.ts';
import { processTransformationOf, type ProcessOptions } from './process-transformation.ts';
import { instantiate, type Provided } from './provided.ts';
import type { ChangeCollector } from './row-collector.ts';
import type { StateDescriptor } from './state-descriptors.ts';

/** A user's operator with two inputs. State and timers are shared by both: the same key sees the same value. */
export interface CoProcessFunction<
  A = unknown,
  B = unknown,
  U = unknown,
  K = undefined,
> extends ProcessLifeCycle<U, K> {
  /** One row of the first input; a view is valid only during the call. */
  processElement1(row: A, context: ProcessContext<K>, out: ChangeCollector<U>): void;
  /** One row of the second input. */
  processElement2(row: B, context: ProcessContext<K>, out: ChangeCollector<U>): void;
}

const METHODS = ['processElement1', 'processElement2', ...LIFE_CYCLE_METHODS] as const;

/**
 * An operator of the user's own over two inputs.
 *
 * @param provided as for a process function
 * @example
 * coProcessTransformation<string, number, string>({
 *   processElement1: (word, context, out) => out.collect(word),
 *   processElement2: (n, context, out) => out.collect(String(n)),
 * });
 */
export function coProcessTransformation<A, B, U, K = undefined>(
  provided: Provided<CoProcessFunction<A, B, U, K>>,
  options: ProcessOptions = {},
): Transformation {
  return processTransformationOf('coProcess', provided, METHODS, options, (context, states) => {
    return new CoProcessOperator(context, instantiate(provided), states);
  });
}

class CoProcessOperator<A, B, U, K>
  extends ProcessBase<CoProcessFunction<A, B, U, K>>
  implements Operator
{
  constructor(
    context: OperatorContext,
    fn: CoProcessFunction<A, B, U, K>,
    states: readonly StateDescriptor[],
  ) {
    super(context, fn, states);
  }

  process(row: unknown, timestamp: number): void {
    const { context, out } = this;
    context.move(row, timestamp, 0);
    out.timestamp = timestamp;
    this.fn.processElement1(row as A, context as ProcessContext<K>, out);
    context.leave();
  }

  process2(row: unknown, timestamp: number): void {
    const { context, out } = this;
    context.move(row, timestamp, 1);
    out.timestamp = timestamp;
    this.fn.processElement2(row as B, context as ProcessContext<K>, out);
    context.leave();
  }
}
