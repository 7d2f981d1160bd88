/** One attempt to run a job: from its deployment until no worker holds anything of it. Main thread. */

import type { ErrorPlace, SubtaskId, WorkerId } from '../base/index.ts';
import type { Manifest } from '../checkpoint/index.ts';
import type { JobMetrics } from '../metrics/index.ts';
import { Deployment } from './deployment.ts';
import type { DeploymentRequest } from './deployment.ts';
import type { CheckpointMail } from './checkpoint-types.ts';

/** What a job is run with, again and again. */
export type ExecutionRequest = Omit<DeploymentRequest, 'job' | 'startedAtMs'>;

/** Which workers are ready, which subtasks are through, who still holds something. */
export class Execution {
  /** What messages between main thread and workers carry as `job`; a later attempt has another one. */
  readonly id: number;
  readonly #deployment: Deployment;
  readonly #request: ExecutionRequest;
  readonly #undeployed: Set<WorkerId> = new Set();
  readonly #holding: Set<WorkerId> = new Set();
  readonly #finished: Set<SubtaskId> = new Set();
  readonly #gone: PromiseWithResolvers<void> = Promise.withResolvers();

  /** @param nowMs wall clock */
  constructor(id: number, request: ExecutionRequest, nowMs: number) {
    this.id = id;
    this.#request = request;
    this.#deployment = new Deployment({ ...request, job: id, startedAtMs: nowMs });
    for (const host of this.#deployment.hosts) {
      this.#undeployed.add(host.id);
      this.#holding.add(host.id);
    }
  }

  /** The checkpoint that it began with; undefined: it began anew. */
  get origin(): Manifest | undefined {
    return this.#request.restore?.manifest;
  }

  /** Workers that still hold something of it. */
  get holding(): ReadonlySet<WorkerId> {
    return this.#holding;
  }

  /** Settles when none does. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Posts to every worker its slice. */
  deploy(): void {
    this.#deployment.deploy();
  }

  /** Posts to every worker that hosts it. */
  post(message: CheckpointMail): void {
    this.#deployment.post({ ...message, job: this.id });
  }

  /** Tells every worker that hosts it. */
  tell(kind: 'start' | 'drain' | 'cancel' | 'latency'): void {
    this.#deployment.post({ kind, job: this.id });
  }

  /** A worker is ready; true when all are. */
  deployed(worker: WorkerId): boolean {
    this.#undeployed.delete(worker);
    return this.#undeployed.size === 0;
  }

  /** A subtask finished; true when all have. */
  finished(subtask: SubtaskId): boolean {
    this.#finished.add(subtask);
    return this.#finished.size === this.#request.plan.subtasks.length;
  }

  /** A worker holds nothing of it any more, or is gone; true when that holds for all. */
  released(worker: WorkerId): boolean {
    this.#holding.delete(worker);
    if (this.#holding.size > 0) return false;
    this.#gone.resolve();
    return true;
  }

  /** @see Deployment.metrics */
  metrics(nowMs: number, previous: JobMetrics | undefined): JobMetrics {
    return this.#deployment.metrics(nowMs, previous);
  }

  /** The operators that a worker runs, for the error when it is lost. */
  placeOn(worker: WorkerId): ErrorPlace {
    const { plan, placement } = this.#request;
    const chains = new Set(
      placement.subtasks
        .filter((placed) => placed.worker === worker)
        .map((placed) => plan.chains[plan.subtasks[placed.subtask]!.chain]!.name),
    );
    return { operator: [...chains].join(', ') };
  }
}
