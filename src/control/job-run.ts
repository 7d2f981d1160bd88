/**
 * One submitted job on the main thread: drives the state table, deploys to workers, and is the one place where a failure
 * is decided. What `engine.submit` returns.
 */

import { assert, EngineError, toEngineError } from '../base/index.ts';
import type { Clock, ErrorPlace, WorkerId } from '../base/index.ts';
import { parseDriverChannel } from '../connectors/index.ts';
import type { Change } from '../connectors/index.ts';
import { mergeLatency } from '../metrics/index.ts';
import type { JobMetrics, LatencySummary } from '../metrics/index.ts';
import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import { Deployment } from './deployment.ts';
import type { DeploymentRequest } from './deployment.ts';
import { CollectedRows } from './driver-rows.ts';
import { isFinal, isReleasing, nextState } from './job-states.ts';
import type { JobEvent, JobState } from './job-states.ts';
import type { WorkerHost } from './worker-host.ts';

/** How a job ended without failing. */
export interface JobResult {
  readonly job: string;
  /** `canceled` after `cancel()`; `finished` otherwise, also after a graceful stop. */
  readonly state: 'finished' | 'canceled';
  /** Milliseconds from submission to the end. */
  readonly durationMs: number;
  /** Milliseconds from submission until rows could flow. */
  readonly startMs: number;
  readonly metrics: JobMetrics;
}

/** One line of a `print` sink. */
export interface PrintedLine {
  readonly operator: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What a run reports while it lives. */
export interface JobObserver {
  onState?(state: JobState): void;
  /** Default: the line is written to the named stream. */
  onPrint?(line: PrintedLine): void;
}

/** What is to be run. */
type RunRequest = Omit<DeploymentRequest, 'job' | 'startedAtMs'> & {
  readonly warnings: readonly PlanWarning[];
};

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
  readonly #deployment: Deployment;
  readonly #clock: Clock;
  readonly #observer: JobObserver;
  readonly #submittedMs: number;
  readonly #collected = new Map<string, CollectedRows>();
  readonly #finishedSubtasks = new Set<number>();
  readonly #settle: { resolve(result: JobResult): void; reject(reason: unknown): void };
  /** Encoded histogram of each worker, the newest. */
  readonly #latency = new Map<WorkerId, string>();
  readonly #latencyAsked: { readonly waiting: Set<WorkerId>; readonly resolve: () => void }[] = [];
  #state: JobState = 'created';
  #startMs = 0;
  #abortReason: { readonly reason: unknown } | undefined = undefined;
  #failure: Error | undefined = undefined;
  readonly #waitingForDeployed: Set<WorkerId> = new Set();
  readonly #waitingForRelease: Set<WorkerId> = new Set();

  constructor(
    id: number,
    { warnings, ...request }: RunRequest,
    observer: JobObserver,
    clock: Clock,
    submittedMs: number,
  ) {
    this.id = id;
    this.name = request.plan.job;
    this.plan = request.plan;
    this.warnings = warnings;
    this.placement = request.placement;
    this.#clock = clock;
    this.#observer = observer;
    this.#submittedMs = submittedMs;
    this.#deployment = new Deployment({ ...request, job: id, startedAtMs: clock.nowMs() });
    for (const host of this.#deployment.hosts) {
      this.#waitingForDeployed.add(host.id);
      this.#waitingForRelease.add(host.id);
    }
    const { promise, resolve, reject } = Promise.withResolvers<JobResult>();
    this.done = promise;
    this.#settle = { resolve, reject };
    // A failure that nobody awaits must not end the process that embeds the engine.
    promise.catch(() => undefined);
  }

  get state(): JobState {
    return this.#state;
  }

  /**
   * What the workers counted up to now. Rates are those since `previous`, an earlier reading of this run, or else since the
   * start.
   */
  metrics(previous?: JobMetrics): JobMetrics {
    return this.#deployment.metrics(this.#clock.nowMs(), previous);
  }

