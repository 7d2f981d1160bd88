/**
 * One submitted job on the main thread: drives the state table, deploys to workers, and is the one place where a failure
 * is decided. What `engine.submit` returns.
 */

import { assert, EngineError, toEngineError } from '../base/index.ts';
import type { Clock, ErrorPlace, WorkerId } from '../base/index.ts';
import { parseDriverChannel } from '../connectors/index.ts';
import type { Change } from '../connectors/index.ts';
import type { JobMetrics, LatencySummary } from '../metrics/index.ts';
import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import { CollectedRows } from './driver-rows.ts';
import { Execution } from './execution.ts';
import type { ExecutionRequest } from './execution.ts';
import type { JobFailure, JobObserver, JobResult } from './job-observer.ts';
import { isFinal, isReleasing, nextState } from './job-states.ts';
import type { JobEvent, JobState } from './job-states.ts';
import { LatencyAnswers } from './latency-answers.ts';
import { Restarts } from './restart-strategy.ts';
import type { RestartStrategy } from './restart-strategy.ts';
import type { WorkerHost } from './worker-host.ts';

/** What is to be run. */
export interface RunRequest extends ExecutionRequest {
  readonly warnings: readonly PlanWarning[];
  readonly restart: RestartStrategy;
}

/** What a run needs of its engine. */
export interface RunHost {
  readonly clock: Clock;
  /** A number for the messages of one attempt, which from now on come to the run. */
  attempt(run: JobRun): number;
  /** Nothing more comes of this attempt. */
  forget(attempt: number): void;
  /** Settles when every worker thread runs. @throws ERR_CONTROL_WORKER_START */
  ready(): Promise<void>;
}

/** A job that was submitted. Main thread. */
export class JobRun {
  /** Number of the job within its engine. */
  readonly id: number;
  readonly name: string;
  readonly plan: PhysicalPlan;
  /** What the user should know of the plan and the configuration. */
  readonly warnings: readonly PlanWarning[];
  readonly placement: Placement;
  /** Settles when the job is final: resolves when it finished or was canceled, rejects with the failure. */
  readonly done: Promise<JobResult>;
  readonly #request: RunRequest;
  readonly #host: RunHost;
  readonly #clock: Clock;
  readonly #restarts: Restarts;
  readonly #failures: JobFailure[] = [];
  readonly #observer: JobObserver;
  readonly #submittedMs: number;
  readonly #collected = new Map<string, CollectedRows>();
  readonly #settle: { resolve(result: JobResult): void; reject(reason: unknown): void };
  readonly #latency: LatencyAnswers = new LatencyAnswers();
  #state: JobState = 'created';
  #startMs = 0;
  #abortReason: { readonly reason: unknown } | undefined = undefined;
  #failure: Error | undefined = undefined;
  #execution: Execution;
  /** A graceful stop was asked for, which a restart must not forget. */
  #stopAsked = false;
  #restartTimer: NodeJS.Timeout | undefined = undefined;

  constructor(
    id: number,
    request: RunRequest,
    observer: JobObserver,
    host: RunHost,
    submittedMs: number,
  ) {
    this.id = id;
    this.name = request.plan.job;
    this.plan = request.plan;
    this.warnings = request.warnings;
    this.placement = request.placement;
    this.#request = request;
    this.#host = host;
    this.#clock = host.clock;
    this.#restarts = new Restarts(request.restart, Math.random);
    this.#observer = observer;
    this.#submittedMs = submittedMs;
    this.#execution = this.#newExecution();
    const { promise, resolve, reject } = Promise.withResolvers<JobResult>();
    this.done = promise;
    this.#settle = { resolve, reject };
    // A failure that nobody awaits must not end the process that embeds the engine.
    promise.catch(() => undefined);
  }

  get state(): JobState {
    return this.#state;
  }

  /** What failed so far, oldest first. */
  get failures(): readonly JobFailure[] {
    return this.#failures;
  }

  /**
   * What the workers counted up to now. Rates are those since `previous`, an earlier reading of this run, or else since the
   * start.
   */
  metrics(previous?: JobMetrics): JobMetrics {
    return this.#execution.metrics(this.#clock.nowMs(), previous);
  }

