/** Whatever a process function of two inputs does; both keyed by the same kind of key, or neither. */

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

/** A user's operator with two inputs. State is shared by both: the same key sees the same value. */
export interface CoProcessFunction<A = unknown, B = unknown, U = unknown, K = undefined> {
  /** Called once before the first row; may be asynchronous. */
  open?(context: FunctionContext): void | Promise<void>;
  /** One row of the first input; a view is valid only during the call. */
  processElement1(row: A, context: ProcessContext<K>, out: RowCollector<U>): void;
  /** One row of the second input. */
  processElement2(row: B, context: ProcessContext<K>, out: RowCollector<U>): void;
  /** The smaller of both watermarks advanced; rows collected here carry it unless a timestamp is given. */
  onWatermark?(watermark: number, out: RowCollector<U>): void;
  /** Both inputs ended; may still emit. Not called when the job fails. */
  finish?(out: RowCollector<U>): void;
  /** Called once, whatever happened. */
  close?(): void | Promise<void>;
}

const METHODS = [
  'open',
  'processElement1',
  'processElement2',
  'onWatermark',
  'finish',
  'close',
] as const;

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
): Transformation {
  return {
    kind: 'coProcess',
    params: {},
    functions: functionsOf(provided, METHODS),
    keyed: false,
    stateful: true,
    create: (context) => new CoProcessOperator(context, instantiate(provided)),
  };
}

class CoProcessOperator<A, B, U, K> implements Operator {
  readonly #fn: CoProcessFunction<A, B, U, K>;
  readonly #context: RowProcessContext;
  readonly #out: TimestampedCollector;

  constructor(context: OperatorContext, fn: CoProcessFunction<A, B, U, K>) {
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
    this.#fn.processElement1(row as A, this.#context as ProcessContext<K>, this.#out);
  }

  process2(row: unknown, timestamp: number): void {
    this.#context.move(row, timestamp, 1);
    this.#out.timestamp = timestamp;
    this.#fn.processElement2(row as B, this.#context as ProcessContext<K>, this.#out);
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
