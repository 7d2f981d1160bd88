/**
 * The life of one submitted job on the main thread: drives the state table, deploys to workers, and is the one place where a
 * failure is decided.
 */

import { EngineError, toEngineError } from '../base/index.ts';
import type { Clock, WorkerId } from '../base/index.ts';
import type { JobMetrics, LatencySummary } from '../metrics/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import { DriverOutput } from './driver-output.ts';
import { Execution } from './execution.ts';
import { FailureHistory } from './failure-history.ts';
import { JobCheckpoints } from './job-checkpoints.ts';
import type { RestoreOptions, RestorePoint } from './checkpoint-types.ts';
import { tell } from './job-observer.ts';
import type { JobAttempt, JobObserver, JobResult } from './job-observer.ts';
import { isFinal, isReleasing, nextState } from './job-states.ts';
import type { JobEvent, JobState } from './job-states.ts';
import { LatencyAnswers } from './latency-answers.ts';
import { Relocation, rescaleError, sameLayout, withSizes } from './relocation.ts';
import { Restarts } from './restart-strategy.ts';
import { RunOutcome } from './run-outcome.ts';
import type { Layout, Move, RunHost, RunRequest, Sizes } from './run-request.ts';
import type { WorkerHost } from './worker-host.ts';

/** See the file header. */
export class JobLife {
  readonly #request: RunRequest;
  readonly #host: RunHost;
  readonly #clock: Clock;
  readonly #restarts: Restarts;
  readonly history: FailureHistory = new FailureHistory();
  /** Deployments so far, oldest first. */
  readonly attempts: JobAttempt[] = [];
  readonly #observer: JobObserver;
  readonly output: DriverOutput;
  readonly #outcome: RunOutcome;
  readonly #latency: LatencyAnswers = new LatencyAnswers();
  #state: JobState = 'created';
  readonly checkpoints: JobCheckpoints;
  /** What runs, or is being deployed. */
  readonly #layout: { now: Layout };
  #sizes: Sizes = { parallelism: undefined, operators: {} };
  /** A rescale or move that is under way. */
  #relocation: Relocation | undefined = undefined;
  /** Which attempt a reading is of. */
  readonly #measured: WeakMap<JobMetrics, Execution> = new WeakMap();
  #attempt: Execution | undefined = undefined;
  /** Settles when no checkpoint is under way, once the job is to end or to be started again. */
  #halted: Promise<void> = Promise.resolve();
  /** A graceful stop was asked for, which a restart must not forget. */
  #stopAsked = false;
  #stopRestartTimer: () => void = () => undefined;

  constructor(request: RunRequest, observer: JobObserver, host: RunHost, submittedMs: number) {
    this.#layout = { now: request };
    this.#request = request;
    this.#host = host;
    this.#clock = host.clock;
    this.#restarts = new Restarts(request.restart, () => host.random());
    this.#observer = observer;
    this.#outcome = new RunOutcome(host.clock, submittedMs);
    this.output = new DriverOutput(
      observer.onPrint && ((line) => tell(() => observer.onPrint!(line))),
    );
    this.checkpoints = new JobCheckpoints(
      request.plan,
      request.checkpoints,
      request.checkpointFolder,
      {
        clock: host.clock,
        timers: host.timers,
        disk: host.disk,
        runId: host.runId,
        post: (message) => this.#execution.post(message),
        fail: (error) => this.fail(error),
        end: (drained) => {
          this.#stopAsked = true;
          this.#apply(drained ? 'stop' : 'suspended');
        },
        handedOver: () => this.#handedOver(),
        onComplete: (info) => tell(() => observer.onCheckpoint?.(info)),
        onKept: (oldest) => this.output.settle(oldest),
        warn: (message, fields) => host.warn(message, fields),
      },
    );
  }

  get state(): JobState {
    return this.#state;
  }

  /** As `done` of the run. */
  get done(): Promise<JobResult> {
    return this.#outcome.done;
  }

  get plan(): PhysicalPlan {
    return this.#layout.now.plan;
  }

  get placement(): Placement {
    return this.#layout.now.placement;
  }

