/** `callback`: a function of the job is called with every row, on the worker that runs the sink. */

import { EngineError, thrownMessage } from '../base/index.ts';
import { RowKind } from '../record/index.ts';
import { optionError, positiveInteger } from './options.ts';
import { keepRow } from './row-object.ts';
import type { Sink, SinkWriter } from './sink.ts';

/**
 * Called for every row; a view is valid only until the function returns or first awaits.
 *
 * @param kind 0 insert, 1 update before, 2 update after, 3 delete: other kinds than insert come from operators that
 *   update their results
 */
export type RowCallback<T> = (row: T, timestamp: number, kind: RowKind) => void | Promise<void>;

/** Options of {@link callback}. */
export interface CallbackOptions {
  /**
   * Whether the function returns promises; default: whether it is an `async` function. The worker then keeps its event loop turning.
   */
  readonly async?: boolean;
  /** Most promises not yet settled, default 1: the next row waits for the one before. */
  readonly concurrency?: number;
}

/**
 * A sink that calls a function. What the function closes over belongs to the worker thread, not to the submitting one; use
 * {@link collect} to bring rows back. An error or a rejection fails the job with ERR_CONNECTORS_CALLBACK. At least once: a
 * checkpoint waits for the promises of the rows before it; after a restart the function sees the rows since the last one again.
 *
 * @throws ERR_CONNECTORS_OPTION
 * @example
 * alerts.sinkTo(callback(async (alert) => { await fetch(hook, { method: 'POST', body: JSON.stringify(alert) }); }));
 */
export function callback<T>(fn: RowCallback<T>, options: CallbackOptions = {}): Sink<T> {
  if (typeof fn !== 'function') throw optionError('callback', 'fn', 'a function', fn);
  const concurrency = positiveInteger('callback', 'concurrency', options.concurrency, 1);
  const async = options.async ?? fn.constructor.name === 'AsyncFunction';
  return {
    kind: 'callback',
    params: { async, concurrency },
    functions: { fn },
    async,
    createWriter: () => (async ? new AsyncCallbackWriter(fn, concurrency) : new CallbackWriter(fn)),
  };
}

class CallbackWriter<T> implements SinkWriter<T> {
  readonly #fn: RowCallback<T>;

  constructor(fn: RowCallback<T>) {
    this.#fn = fn;
  }

  /** @throws ERR_CONNECTORS_CALLBACK */
  write(row: T, timestamp: number, kind: RowKind = RowKind.insert): void {
    let result: unknown;
    try {
      result = this.#fn(row, timestamp, kind);
    } catch (cause) {
      throw callbackError(cause);
    }
    if (result instanceof Promise) {
      result.catch(() => {});
      throw optionError('callback', 'async', 'true for a function that returns promises', false);
    }
  }

  close(): void {}
}

/** Rows between two barriers whose promises are not settled. */
interface UnsettledRows {
  count: number;
  readonly none: PromiseWithResolvers<void>;
}

function unsettledRows(): UnsettledRows {
  return { count: 0, none: Promise.withResolvers() };
}

interface WaitingRow<T> {
  readonly row: T;
  readonly timestamp: number;
  readonly kind: RowKind;
  readonly rows: UnsettledRows;
}

/** Rows that come while `concurrency` promises are unsettled wait here, as copies: at most those of one step. */
class AsyncCallbackWriter<T> implements SinkWriter<T> {
  readonly #fn: RowCallback<T>;
  readonly #concurrency: number = 1;
  readonly #pending: Set<Promise<void>> = new Set();
  #waiting: WaitingRow<T>[] = [];
  #next = 0;
  #failure: EngineError | undefined = undefined;
  /** Rows since the last barrier, and those before earlier ones of which not all are settled. */
  #rows: UnsettledRows = unsettledRows();
  readonly #before: Set<UnsettledRows> = new Set();

  constructor(fn: RowCallback<T>, concurrency: number) {
    this.#fn = fn;
    this.#concurrency = concurrency;
  }

  write(row: T, timestamp: number, kind: RowKind = RowKind.insert): void {
    const rows = this.#rows;
    rows.count++;
    if (this.#pending.size < this.#concurrency && this.#next === this.#waiting.length) {
      this.#call({ row, timestamp, kind, rows });
    } else this.#waiting.push({ row: keepRow(row) as T, timestamp, kind, rows });
  }

  /** Settles when the function is done with the rows so far. Rejects with ERR_CONNECTORS_CALLBACK. */
  prepareCommit(): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#rows.count > 0) this.#before.add(this.#rows);
    this.#rows = unsettledRows();
    if (this.#before.size === 0) return undefined;
    return Promise.all([...this.#before].map(({ none }) => none.promise)).then(() => undefined);
  }

  /** @throws ERR_CONNECTORS_CALLBACK an earlier row's promise was rejected */
  ready(): boolean {
    if (this.#failure) throw this.#failure;
    return this.#next === this.#waiting.length && this.#pending.size < this.#concurrency;
  }

  async whenReady(): Promise<void> {
    if (this.#pending.size >= this.#concurrency) await Promise.race(this.#pending);
  }

  /** @throws ERR_CONNECTORS_CALLBACK */
  async close(aborted: boolean): Promise<void> {
    if (aborted) {
      this.#waiting = [];
      this.#next = 0;
      return;
    }
    while (this.#pending.size > 0) await Promise.race(this.#pending);
    if (this.#failure) throw this.#failure;
  }

  #call({ row, timestamp, kind, rows }: WaitingRow<T>): void {
    const settled = (async () => this.#fn(row, timestamp, kind))().then(
      () => {
        this.#pending.delete(settled);
        if (--rows.count === 0 && this.#before.delete(rows)) rows.none.resolve();
        this.#callNext();
      },
      (cause: unknown) => {
        this.#pending.delete(settled);
        this.#failure ??= callbackError(cause);
        for (const { none } of this.#before) none.reject(this.#failure);
      },
    );
    this.#pending.add(settled);
  }

  #callNext(): void {
    if (this.#failure || this.#next === this.#waiting.length) return;
    const next = this.#waiting[this.#next++]!;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    this.#call(next);
  }
}

function callbackError(cause: unknown): EngineError {
  const reason = thrownMessage(cause);
  return new EngineError('ERR_CONNECTORS_CALLBACK', { reason }, { cause });
}
