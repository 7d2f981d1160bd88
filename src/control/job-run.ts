/** One submitted job as those who embed the engine hold it: what `engine.submit` returns. Main thread. */

import { resolve } from 'node:path';
import type { EngineError, WorkerId } from '../base/index.ts';
import type { JobMetrics, LatencySummary } from '../metrics/index.ts';
import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import type { CheckpointInfo, RestoreOptions } from './checkpoint-types.ts';
import { JobLife } from './job-life.ts';
import type { JobAttempt, JobFailure, JobObserver, JobResult } from './job-observer.ts';
import type { JobState } from './job-states.ts';
import type { RunHost, RunRequest } from './run-request.ts';
import type { WorkerHost } from './worker-host.ts';

/** A job that was submitted. Main thread. */
export class JobRun {
  /** Number of the job within its engine. */
  readonly id: number;
  readonly name: string;
  /** What the user should know of the plan and the configuration. */
  readonly warnings: readonly PlanWarning[];
  /** Settles when the job is final: resolves when it finished or was canceled, rejects with the failure. */
  readonly done: Promise<JobResult>;
  readonly #life: JobLife;

  constructor(
    id: number,
    request: RunRequest,
    observer: JobObserver,
    host: RunHost,
    submittedMs: number,
  ) {
    this.id = id;
    this.name = request.plan.job;
    this.warnings = request.warnings;
    this.#life = new JobLife(request, observer, host, submittedMs);
    this.done = this.#life.done;
  }

  get state(): JobState {
    return this.#life.state;
  }

  /** What runs now; another one after a rescale. */
  get plan(): PhysicalPlan {
    return this.#life.plan;
  }

  /** Where it runs now; another one after a rescale or a move. */
  get placement(): Placement {
    return this.#life.placement;
  }

  /** All that counts as taken: while subtasks change, what they have and what they are to have. */
  get placements(): readonly Placement[] {
    return this.#life.placements;
  }

  /** How often it was deployed and why, oldest first. */
  get attempts(): readonly JobAttempt[] {
    return this.#life.attempts;
  }

  /** What failed so far and how the job went on, oldest first. */
  get failures(): readonly JobFailure[] {
    return this.#life.history.all;
  }

  /**
   * What the workers counted up to now. Rates are those since `previous`, an earlier reading of this run, or else since the
   * start.
   */
  metrics(previous?: JobMetrics): JobMetrics {
    return this.#life.metrics(previous);
  }

  /**
   * Age of latency markers at the sinks, from source to sink through all queues, without user code; over the whole run so
   * far. Its `count` is 0 for a job shorter than a few markers.
   */
  latency(): Promise<LatencySummary> {
    return this.#life.latency();
  }

  /**
   * Rows that the `collect` sink of this name kept so far, or rows of the `table` of this name as it is now; all of them once
   * `done` settled.
   */
  collected(name: string = 'default'): readonly unknown[] {
    return this.#life.output.rowsOf(name).kept;
  }

  /**
   * Rows of the `collect` sink of this name as they come; the job runs no further ahead than a few batches. Ends with the
   * job, throws its failure. Rows of a `table` come when the job ended: before, they may still change.
   */
  rows(name: string = 'default'): AsyncGenerator<unknown, void, undefined> {
    return this.#life.output.rowsOf(name).iterate();
  }

  /** Ends the job now; what is in flight is dropped. Settles when no worker holds anything of it. */
  async cancel(): Promise<void> {
    this.#life.cancel();
    await this.done.catch(() => undefined);
  }

  /** As {@link cancel}, and `done` rejects with `reason`. */
  abort(reason: unknown): void {
    this.#life.abort(reason);
  }

  /** Graceful stop: sources end, everything read is processed, sinks are closed properly. Settles when it is final. */
  async stop(): Promise<void> {
    this.#life.stop();
    await this.done.catch(() => undefined);
  }

