/** How an asynchronous operator asks: order, capacity, timeout and retries; and the user's functions. */

/** The waiting time before the attempt after attempt 1, 2, …: `initialMs`, then `factor` times as long each, up to `maxMs`. */
export interface RetryDelay {
  /** ≥ 0, milliseconds. */
  readonly initialMs: number;
  /** ≥ `initialMs`, milliseconds. */
  readonly maxMs: number;
  /** ≥ 1; 1 for a fixed delay. */
  readonly factor: number;
}

/** Plain data: stands in the plan. */
export interface AsyncSettings {
  readonly ordered: boolean;
  /** Most requests whose answers were not emitted yet, ≥ 1. */
  readonly capacity: number;
  /** From the first attempt to the answer, retries included; > 0, milliseconds of the subtask's clock. */
  readonly timeoutMs: number;
  readonly retry: {
    /** Most attempts, the first included; ≥ 1. */
    readonly attempts: number;
    readonly delay: RetryDelay;
  } | null;
}

/** What a request comes to: a row, rows (an iterable that is neither a text nor bytes), or nothing. */
export type AsyncAnswer<U> = U | Iterable<U> | null | undefined | void;

/**
 * Asks for the rows that take the place of one row. The row may be kept; the signal is aborted when nobody waits for the answer
 * any more: after the timeout, and when the job ends.
 */
export type AsyncFunction<T = unknown, U = unknown> = (
  row: T,
  signal: AbortSignal,
) => Promise<AsyncAnswer<U>> | AsyncAnswer<U>;

/** The user's functions. */
export interface AsyncFunctions<T = unknown, U = unknown> {
  readonly asyncInvoke: AsyncFunction<T, U>;
  /** Gives the answer of a row whose time is over; without it that is an error. */
  readonly onTimeout?: ((row: T) => AsyncAnswer<U>) | undefined;
  /** Whether an answer calls for another attempt; without it none does. */
  readonly onResult?: ((rows: readonly U[]) => boolean) | undefined;
  /** Whether a failure calls for another attempt; without it every one does. */
  readonly onError?: ((error: unknown) => boolean) | undefined;
}

/**
 * Milliseconds to wait after attempt `attempt` (1, 2, …) failed.
 *
 * @example
 * retryDelayMs({ initialMs: 100, maxMs: 1000, factor: 2 }, 3); // 400
 */
export function retryDelayMs(delay: RetryDelay, attempt: number): number {
  return Math.round(Math.min(delay.maxMs, delay.initialMs * delay.factor ** (attempt - 1)));
}
