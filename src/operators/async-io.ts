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
 * Requests in flight are the operator's state; a restore sends them again. Watermarks between them are not kept: after a
 * change of parallelism they would not hold.
 */

import { EngineError, formatDuration, thrownMessage } from '../base/index.ts';
import { END_OF_TIME, RowKind } from '../record/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import { OrderedQueue, UnorderedQueue } from './async-queue.ts';
import type { AsyncQueue, Queued } from './async-queue.ts';
import { restoreInFlight, snapshotInFlight } from './async-requests.ts';
import type { InFlight } from './async-requests.ts';
import { retryDelayMs } from './async-settings.ts';
import type { AsyncFunctions, AsyncSettings } from './async-settings.ts';
import { failChangelog } from './changelog.ts';
import { keepRow } from './kept-row.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from './operator.ts';
import { rowText } from './row-text.ts';

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
    stateful: true,
    async: true,
    create: (context) => new AsyncOperator(context, settings, functions as AsyncFunctions),
  };
}

/** A row on its way. */
interface Request extends Queued, InFlight {
  /** Attempts begun. */
  attempts: number;
  /** Of the attempt under way; undefined before the first, and between two. */
  controller: AbortController | undefined;
  /** Processing time of the next attempt, while one is waited for. */
  retryMs: number;
  /** Processing time when it takes too long. */
  deadlineMs: number;
  /** What takes the row's place, once `completed`. */
  answer: readonly unknown[];
}

