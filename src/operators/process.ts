/** Whatever a process function does: any number of rows, side outputs, state per key. */

import { NO_TIMESTAMP } from '../record/index.ts';
import type { Operator, OperatorContext, Transformation } from './operator.ts';
import {
  functionsOf,
  instantiate,
  RowProcessContext,
  type FunctionContext,
  type ProcessContext,
  type Provided,
} from './process-context.ts';
import { TimestampedCollector, type RowCollector } from './row-collector.ts';

/** A user's operator. `K` is the key of a keyed stream. */
export interface ProcessFunction<T = unknown, U = unknown, K = undefined> {
  /** Called once before the first row; may be asynchronous. */
  open?(context: FunctionContext): void | Promise<void>;
  /** One row; a view is valid only during the call. */
  processElement(row: T, context: ProcessContext<K>, out: RowCollector<U>): void;
  /** The watermark advanced; rows collected here carry it as their timestamp unless one is given. */
  onWatermark?(watermark: number, out: RowCollector<U>): void;
  /** All rows are in; may still emit. Not called when the job fails. */
  finish?(out: RowCollector<U>): void;
  /** Called once, whatever happened. */
  close?(): void | Promise<void>;
}

const METHODS = ['open', 'processElement', 'onWatermark', 'finish', 'close'] as const;

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
): Transformation {
  return {
    kind: 'process',
    params: {},
    functions: functionsOf(provided, METHODS),
    keyed: false,
    stateful: true,
    create: (context) => new ProcessOperator(context, instantiate(provided)),
  };
}

class ProcessOperator<T, U, K> implements Operator {
  readonly #fn: ProcessFunction<T, U, K>;
  readonly #context: RowProcessContext;
  readonly #out: TimestampedCollector;

  constructor(context: OperatorContext, fn: ProcessFunction<T, U, K>) {
    this.#fn = fn;
    this.#context = new RowProcessContext(context);
    this.#out = new TimestampedCollector(context.output);
  }

  open(): void | Promise<void> {
    return this.#fn.open?.(this.#context);
  }

  process(row: unknown, timestamp: number): void {
    this.#context.move(row, timestamp, 0);
    this.#out.timestamp = timestamp;
    this.#fn.processElement(row as T, this.#context as ProcessContext<K>, this.#out);
  }

  onWatermark(watermark: number): void {
    this.#out.timestamp = watermark;
    this.#fn.onWatermark?.(watermark, this.#out);
  }

  finish(): void {
    this.#out.timestamp = NO_TIMESTAMP;
    this.#fn.finish?.(this.#out);
  }

  close(): void | Promise<void> {
    this.#context.dispose();
    return this.#fn.close?.();
  }
}