  /**
   * Age of latency markers at the sinks, from source to sink through all queues, without user code; over the whole run so
   * far. Its `count` is 0 for a job shorter than a few markers.
   */
  async latency(): Promise<LatencySummary> {
    if (!isFinal(this.#state) && !isReleasing(this.#state)) {
      const asked = new Promise<void>((resolve) => {
        this.#latencyAsked.push({ waiting: new Set(this.#waitingForRelease), resolve });
      });
      this.#deployment.post({ kind: 'latency', job: this.id });
      await asked;
    }
    return mergeLatency([...this.#latency.values()]);
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
    this.#apply('stop');
    await this.done.catch(() => undefined);
  }

  /** Starts the deployment; called once by the engine. */
  deploy(): void {
    if (!this.#apply('deploy')) return;
    try {
      this.#deployment.deploy();
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
        this.#waitingForDeployed.delete(worker.id);
        if (this.#waitingForDeployed.size === 0 && this.#apply('started')) {
          this.#startMs = this.#clock.monotonicMs() - this.#submittedMs;
        }
        return;
      case 'finished':
        this.#finishedSubtasks.add(message.subtask);
        if (this.#finishedSubtasks.size === this.plan.subtasks.length) this.#apply('allFinished');
        return;
      case 'failed':
        this.fail(EngineError.fromPlain(message.error));
        return;
      case 'latency':
        this.#takeLatency(worker.id, message.latency);
        return;
      case 'released':
        this.#takeLatency(worker.id, message.latency);
        this.#released(worker.id);
        return;
      case 'driver':
        this.#takeBatch(worker, message);
    }
  }

  /** A worker that hosted part of the job is gone. */
  workerExited(worker: WorkerId, error: EngineError): void {
    if (!this.#waitingForRelease.has(worker)) return;
    this.fail(error.at(this.#placeOn(worker)));
    this.#takeLatency(worker, undefined);
    this.#released(worker);
  }

  /** All threads are gone: nothing is left to wait for. */
  abandon(): void {
    this.#apply('cancel');
    for (const worker of this.#waitingForRelease) this.#released(worker);
  }

  /** The first failure decides; later ones are consequences. */
  fail(error: Error): void {
    if (this.#failure === undefined && !isReleasing(this.#state) && !isFinal(this.#state))
      this.#failure = error;
    this.#apply('failure');
  }

  #apply(event: JobEvent): boolean {
    const next = nextState(this.#state, event);
    if (next === undefined) return false;
    this.#state = next;
    this.#tell(() => this.#observer.onState?.(next));
    if (next === 'running') this.#deployment.post({ kind: 'start', job: this.id });
    else if (next === 'stopping') this.#deployment.post({ kind: 'drain', job: this.id });
    else if (isReleasing(next)) this.#release();
    else if (isFinal(next)) this.#end();
    return true;
  }

  #release(): void {
    this.#deployment.post({ kind: 'cancel', job: this.id });
    if (this.#waitingForRelease.size === 0) this.#apply('released');
  }

  /** A worker's histogram so far; requests that waited for it go on. */
  #takeLatency(worker: WorkerId, encoded: string | undefined): void {
    if (encoded !== undefined) this.#latency.set(worker, encoded);
    for (const request of this.#latencyAsked) {
      request.waiting.delete(worker);
      if (request.waiting.size === 0) request.resolve();
    }
  }

  #released(worker: WorkerId): void {
    this.#waitingForRelease.delete(worker);
    if (this.#waitingForRelease.size === 0) this.#apply('released');
  }

  #end(): void {
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
    });
  }

  /** Why `done` is rejected; undefined while it is not, and when it is not to be. */
  #endedBy(): { readonly reason: unknown } | undefined {
    if (this.#state === 'failed') return { reason: this.#failure };
    return this.#state === 'canceled' ? this.#abortReason : undefined;
  }

  #takeBatch(worker: WorkerHost, message: FromWorker & { kind: 'driver' }): void {
    const acknowledge = (): void =>
      worker.post({ kind: 'ack', job: this.id, batch: message.batch });
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
