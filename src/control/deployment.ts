/** Allocates the shared memory of a job and hands each worker its slice. Main thread. */

import type { ChannelId, SubtaskId } from '../base/index.ts';
import type { CheckpointSettings } from '../checkpoint/index.ts';
import { createRing, readRingStatistics } from '../exchange/index.ts';
import type { RingDescriptor } from '../exchange/index.ts';
import { createCounterRegion, readCounters, readMetrics } from '../metrics/index.ts';
import type { ChannelSample, CounterRegion, JobMetrics } from '../metrics/index.ts';
import type { Plain } from '../operators/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Placement } from '../placement/index.ts';
import type { DeployMessage, RuntimeSettings, ToWorker } from '../runtime/index.ts';
import type { WorkerHost } from './worker-host.ts';

/** What is to be deployed. */
export interface DeploymentRequest {
  readonly job: number;
  readonly moduleUrl: string;
  readonly parameters: { readonly [key: string]: Plain };
  readonly plan: PhysicalPlan;
  readonly placement: Placement;
  readonly settings: RuntimeSettings;
  /** Of the submission; all attempts to run it have the same. */
  readonly runId: string;
  /** Folder that workers write state of checkpoints to. */
  readonly checkpointFolder: string | undefined;
  readonly checkpoints: Pick<CheckpointSettings, 'incremental'>;
  /** What the subtasks begin with. */
  readonly restore: DeployMessage['restore'];
  readonly workers: readonly WorkerHost[];
  /** Wall clock of the submission. */
  readonly startedAtMs: number;
}

/** A job's rings and counters, and the workers that host it. */
export class Deployment {
  /** Workers that run at least one subtask. */
  readonly hosts: readonly WorkerHost[];
  readonly #request: DeploymentRequest;
  readonly #counters: CounterRegion;
  readonly #rings = new Map<ChannelId, RingDescriptor>();

  constructor(request: DeploymentRequest) {
    this.#request = request;
    const { plan, placement, workers } = request;
    this.hosts = workers.filter((worker) =>
      placement.subtasks.some((placed) => placed.worker === worker.id),
    );
    this.#counters = createCounterRegion(
      plan.subtasks.length,
      Math.max(...plan.chains.map((chain) => chain.operators.length)),
    );
    for (const channel of plan.channels) {
      this.#rings.set(channel.id, createRing(plan.edges[channel.edge]!.ringBytes));
    }
  }

  /** Posts to every host its slice. */
  deploy(): void {
    const { job, moduleUrl, parameters, plan, placement, settings } = this.#request;
    const { runId, checkpointFolder, checkpoints, restore } = this.#request;
    const workerOf: number[] = [];
    for (const placed of placement.subtasks) workerOf[placed.subtask] = placed.worker;
    for (const host of this.hosts) {
      const quotas = placement.subtasks
        .filter((placed) => placed.worker === host.id)
        .map(({ subtask, stateBytes, cpu }) => ({ subtask, stateBytes, cpu }));
      const mine = new Set<SubtaskId>(quotas.map(({ subtask }) => subtask));
      const rings = plan.channels
        .filter((channel) => mine.has(channel.producer) || mine.has(channel.consumer))
        .map((channel) => ({ channel: channel.id, ring: this.#rings.get(channel.id)! }));
      const message: DeployMessage = {
        kind: 'deploy',
        job,
        moduleUrl,
        parameters,
        plan,
        subtasks: [...mine],
        quotas,
        rings,
        workerOf,
        counters: this.#counters,
        settings,
        runId,
        checkpointFolder,
        incremental: checkpoints.incremental,
        restore,
      };
      host.post(message);
    }
  }

  /** Posts the same to every host. */
  post(message: ToWorker): void {
    for (const host of this.hosts) host.post(message);
  }

  /**
   * What the subtasks published last; rates count from `previous`, an earlier reading, or else from the start.
   *
   * @param nowMs wall clock
   */
  metrics(nowMs: number, previous: JobMetrics | undefined): JobMetrics {
    const { plan, placement, startedAtMs } = this.#request;
    const workers: number[] = [];
    for (const placed of placement.subtasks) workers[placed.subtask] = placed.worker;
    return readMetrics({
      shape: plan,
      raw: readCounters(this.#counters),
      channels: plan.channels.map((channel) => channelSample(this.#rings.get(channel.id)!)),
      workers,
      nowMs,
      startedAtMs,
      previous,
    });
  }
}

function channelSample(ring: RingDescriptor): ChannelSample {
  const statistics = readRingStatistics(ring);
  return {
    records: statistics.rowsRead,
    bytes: statistics.bytesWritten,
    creditBytes: statistics.creditBytes,
    backlogBytes: statistics.backlogBytes,
    noCreditMs: statistics.withoutCreditMs,
  };
}
