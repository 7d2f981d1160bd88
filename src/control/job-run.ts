/**
 * One submitted job on the main thread: drives the state table, deploys to workers, and is the one place where a failure
 * is decided. What `engine.submit` returns.
 */

import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { EngineError, toEngineError } from '../base/index.ts';
import type { Clock, WorkerId } from '../base/index.ts';
import type { JobMetrics, LatencySummary } from '../metrics/index.ts';
import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import { DriverOutput } from './driver-output.ts';
import { Execution } from './execution.ts';
import { JobCheckpoints } from './job-checkpoints.ts';
import type { CheckpointInfo, RestoreOptions, RestorePoint } from './job-checkpoints.ts';
import type { JobFailure, JobObserver, JobResult } from './job-observer.ts';
import { isFinal, isReleasing, nextState } from './job-states.ts';
import type { JobEvent, JobState } from './job-states.ts';
import { LatencyAnswers } from './latency-answers.ts';
import { Restarts } from './restart-strategy.ts';
import type { RunHost, RunRequest } from './run-request.ts';
import type { WorkerHost } from './worker-host.ts';

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
  readonly #output: DriverOutput;
  readonly #settle: { resolve(result: JobResult): void; reject(reason: unknown): void };
  readonly #latency: LatencyAnswers = new LatencyAnswers();
  #state: JobState = 'created';
  #startMs = 0;
  #abortReason: { readonly reason: unknown } | undefined = undefined;
  #failure: Error | undefined = undefined;
  readonly #checkpoints: JobCheckpoints;
  /** The same for all attempts: sinks know by it what an earlier one left. */
  readonly #runId: string = randomUUID();
  #attempt: Execution | undefined = undefined;
  /** Settles when no checkpoint is under way, once the job is to end or to be started again. */
  #halted: Promise<void> = Promise.resolve();
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
    this.#output = new DriverOutput(
      observer.onPrint && ((line) => this.#tell(() => observer.onPrint!(line))),
    );
    this.#checkpoints = new JobCheckpoints(
      request.plan,
      request.checkpoints,
      request.checkpointFolder,
      {
        clock: host.clock,
        post: (message) => this.#execution.post(message),
        fail: (error) => this.fail(error),
        end: () => {
          this.#stopAsked = true;
          this.#apply('suspended');
        },
        onComplete: (info) => this.#tell(() => observer.onCheckpoint?.(info)),
        onKept: (oldest) => this.#output.settle(oldest),
        warn: (message, fields) => host.warn(message, fields),
      },
    );
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
    return this.#output.rowsOf(name).kept;
  }

  /**
   * Rows of the `collect` sink of this name as they come; the job runs no further ahead than a few batches. Ends with the
   * job, throws its failure. Rows of a `table` come when the job ended: before, they may still change.
   */
  rows(name: string = 'default'): AsyncGenerator<unknown, void, undefined> {
    return this.#output.rowsOf(name).iterate();
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

  /**
   * Takes a checkpoint now, in the folder of the job's checkpoints.
   *
   * @throws ERR_CHECKPOINT_REFUSED there is no such folder, or the job does not run
   * @throws ERR_CHECKPOINT_FAILED it was aborted
   */
  checkpoint(): Promise<CheckpointInfo> {
    return this.#checkpoints.request('checkpoint', undefined);
  }

  /**
   * Takes a savepoint: a checkpoint that the engine never removes, in a folder of its own below `parent`. The job goes on.
   *
   * @returns where it is; `submit` with `restore: { from: folder }` begins there
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED as {@link checkpoint}
   */
  savepoint(parent: string): Promise<CheckpointInfo> {
    return this.#checkpoints.request('savepoint', resolve(parent));
  }

  /**
   * Takes a savepoint behind which nothing is processed, then ends the job: whoever begins there goes on as if it had never
   * ended. Windows stay open and timers set.
   *
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED the job goes on
   */
  async stopWithSavepoint(parent: string): Promise<CheckpointInfo> {
    const info = await this.#checkpoints.request('suspend', resolve(parent));
    await this.done.catch(() => undefined);
    return info;
  }

  /** Looks for what to begin with, then deploys; called once by the engine. @throws ERR_CHECKPOINT_… */
  async begin(restore: RestoreOptions | undefined): Promise<void> {
    try {
      const point = await this.#checkpoints.open(restore);
      this.#attempt = this.#newExecution(point);
    } catch (error) {
      this.fail(toEngineError(error));
      throw error;
    }
    this.#deploy();
  }

  #deploy(): void {
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
      case 'acknowledged':
      case 'declined':
        this.#checkpoints.receive(message);
        return;
      case 'finished':
        this.#checkpoints.receive(message);
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
        this.#output.take(worker, message);
    }
  }

  /** A worker that hosted part of the job is gone. */
  workerExited(worker: WorkerId, error: EngineError): void {
    if (!this.#execution.holding.has(worker)) return;
    this.fail(error.at(this.#execution.placeOn(worker)));
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
    if (next === 'running') {
      this.#execution.tell('start');
      this.#checkpoints.start();
    }
    if (next === 'stopping') this.#execution.tell('drain');
    else if (next === 'restarting') {
      this.#halted = this.#checkpoints.halt('the job is started again');
      this.#execution.tell('cancel');
    } else if (isReleasing(next)) this.#release();
    else if (isFinal(next)) this.#end();
    return true;
  }

  get #execution(): Execution {
    return (this.#attempt ??= this.#newExecution(undefined));
  }

  #newExecution(restore: RestorePoint | undefined): Execution {
    const request = { ...this.#request, restore, runId: this.#runId };
    return new Execution(this.#host.attempt(), request, this.#clock.nowMs());
  }

  /** Deploys again, when the delay is over and no worker holds anything of the last attempt. */
  #restartAfter(delayMs: number): void {
    const delay = new Promise<void>((resolve) => {
      this.#restartTimer = setTimeout(resolve, delayMs);
    });
    const last = this.#execution;
    const again = async (): Promise<void> => {
      await Promise.all([delay, last.gone, this.#halted]);
      let point: RestorePoint | undefined;
      try {
        point = await this.#checkpoints.again();
        await this.#host.ready();
      } catch (error) {
        if (this.#state === 'restarting') this.#failed(toEngineError(error), undefined);
        return;
      }
      if (this.#state !== 'restarting') return;
      this.#host.forget(last.id);
      this.#output.restart(this.#checkpoints.ownNumber(point));
      this.#attempt = this.#newExecution(point);
      this.#deploy();
    };
    void again();
  }

  #release(): void {
    clearTimeout(this.#restartTimer);
    this.#halted = this.#endCheckpoints();
    this.#execution.tell('cancel');
    if (this.#execution.holding.size === 0) this.#letGo();
  }

  /** No worker holds anything any more. */
  #letGo(): void {
    if (this.#request.checkpointFolder === undefined) this.#apply('released');
    else void this.#halted.then(() => this.#apply('released'));
  }

  async #endCheckpoints(): Promise<void> {
    const finished = this.#state === 'finishing';
    await this.#checkpoints.halt('the job ends');
    if (finished && !this.#stopAsked) await this.#checkpoints.drop();
  }

  #released(worker: WorkerId): void {
    if (this.#execution.released(worker) && isReleasing(this.#state)) this.#letGo();
  }

  #end(): void {
    this.#host.forget(this.#execution.id);
    const failure = this.#endedBy();
    this.#output.end(failure);
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
}
