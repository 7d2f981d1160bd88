/**
 * Asynchronous I/O: Flink's `AsyncDataStream.orderedWait` and `unorderedWait`.
 *
 * Each row is copied and handed to the user's function, which gives a promise of the rows that take its place. Up to
 * `capacity` requests are under way; beyond that the operator is not ready, which is how backpressure begins (rows that
 * still come within the same step wait unasked). Answers leave as async-queue.ts says, watermarks with them.
 *
 * Time is the subtask's: timeouts and waits before a retry are looked at by `processingTimeDue`, never by a timer of the
 * host. Nothing is emitted but from `onCompletion`, `onProcessingTime` and `onWatermark`, a bounded number of rows a call.
 *
 * The input going idle is passed on when the last answer has left, a step behind the watermark.
 *
 * Requests in flight are the operator's state; a restore sends them again. Watermarks between them are not kept: after a
 * change of parallelism they would not hold.
 */

import { END_OF_TIME, RowKind } from '../record/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import { AsyncAttempts } from './async-attempts.ts';
import type { Request } from './async-attempts.ts';
import { OrderedQueue, UnorderedQueue } from './async-queue.ts';
import type { AsyncQueue } from './async-queue.ts';
import { restoreInFlight, snapshotInFlight } from './async-requests.ts';
import type { InFlight } from './async-requests.ts';
import type { AsyncFunctions, AsyncSettings } from './async-settings.ts';
import { failChangelog } from './changelog.ts';
import { keepRow } from './kept-row.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from './operator.ts';

/**
 * Rows for each row, by a function that answers later.
 *
 * @throws ERR_OPERATORS_ASYNC at run time, when a request failed and is not tried again
 * @throws ERR_OPERATORS_ASYNC_TIMEOUT at run time, when one took too long and there is no `onTimeout`
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert where answers may change places
 * @example
 * asyncTransformation(
 *   { ordered: true, capacity: 100, timeoutMs: 5000, retry: null },
 *   { asyncInvoke: async (id) => (await fetch(`https://example.org/${id}`)).json() },
 * );
 */
export function asyncTransformation<T, U>(
  settings: AsyncSettings,
  functions: AsyncFunctions<T, U>,
): Transformation {
  const given = Object.entries(functions).filter(([, fn]) => fn !== undefined);
  return {
    kind: 'asyncMap',
    params: {
      ...settings,
      retry: settings.retry && { ...settings.retry, delay: { ...settings.retry.delay } },
    },
    functions: Object.fromEntries(given),
    keyed: false,
    changelog: 'keeps',
    stateful: true,
    async: true,
    create: (context) => new AsyncOperator(context, settings, functions as AsyncFunctions),
  };
}