class AsyncOperator implements Operator {
  readonly ownWatermarks = true;
  readonly #context: OperatorContext;
  readonly #settings: AsyncSettings;
  readonly #functions: AsyncFunctions;
  readonly #queue: AsyncQueue<Request>;
  /** Beyond the capacity, in the order in which they came: those before `#nextWaiting` were begun. */
  #waiting: Request[] = [];
  #nextWaiting = 0;
  /** Requests begun whose answers were not emitted. */
  #begun = 0;
  /** In the order in which they were begun, which is that of their deadlines; those before `#firstDeadline` are settled. */
  #deadlines: Request[] = [];
  #firstDeadline = 0;
  readonly #retries: Set<Request> = new Set();
  /** The answer that is being emitted, and how much of it was. */
  #emitting: Request | undefined = undefined;
  #emitted = 0;
  #restored: InFlight[] = [];
  /** The end of time is to follow the last answer. */
  #ending = false;
  #closed = false;
  #failure: { readonly error: unknown } | undefined = undefined;
  /** Settles when anything does. */
  #settled: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(context: OperatorContext, settings: AsyncSettings, functions: AsyncFunctions) {
    this.#context = context;
    this.#settings = settings;
    this.#functions = functions;
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
    // The runtime forwards the end of time itself, when this has returned true: after the last answer.
    this.#ending = true;
    return this.#emit() && this.#queue.size === 0;
  }

  processingTimeDue(): number {
    let due = this.#nextDeadline();
    for (const { retryMs } of this.#retries) if (retryMs < due) due = retryMs;
    return due;
  }

  onProcessingTime(nowMs: number): boolean {
    while (this.#nextDeadline() <= nowMs) this.#expire(this.#deadlines[this.#firstDeadline++]!);
    for (const request of this.#retries) {
      if (request.retryMs > nowMs) continue;
      this.#retries.delete(request);
      this.#attempt(request);
    }
    return this.onCompletion();
  }

  /** @throws ERR_OPERATORS_ASYNC, ERR_OPERATORS_ASYNC_TIMEOUT */
  onCompletion(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#emit();
  }

  /** While the input is over, ready means that there is something to emit. */
  ready(): boolean {
    if (this.#failure !== undefined || this.#emitting !== undefined) return true;
    return this.#ending ? this.#queue.size === 0 : this.#queue.size < this.#settings.capacity;
  }

  whenReady(): Promise<void> {
    return this.#settled.promise;
  }

  close(): void {
    this.#closed = true;
    const reason = new DOMException('The job has ended.', 'AbortError');
    for (const request of this.#queue.requests()) request.controller?.abort(reason);
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
    request.deadlineMs = this.#context.nowMs() + this.#settings.timeoutMs;
    this.#deadlines.push(request);
    this.#attempt(request);
  }

  #attempt(request: Request): void {
    request.attempts++;
    const controller = new AbortController();
    request.controller = controller;
    const { asyncInvoke } = this.#functions;
    // Whatever the function throws before its first await is a rejection as well.
    const asked = (async () => rowsOf(await asyncInvoke(request.row, controller.signal)))();
    const current = (): boolean => request.controller === controller && !request.completed;
    const settled = asked.then(
      (rows) => {
        if (current()) this.#answered(request, rows);
      },
      (error: unknown) => {
        if (current()) this.#failed(request, error);
      },
    );
    this.#context.awaitCompletion(settled);
  }

  #answered(request: Request, rows: readonly unknown[]): void {
    const { onResult } = this.#functions;
    this.#guard(request, () => {
      const again = onResult !== undefined && this.#mayRetry(request) && onResult(rows);
      if (again) this.#retry(request);
      else this.#complete(request, rows);
    });
  }

  #failed(request: Request, error: unknown): void {
    const { onError } = this.#functions;
    this.#guard(request, () => {
      if (this.#mayRetry(request) && (onError === undefined || onError(error))) {
        this.#retry(request);
      } else throw error;
    });
  }

  #expire(request: Request): void {
    request.controller?.abort(new DOMException('The request took too long.', 'TimeoutError'));
    request.controller = undefined;
    this.#retries.delete(request);
    const { onTimeout } = this.#functions;
    this.#guard(request, () => {
      if (onTimeout !== undefined) this.#complete(request, rowsOf(onTimeout(request.row)));
      else this.#failTimeout(request);
    });
  }

  #mayRetry(request: Request): boolean {
    return this.#settings.retry !== null && request.attempts < this.#settings.retry.attempts;
  }

  #retry(request: Request): void {
    const { delay } = this.#settings.retry!;
    request.controller = undefined;
    request.retryMs = this.#context.nowMs() + retryDelayMs(delay, request.attempts);
    this.#retries.add(request);
  }

  #complete(request: Request, rows: readonly unknown[]): void {
    request.controller = undefined;
    request.answer = rows;
    this.#queue.complete(request);
  }

  /** Runs what a settled request leads to; what it throws is thrown again where the runtime catches it. */
  #guard(request: Request, act: () => void): void {
    if (this.#closed) return;
    try {
      act();
    } catch (error) {
      this.#failure ??= { error: this.#errorOf(request, error) };
    }
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  }

  /** Emits what may leave; false when there is more for another call. */
  #emit(): boolean {
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
      if (next === undefined) return true;
      if (typeof next === 'number') output.emitWatermark(next);
      else {
        this.#emitting = next;
        this.#emitted = 0;
      }
    }
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

  /** Deadline of the oldest request that is not settled; drops those before it. */
  #nextDeadline(): number {
    const deadlines = this.#deadlines;
    while (deadlines[this.#firstDeadline]?.completed === true) this.#firstDeadline++;
    if (this.#firstDeadline * 2 > deadlines.length + 64) {
      this.#deadlines = deadlines.slice(this.#firstDeadline);
      this.#firstDeadline = 0;
    }
    return this.#deadlines[this.#firstDeadline]?.deadlineMs ?? Infinity;
  }

  #errorOf(request: Request, error: unknown): EngineError {
    const place = this.#placeOf(request);
    if (error instanceof EngineError) return error.at(place);
    const { operatorName: operator } = this.#context;
    const { attempts } = request;
    return new EngineError(
      'ERR_OPERATORS_ASYNC',
      { operator, attempts, reason: thrownMessage(error) },
      { cause: error, place },
    );
  }

  #failTimeout(request: Request): never {
    const { operatorName: operator } = this.#context;
    const { attempts } = request;
    const timeout = formatDuration(this.#settings.timeoutMs);
    throw new EngineError(
      'ERR_OPERATORS_ASYNC_TIMEOUT',
      { operator, timeout, attempts },
      { place: this.#placeOf(request) },
    );
  }

  #placeOf({ row }: Request): { readonly operator: string; readonly row: string } {
    return { operator: this.#context.operatorName, row: rowText(row) };
  }
}

/** The rows of an answer. @throws whatever an iterable throws */
function rowsOf(answer: unknown): readonly unknown[] {
  if (answer === null || answer === undefined) return [];
  const isIterable =
    typeof answer === 'object' && Symbol.iterator in answer && !(answer instanceof Uint8Array);
  return isIterable ? [...(answer as Iterable<unknown>)] : [answer];
}
