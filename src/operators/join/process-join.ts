/** A function of the user's that sees a pair of rows and emits any number of rows. */

import type { OperatorContext } from '../operator.ts';
import type { RowCollector } from '../row-collector.ts';

/** What `processElement` is given beside the pair; valid only during the call. */
export interface ProcessJoinContext {
  /** Milliseconds since the epoch, as are all timestamps here. */
  readonly leftTimestamp: number;
  readonly rightTimestamp: number;
  /** The larger of both: what rows carry that are collected without a timestamp. */
  readonly timestamp: number;
  /** Emits a row to a side output. */
  output(tag: string, row: unknown, timestamp?: number): void;
}

/** Called for each pair; the rows are valid only during the call. */
export interface ProcessJoinFunction<A = unknown, B = unknown, U = unknown> {
  processElement(left: A, right: B, context: ProcessJoinContext, out: RowCollector<U>): void;
}

/** The user's functions by role. */
export function processJoinFunctions(
  fn: ProcessJoinFunction,
): Readonly<Record<string, (...args: never[]) => unknown>> {
  // Under its name, as the plan shows it; it is called as a method of `fn`.
  const named = fn as unknown as Readonly<Record<string, (...args: never[]) => unknown>>;
  return { processElement: named['processElement']! };
}

/** Context and collector of one operator instance, moved from pair to pair. Owner: the subtask's worker. */
export class PairContext implements ProcessJoinContext, RowCollector {
  leftTimestamp = 0;
  rightTimestamp = 0;
  timestamp = 0;
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  move(leftTimestamp: number, rightTimestamp: number): void {
    this.leftTimestamp = leftTimestamp;
    this.rightTimestamp = rightTimestamp;
    this.timestamp = Math.max(leftTimestamp, rightTimestamp);
  }

  collect(row: unknown, timestamp?: number): void {
    this.#context.output.emit(row, timestamp ?? this.timestamp);
  }

  output(tag: string, row: unknown, timestamp?: number): void {
    this.#context.output.emitSide(tag, row, timestamp ?? this.timestamp);
  }
}