class AsyncOperator implements Operator {
  readonly ownWatermarks = true;
  readonly #context: OperatorContext;
  readonly #settings: AsyncSettings;
  readonly #attempts: AsyncAttempts;
  readonly #queue: AsyncQueue<Request>;
  /** Beyond the capacity, in the order in which they came: those before `#nextWaiting` were begun. */
  #waiting: Request[] = [];
  #nextWaiting = 0;
  /** Requests begun whose answers were not emitted. */
  #begun = 0;
  /** The answer that is being emitted, and how much of it was. */
  #emitting: Request | undefined = undefined;
  #emitted = 0;
  #restored: InFlight[] = [];
  /** The input went idle; that follows the last answer. */
  #goesIdle = false;
  /** The end of time is to follow the last answer. */
  #ending = false;
  /** Something was settled that `#emit` has not looked at. */
  #news = false;
  /** Settles when a request does. */
  #settled: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(context: OperatorContext, settings: AsyncSettings, functions: AsyncFunctions) {
    this.#context = context;
    this.#settings = settings;
    this.#attempts = new AsyncAttempts(context, settings, functions, {
      answered: (request) => this.#queue.complete(request),
      settled: () => this.#onSettled(),
    });
    this.#queue = settings.ordered ? new OrderedQueue() : new UnorderedQueue();
  }

  restore(state: RestoredState): void {
    this.#restored = restoreInFlight(state.operator, this.#context.inputs[0]?.type);
  }

  snapshot(): OperatorSnapshot {
    const rows = [...this.#queue.requests(), ...this.#restored];
    return {
      keyed: undefined,
      operator: [snapshotInFlight(rows, this.#context.inputs[0]?.type)],
    };
  }

  open(): void {
    for (const { row, timestamp, kind } of this.#restored) this.#add(row, timestamp, kind);
    this.#restored = [];
  }

  /** @throws ERR_OPERATORS_CHANGELOG */
  process(row: unknown, timestamp: number): void {
    const { rowKind } = this.#context.current;
    if (rowKind !== RowKind.insert && !this.#settings.ordered) {
      failChangelog(this.#context, 'inserts only where answers may change places');
    }
    this.#add(keepRow(row), timestamp, rowKind);
  }

  onWatermark(watermark: number): boolean {
    if (watermark !== END_OF_TIME) {
      if (this.#queue.size === 0) this.#context.output.emitWatermark(watermark);
      else this.#queue.addWatermark(watermark);
      return true;
    }
    // The runtime forwards the end of time itself, when this has returned true: after the last answer. Until then this is
    // what it calls, whatever is due.
    this.#ending = true;
    this.#attempts.tick(this.#context.nowMs());
    return this.#emit() && this.#queue.size === 0;
  }

  onStatus(idle: boolean): void {
    const held = this.#queue.size > 0 || this.#emitting !== undefined;
    if (idle && held) this.#goesIdle = true;
    else if (!idle && this.#goesIdle) this.#goesIdle = false;
    else this.#context.output.emitStatus(idle);
  }

  processingTimeDue(): number {
    return this.#attempts.dueMs;
  }

  onProcessingTime(nowMs: number): boolean {
    this.#attempts.tick(nowMs);
    return this.#emit();
  }

  /** @throws ERR_OPERATORS_ASYNC, ERR_OPERATORS_ASYNC_TIMEOUT */
  onCompletion(): boolean {
    return this.#emit();
  }

  /** Room for a row; or something to do for the calls that the runtime makes only while this is true. */
  ready(): boolean {
    if (this.#news || this.#emitting !== undefined) return true;
    if (this.#attempts.dueMs <= this.#context.nowMs()) return true;
    return this.#ending ? this.#queue.size === 0 : this.#queue.size < this.#settings.capacity;
  }

  whenReady(): Promise<void> {
    return this.#settled.promise;
  }

  close(): void {
    this.#attempts.close();
    this.#settled.resolve();
  }

  #add(row: unknown, timestamp: number, kind: RowKind): void {
    const request: Request = {
      row,
      timestamp,
      kind,
      completed: false,
      attempts: 0,
      controller: undefined,
      retryMs: 0,
      deadlineMs: Infinity,
      answer: [],
    };
    this.#queue.add(request);
    if (this.#begun < this.#settings.capacity) this.#begin(request);
    else this.#waiting.push(request);
  }

  #begin(request: Request): void {
    this.#begun++;
    this.#attempts.begin(request);
  }

  #onSettled(): void {
    this.#news = true;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  }

  /** Emits what may leave; false when there is more for another call. @throws the first failure */
  #emit(): boolean {
    this.#attempts.check();
    this.#news = false;
    const { output } = this.#context;
    let room = FINISH_ROWS_MAX;
    for (;;) {
      const emitting = this.#emitting;
      if (emitting !== undefined) {
        const { answer, kind, timestamp } = emitting;
        while (this.#emitted < answer.length) {
          if (room-- === 0) return false;
          const row = answer[this.#emitted++];
          if (kind === RowKind.insert) output.emit(row, timestamp);
          else output.emitChange(kind, row, timestamp);
        }
        this.#emitting = undefined;
        this.#begun--;
        this.#beginWaiting();
      }
      const next = this.#queue.take();
      if (next === undefined) {
        this.#sayIdle();
        return true;
      }
      if (typeof next === 'number') {
        output.emitWatermark(next);
        // It leaves when this returns, and the rows behind it are not to overtake it.
        this.#news = true;
        return false;
      }
      this.#emitting = next;
      this.#emitted = 0;
    }
  }

  #sayIdle(): void {
    if (!this.#goesIdle || this.#queue.size > 0) return;
    this.#goesIdle = false;
    this.#context.output.emitStatus(true);
  }

  #beginWaiting(): void {
    if (this.#nextWaiting === this.#waiting.length) return;
    const request = this.#waiting[this.#nextWaiting++]!;
    if (this.#nextWaiting === this.#waiting.length) {
      this.#waiting = [];
      this.#nextWaiting = 0;
    }
    this.#begin(request);
  }
}
