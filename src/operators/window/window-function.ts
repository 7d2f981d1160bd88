/** Window functions: what a user may do with the rows of a window, and what they are given for it. */

import type { RowCollector } from '../row-collector.ts';
import type { FunctionContext } from '../process-context.ts';
import type { ValueState } from '../value-state.ts';
import type { TimeWindow } from './assigner.ts';

/** State by name: any value that structured clone can copy. */
export interface WindowStateStore {
  /** @param initial the value where there is none, or a function that makes one */
  getState<V>(name: string, initial: V | (() => V)): ValueState<V>;
}

/** What a window function is given; valid only during the call. `K` is the key of a keyed stream. */
export interface WindowContext<K = undefined> extends FunctionContext {
  readonly key: K;
  /** [start, end), milliseconds since the epoch; results carry `end - 1` unless a timestamp is given. */
  readonly window: TimeWindow;
  /** Milliseconds since the epoch; `Number.MIN_SAFE_INTEGER` before the first watermark. */
  currentWatermark(): number;
  /** Milliseconds since the epoch. */
  currentProcessingTime(): number;
  /** Emits a row to a side output, with the timestamp `end - 1` when none is given. */
  output(tag: string, row: unknown, timestamp?: number): void;
  /**
   * State of this key and window, from firing to firing; dropped with the window.
   *
   * @throws ERR_OPERATORS_WINDOW_STATE the windows merge, so that a window is not the same from firing to firing
   */
  windowState(): WindowStateStore;
  /** State of this key, for all its windows. It stays until it is cleared. */
  globalState(): WindowStateStore;
}

/**
 * A user's function over the rows of a window. After a fold (`reduce`, `aggregate`), `rows` has one element: what the rows
 * were folded into.
 */
export interface ProcessWindowFunction<T = unknown, U = unknown, K = undefined> {
  /** Called once before the first row; may be asynchronous. */
  open?(context: FunctionContext): void | Promise<void>;
  /** The window fired. `rows` is valid only during the call. */
  process(rows: readonly T[], context: WindowContext<K>, out: RowCollector<U>): void;
  /** The window is about to be dropped. */
  clear?(context: WindowContext<K>): void;
  /** Called once, whatever happened. */
  close?(): void | Promise<void>;
}

/** Methods of a window function, for reports and the fingerprint. */
export const WINDOW_FUNCTION_METHODS = ['open', 'process', 'clear', 'close'] as const;