  /**
   * Age of latency markers at the sinks, from source to sink through all queues, without user code; over the whole run so
   * far. Its `count` is 0 for a job shorter than a few markers.
   */
  async latency(): Promise<LatencySummary> {
    if (!isFinal(this.#state) && !isReleasing(this.#state)) {
      const answers = this.#latency.ask(this.#execution.holding);
      this.#execution.tell('latency');
      await answers;
    }
    return this.#latency.summary();
  }

  /**
   * Rows that the `collect` sink of this name kept so far, or rows of the `table` of this name as it is now; all of them once
   * `done` settled.
   */
  collected(name: string = 'default'): readonly unknown[] {
    return this.#rowsOf(name).kept;
  }

  /**
   * Rows of the `collect` sink of this name as they come; the job runs no further ahead than a few batches. Ends with the
   * job, throws its failure. Rows of a `table` come when the job ended: before, they may still change.
   */
  rows(name: string = 'default'): AsyncGenerator<unknown, void, undefined> {
    return this.#rowsOf(name).iterate();
  }

  /** Ends the job now; what is in flight is dropped. Settles when no worker holds anything of it. */
  async cancel(): Promise<void> {
    this.#apply('cancel');
    await this.done.catch(() => undefined);
  }

  /** As {@link cancel}, and `done` rejects with `reason`. */
  abort(reason: unknown): void {
    this.#abortReason = { reason };
    this.#apply('cancel');
  }

  /** Graceful stop: sources end, everything read is processed, sinks are closed properly. Settles when it is final. */
  async stop(): Promise<void> {
    this.#stopAsked = true;
    this.#apply('stop');
    await this.done.catch(() => undefined);
  }

  /** Starts the deployment; called once by the engine. */
  deploy(): void {
    if (!this.#apply('deploy')) return;
    try {
      this.#execution.deploy();
    } catch (error) {
      this.fail(toEngineError(error));
    }
  }

  /** A worker said something about this job. */
  receive(worker: WorkerHost, message: FromWorker): void {
    switch (message.kind) {
      case 'online':
        return;
      case 'deployed':
        if (!this.#execution.deployed(worker.id) || !this.#apply('started')) return;
        if (this.#failures.length === 0) {
          this.#startMs = this.#clock.monotonicMs() - this.#submittedMs;
        }
        if (this.#stopAsked) this.#apply('stop');
        return;
      case 'finished':
        if (this.#execution.finished(message.subtask)) this.#apply('allFinished');
        return;
      case 'failed':
        this.fail(EngineError.fromPlain(message.error));
        return;
      case 'latency':
        this.#latency.take(worker.id, message.latency);
        return;
      case 'released':
        this.#latency.take(worker.id, message.latency);
        this.#released(worker.id);
        return;
      case 'driver':
        this.#takeBatch(worker, message);
    }
  }

  /** A worker that hosted part of the job is gone. */
  workerExited(worker: WorkerId, error: EngineError): void {
    if (!this.#execution.holding.has(worker)) return;
    this.fail(error.at(this.#placeOn(worker)));
    this.#latency.take(worker, undefined);
    this.#released(worker);
  }

  /** All threads are gone: nothing is left to wait for. */
  abandon(): void {
    this.#apply('cancel');
    for (const worker of this.#execution.holding) this.#released(worker);
  }

  /** The first failure of an attempt decides, by the restart strategy; later ones are consequences. */
  fail(error: Error): void {
    // Also what an attempt says that is being given up.
    if (this.#state === 'restarting' || nextState(this.#state, 'failure') === undefined) return;
    const restartable = nextState(this.#state, 'restart') !== undefined;
    this.#failed(error, restartable ? this.#restarts.onFailure(this.#clock.nowMs()) : undefined);
  }

  #failed(error: Error, restartDelayMs: number | undefined): void {
    const failure: JobFailure = { atMs: this.#clock.nowMs(), error, restartDelayMs };
    this.#failures.push(failure);
    this.#tell(() => this.#observer.onFailure?.(failure));
    if (restartDelayMs === undefined) {
      this.#failure = error;
      this.#apply('failure');
    } else if (this.#apply('restart')) this.#restartAfter(restartDelayMs);
  }

  #apply(event: JobEvent): boolean {
    const next = nextState(this.#state, event);
    if (next === undefined) return false;
    this.#state = next;
    this.#tell(() => this.#observer.onState?.(next));
    if (next === 'running') this.#execution.tell('start');
    else if (next === 'stopping') this.#execution.tell('drain');
    else if (next === 'restarting') this.#execution.tell('cancel');
    else if (isReleasing(next)) this.#release();
    else if (isFinal(next)) this.#end();
    return true;
  }

  #newExecution(): Execution {
    return new Execution(this.#host.attempt(this), this.#request, this.#clock.nowMs());
  }

  /** Deploys again, when the delay is over and no worker holds anything of the last attempt. */
  #restartAfter(delayMs: number): void {
    const delay = new Promise<void>((resolve) => {
      this.#restartTimer = setTimeout(resolve, delayMs);
    });
    const last = this.#execution;
    const again = async (): Promise<void> => {
      await Promise.all([delay, last.gone]);
      try {
        await this.#host.ready();
      } catch (error) {
        if (this.#state === 'restarting') this.#failed(toEngineError(error), undefined);
        return;
      }
      if (this.#state !== 'restarting') return;
      this.#host.forget(last.id);
      this.#execution = this.#newExecution();
      this.deploy();
    };
    void again();
  }

  #release(): void {
    clearTimeout(this.#restartTimer);
    this.#execution.tell('cancel');
    if (this.#execution.holding.size === 0) this.#apply('released');
  }

  #released(worker: WorkerId): void {
    if (this.#execution.released(worker)) this.#apply('released');
  }

  #end(): void {
    this.#host.forget(this.#execution.id);
    const failure = this.#endedBy();
    for (const rows of this.#collected.values()) rows.end(failure);
    if (failure !== undefined) {
      this.#settle.reject(failure.reason);
      return;
    }
    this.#settle.resolve({
      job: this.name,
      state: this.#state === 'canceled' ? 'canceled' : 'finished',
      durationMs: this.#clock.monotonicMs() - this.#submittedMs,
      startMs: this.#startMs,
      metrics: this.metrics(),
      restarts: this.#failures.length,
    });
  }

  /** Why `done` is rejected; undefined while it is not, and when it is not to be. */
  #endedBy(): { readonly reason: unknown } | undefined {
    if (this.#state === 'failed') return { reason: this.#failure };
    return this.#state === 'canceled' ? this.#abortReason : undefined;
  }

  #takeBatch(worker: WorkerHost, message: FromWorker & { kind: 'driver' }): void {
    const acknowledge = (): void =>
      worker.post({ kind: 'ack', job: message.job, batch: message.batch });
    const channel = parseDriverChannel(message.channel);
    assert(channel !== undefined, 'a driver channel is one that connectors know');
    if (channel.kind === 'print') {
      for (const row of message.rows) this.#print(message.operator, channel.to, String(row));
      acknowledge();
      return;
    }
    const rows = this.#rowsOf(channel.name);
    if (channel.kind === 'collect') {
      rows.push({ rows: message.rows, acknowledge });
      return;
    }
    rows.change(message.rows as readonly Change[], channel.key);
    acknowledge();
  }

  #print(operator: string, stream: 'stdout' | 'stderr', text: string): void {
    if (this.#observer.onPrint)
      this.#tell(() => this.#observer.onPrint!({ operator, stream, text }));
    else process[stream].write(`${text}\n`);
  }

  /** Calls an observer. What it throws is the caller's: it ends in the process's own handler, as with event listeners. */
  #tell(observe: () => void): void {
    try {
      observe();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #rowsOf(name: string): CollectedRows {
    let rows = this.#collected.get(name);
    if (rows === undefined) {
      rows = new CollectedRows();
      if (isFinal(this.#state)) rows.end(this.#endedBy());
      this.#collected.set(name, rows);
    }
    return rows;
  }

  /** The operators a lost worker ran, for the error. */
  #placeOn(worker: WorkerId): ErrorPlace {
    const chains = new Set(
      this.placement.subtasks
        .filter((placed) => placed.worker === worker)
        .map((placed) => this.plan.chains[this.plan.subtasks[placed.subtask]!.chain]!.name),
    );
    return { operator: [...chains].join(', ') };
  }
}