  /** While subtasks change, what they have and what they are to have. */
  get placements(): readonly Placement[] {
    const { next, before } = this.#relocation ?? {
      next: this.#layout.now,
      before: this.#layout.now,
    };
    return next === before ? [before.placement] : [before.placement, next.placement];
  }

  /** @param previous a reading of subtasks that run no more counts for nothing */
  metrics(previous?: JobMetrics): JobMetrics {
    const comparable = previous !== undefined && this.#measured.get(previous) === this.#execution;
    const metrics = this.#execution.metrics(this.#clock.nowMs(), comparable ? previous : undefined);
    this.#measured.set(metrics, this.#execution);
    return metrics;
  }

  async latency(): Promise<LatencySummary> {
    if (!isFinal(this.#state) && !isReleasing(this.#state)) {
      const answers = this.#latency.ask(this.#execution.holding);
      this.#execution.tell('latency');
      await answers;
    }
    return this.#latency.summary();
  }

  cancel(): void {
    this.#apply('cancel');
  }

  abort(reason: unknown): void {
    this.#outcome.abortReason = { reason };
    this.#apply('cancel');
  }

  stop(): void {
    this.#stopAsked = true;
    // One that is being deployed again is stopped as soon as it runs.
    if (this.#state !== 'deploying' || this.attempts.length === 1) this.#apply('stop');
  }

  async rescale(to: number | Readonly<Record<string, number>>): Promise<void> {
    this.#checkStill('rescaled');
    const sizes = withSizes(this.#sizes, to);
    const next = this.#host.layouts.resized(sizes, this.#layout.now);
    await this.#relocate(new Relocation(this.plan.job, 'rescaled', this.#layout.now, next, sizes));
  }

  async move(move: Move): Promise<void> {
    this.#checkStill('moved');
    const next = this.#host.layouts.moved(move, this.#layout.now);
    await this.#relocate(new Relocation(this.plan.job, 'moved', this.#layout.now, next, undefined));
  }

  #checkStill(kind: Relocation['kind']): void {
    if (this.#relocation !== undefined) {
      throw rescaleError(this.plan.job, kind, 'it is being rescaled or moved already');
    }
    if (this.#state !== 'running') throw rescaleError(this.plan.job, kind, `it is ${this.#state}`);
  }

  async #relocate(relocation: Relocation): Promise<void> {
    if (sameLayout(relocation.before, relocation.next)) return;
    this.#relocation = relocation;
    try {
      await this.checkpoints.handOver();
    } catch (error) {
      this.#relocation = undefined;
      throw error;
    }
    await relocation.done;
  }

  #handedOver(): void {
    const relocation = this.#relocation!;
    relocation.handedOver = true;
    this.#layout.now = relocation.next;
    if (this.#apply('handedOver')) this.#restartAfter(0, relocation.kind);
  }

  /** Looks for what to begin with, then deploys; called once by the engine. @throws ERR_CHECKPOINT_… */
  async begin(restore: RestoreOptions | undefined): Promise<void> {
    try {
      const point = await this.checkpoints.open(restore);
      this.#attempt = this.#newExecution(point, 'submitted');
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
      case 'badRow':
        return;
      case 'deployed':
        if (!this.#execution.deployed(worker.id) || !this.#apply('started')) return;
        this.#outcome.started();
        this.#relocated();
        if (this.#stopAsked) this.#apply('stop');
        return;
      case 'acknowledged':
      case 'declined':
        this.checkpoints.receive(message);
        return;
      case 'finished':
        this.checkpoints.receive(message);
        if (this.#execution.finished(message.subtask)) this.#apply('allFinished');
        return;
      case 'failed':
        this.fail(EngineError.fromPlain(message.error));
        return;
      case 'latency':
      case 'released':
        this.#latency.take(worker.id, message.latency);
        if (message.kind === 'released') this.#released(worker.id);
        return;
      case 'driver':
        this.output.take(worker, message);
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
    if (this.#state === 'deploying' && this.#relocation?.handedOver === true) {
      this.#undo(error);
      return;
    }
    const restartable = nextState(this.#state, 'restart') !== undefined;
    this.#failed(error, restartable ? this.#restarts.onFailure(this.#clock.nowMs()) : undefined);
  }

  #failed(error: Error, restartDelayMs: number | undefined): void {
    this.#note(error, restartDelayMs);
    if (restartDelayMs === undefined) {
      this.#outcome.failure = error;
      this.#apply('failure');
    } else if (this.#apply('restart')) this.#restartAfter(restartDelayMs, 'restarted');
  }

  #note(error: Error, restartDelayMs: number | undefined): void {
    const nowMs = this.#clock.nowMs();
    const failure = this.history.failed(error, nowMs, restartDelayMs, this.attempts.length);
    tell(() => this.#observer.onFailure?.(failure));
  }

  /** The subtasks of a rescale or move run. */
  #relocated(): void {
    this.#sizes = this.#relocation?.sizes ?? this.#sizes;
    this.#relocation?.succeed();
    this.#relocation = undefined;
  }

  /** They could not be deployed: the job goes on as it was, which the restart strategy does not count. */
  #undo(error: Error): void {
    const relocation = this.#relocation!;
    this.#relocation = undefined;
    this.#layout.now = relocation.before;
    this.#note(error, 0);
    relocation.fail(error);
    if (this.#apply('restart')) this.#restartAfter(0, 'undone');
  }

  #apply(event: JobEvent): boolean {
    const next = nextState(this.#state, event);
    if (next === undefined) return false;
    this.#state = next;
    tell(() => this.#observer.onState?.(next));
    if (next === 'running') {
      this.#execution.tell('start');
      this.checkpoints.start();
      for (const failure of this.history.running(this.#clock.nowMs(), this.#execution.origin)) {
        tell(() => this.#observer.onRecovery?.(failure));
      }
    }
    if (next === 'stopping') this.#execution.tell('drain');
    else if (next === 'restarting') {
      this.#halted = this.checkpoints.halt('the job is started again');
      this.#execution.tell('cancel');
    } else if (isReleasing(next)) this.#release();
    else if (isFinal(next)) this.#end();
    return true;
  }

  get #execution(): Execution {
    return (this.#attempt ??= this.#newExecution(undefined, 'submitted'));
  }

  #newExecution(restore: RestorePoint | undefined, why: JobAttempt['why']): Execution {
    const { plan, placement } = this.#layout.now;
    const request = { ...this.#request, plan, placement, restore, runId: this.checkpoints.runId };
    const operators = plan.chains.flatMap((chain) =>
      chain.operators.map(({ name }) => [name, chain.parallelism] as const),
    );
    this.attempts.push({
      why,
      atMs: this.#clock.nowMs(),
      checkpoint: restore?.manifest.checkpoint,
      parallelism: Object.fromEntries(operators),
    });
    return new Execution(this.#host.attempt(), request, this.#clock.nowMs());
  }

  /** Deploys again, when the delay is over and no worker holds anything of the last attempt. */
  #restartAfter(delayMs: number, why: JobAttempt['why']): void {
    const delay = new Promise<void>((resolve) => {
      this.#stopRestartTimer = this.#host.timers.after(delayMs, resolve);
    });
    const last = this.#execution;
    const again = async (): Promise<void> => {
      await Promise.all([delay, last.gone, this.#halted]);
      let point: RestorePoint | undefined;
      try {
        point = await this.checkpoints.again();
        await this.#host.ready();
      } catch (error) {
        if (this.#state === 'restarting') this.#failed(toEngineError(error), undefined);
        return;
      }
      if (this.#state !== 'restarting') return;
      this.#host.forget(last.id);
      this.output.restart(this.checkpoints.ownNumber(point));
      this.checkpoints.replan(this.plan);
      this.#attempt = this.#newExecution(point, why);
      this.#deploy();
    };
    void again();
  }

  #release(): void {
    this.#stopRestartTimer();
    this.#halted = this.#endCheckpoints();
    this.#execution.tell('cancel');
    if (this.#execution.holding.size === 0) void this.#letGo();
  }

  /** No worker holds anything any more. */
  async #letGo(): Promise<void> {
    if (this.checkpoints.writes) {
      await this.#halted;
      await this.checkpoints.close();
    }
    this.#apply('released');
  }

  async #endCheckpoints(): Promise<void> {
    const finished = this.#state === 'finishing';
    await this.checkpoints.halt('the job ends');
    if (finished && !this.#stopAsked) await this.checkpoints.drop();
  }

  #released(worker: WorkerId): void {
    if (this.#execution.released(worker) && isReleasing(this.#state)) void this.#letGo();
  }

  #end(): void {
    this.#host.forget(this.#execution.id);
    this.#relocation?.fail(`it is ${this.#state}`);
    const failure = this.#outcome.reasonIn(this.#state);
    this.output.end(failure);
    if (failure !== undefined) this.#outcome.reject(failure);
    else this.#outcome.resolve(this.plan.job, this.#state, this.metrics(), this.history.all.length);
  }
}
