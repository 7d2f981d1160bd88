/**
 * Evictors: which of a window's rows its function does not see, or does not see again. A window with an evictor keeps all
 * its rows.
 */

import type { Plain } from '../operator.ts';
import type { TimeWindow } from './assigner.ts';

/** A row of a window with its timestamp: `NO_TIMESTAMP` when it has none. */
export interface WindowRow<T = unknown> {
  readonly row: T;
  readonly timestamp: number;
}

/** What an evictor is given besides the rows. */
export interface EvictorContext {
  readonly window: TimeWindow;
  currentWatermark(): number;
  currentProcessingTime(): number;
}

/** Which rows go. Both methods give the rows that stay, in their order; they must not change the list. */
export interface Evictor<T = unknown> {
  /** `count`, `time`, `delta`; `custom` when a user's evictor says nothing. */
  readonly kind?: string;
  readonly params?: { readonly [key: string]: Plain };
  readonly functions?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Before the function sees them. */
  evictBefore?(rows: readonly WindowRow<T>[], context: EvictorContext): readonly WindowRow<T>[];
  /** After the function saw them. */
  evictAfter?(rows: readonly WindowRow<T>[], context: EvictorContext): readonly WindowRow<T>[];
}