  /**
   * Takes a checkpoint now, in the folder of the job's checkpoints.
   *
   * @throws ERR_CHECKPOINT_REFUSED there is no such folder, or the job does not run
   * @throws ERR_CHECKPOINT_FAILED it was aborted
   */
  checkpoint(): Promise<CheckpointInfo> {
    return this.#life.checkpoints.request('checkpoint', undefined);
  }

  /**
   * Takes a savepoint: a checkpoint that the engine never removes, in a folder of its own below `parent`. The job goes on.
   *
   * @returns where it is; `submit` with `restore: { from: folder }` begins there
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED as {@link checkpoint}
   */
  savepoint(parent: string): Promise<CheckpointInfo> {
    return this.#life.checkpoints.request('savepoint', resolve(parent));
  }

  /**
   * Takes a savepoint behind which nothing is processed, then ends the job: whoever begins there goes on as if it had never
   * ended. Windows stay open and timers set; with `drain` event time ends before the savepoint, so that all windows and timers
   * fire and all results are in the sinks.
   *
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED the job goes on; after a drain that failed it is restored first
   */
  async stopWithSavepoint(
    parent: string,
    { drain = false }: { readonly drain?: boolean } = {},
  ): Promise<CheckpointInfo> {
    const kind = drain ? 'drain' : 'suspend';
    const info = await this.#life.checkpoints.request(kind, resolve(parent));
    await this.done.catch(() => undefined);
    return info;
  }

  /**
   * Gives the job other numbers of subtasks while it runs, exactly once: behind a barrier its state is written, dealt out to the
   * new subtasks, and they go on from there. A number is for all operators that have none of their own by `setParallelism`, the
   * configuration or an earlier call; an object names operators, by name or uid, whatever they have. It holds until the job ends, also after
   * failures. Settles when the new subtasks run.
   *
   * @throws ERR_PLAN_SETTING more than `maxParallelism`; ERR_PLAN_OPERATOR; ERR_PLACEMENT_SHORT: nothing was stopped
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED the state could not be written; the job goes on
   * @throws ERR_CONTROL_RESCALE it does not run, or a source cannot go on elsewhere, or the new subtasks did not start: then the
   *   job goes on with as many as before
   * @example
   * await run.rescale(4);
   * await run.rescale({ parse: 2, 'sums-uid': 8 });
   */
  rescale(to: number | Readonly<Record<string, number>>): Promise<void> {
    return this.#life.rescale(to);
  }

  /**
   * Moves subtasks to another worker while they run, exactly once, as {@link rescale} does: all subtasks stop at the barrier
   * and read their state back, the others where they were. A rescale places all anew. Settles when they run.
   *
   * @param chain name of a chain, or name or uid of one of its operators
   * @param worker from 0
   * @param subtask which one of the chain, from 0; left out: all
   * @throws ERR_PLACEMENT_SHORT the worker has no room; ERR_CONTROL_MOVE there is none such: nothing was stopped
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED, ERR_CONTROL_RESCALE as {@link rescale}
   * @example
   * await run.move('sums', 1, 0);
   */
  move(chain: string, worker: number, subtask?: number): Promise<void> {
    return this.#life.move({ chain, worker, subtask });
  }

  /** Looks for what to begin with, then deploys; called once by the engine. @throws ERR_CHECKPOINT_… */
  begin(restore: RestoreOptions | undefined): Promise<void> {
    return this.#life.begin(restore);
  }

  /** A worker said something about this job; called by the engine. */
  receive(worker: WorkerHost, message: FromWorker): void {
    this.#life.receive(worker, message);
  }

  /** A worker that hosted part of the job is gone; called by the engine. */
  workerExited(worker: WorkerId, error: EngineError): void {
    this.#life.workerExited(worker, error);
  }

  /** All threads are gone: nothing is left to wait for; called by the engine. */
  abandon(): void {
    this.#life.abandon();
  }
}
