/**
 * The attempts of asynchronous requests: calls of the user's function, retries, timeouts. Owner: the subtask's worker.
 *
 * Each request that was begun is settled once: by an answer, by `onTimeout`, or by a failure, which is kept until it is
 * asked for. What comes later for it is not looked at.
 */

import { EngineError, formatDuration, thrownMessage } from '../base/index.ts';
import type { Queued } from './async-queue.ts';
import type { InFlight } from './async-requests.ts';
import { retryDelayMs } from './async-settings.ts';
import type { AsyncFunctions, AsyncSettings } from './async-settings.ts';
import type { OperatorContext } from './operator.ts';
import { rowText } from './row-text.ts';

/** A row on its way. */
export interface Request extends Queued, InFlight {
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

/** What is told of attempts. */
export interface AttemptEvents {
  /** The request has its answer. */
  answered(request: Request): void;
  /** A request has its answer, waits to be tried again, or failed. */
  settled(): void;
}

/** The attempts of one operator. */
export class AsyncAttempts {
  readonly #context: OperatorContext;
  readonly #settings: AsyncSettings;
  readonly #functions: AsyncFunctions;
  readonly #events: AttemptEvents;
  /** In the order in which they were begun, which is that of their deadlines; those before `#firstDeadline` are settled. */
  #deadlines: Request[] = [];
  #firstDeadline = 0;
  readonly #retries: Set<Request> = new Set();
  #closed = false;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(
    context: OperatorContext,
    settings: AsyncSettings,
    functions: AsyncFunctions,
    events: AttemptEvents,
  ) {
    this.#context = context;
    this.#settings = settings;
    this.#functions = functions;
    this.#events = events;
  }

  /** The first attempt, from which on the time counts. */
  begin(request: Request): void {
    request.deadlineMs = this.#context.nowMs() + this.#settings.timeoutMs;
    this.#deadlines.push(request);
    this.#attempt(request);
  }

  /** @throws ERR_OPERATORS_ASYNC, ERR_OPERATORS_ASYNC_TIMEOUT the first failure */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Processing time of the next timeout or retry; `Infinity` when there is none. */
  get dueMs(): number {
    let due = this.#nextDeadline();
    for (const { retryMs } of this.#retries) if (retryMs < due) due = retryMs;
    return due;
  }

  /** Carries out what is due. */
  tick(nowMs: number): void {
    while (this.#nextDeadline() <= nowMs) this.#expire(this.#deadlines[this.#firstDeadline++]!);
    for (const request of this.#retries) {
      if (request.retryMs > nowMs) continue;
      this.#retries.delete(request);
      this.#attempt(request);
    }
  }

  /** Nobody waits any more: aborts what is under way. */
  close(): void {
    this.#closed = true;
    const reason = new DOMException('The job has ended.', 'AbortError');
    for (const request of this.#deadlines) request.controller?.abort(reason);
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
    this.#events.answered(request);
  }

  /** Runs what a settled request leads to; what it throws is thrown again where the runtime catches it. */
  #guard(request: Request, act: () => void): void {
    if (this.#closed) return;
    try {
      act();
    } catch (error) {
      this.#failure ??= { error: this.#errorOf(request, error) };
    }
    this.#events.settled();
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
