/** The part of one job that one worker hosts: its subtasks, from deployment to release. Owner: the worker. */

import { toEngineError } from '../base/index.ts';
import type { Clock, SubtaskId } from '../base/index.ts';
import type { Disk } from '../checkpoint/index.ts';
import type { Doorbell } from '../exchange/index.ts';
import { buildGraph, checkSameGraph } from '../graph/index.ts';
import type { Job } from '../graph/index.ts';
import { createSubtask } from './create-subtask.ts';
import type { SubtaskHost } from './create-subtask.ts';
import { LatencyTrack } from './latency-markers.ts';
import type { CheckpointMessage, DeployMessage, FromWorker } from './protocol.ts';
import { SliceCheckpoints } from './slice-checkpoints.ts';
import type { Subtask } from './subtask.ts';

/** What a slice needs from its worker. */
export interface SliceHost {
  readonly worker: number;
  readonly clock: Clock;
  /** Where checkpoints lie. */
  readonly disk: Disk;
  readonly bells: readonly Doorbell[];
  /** The job that a module exports. */
  loadJob(moduleUrl: string): Promise<Job>;
  post(message: FromWorker): void;
  /** Keeps the event loop turning until the promise settles. */
  track(promise: Promise<unknown>): void;
}

/** One job's subtasks on one worker. */
export class JobSlice {
  readonly job: number;
  readonly subtasks: Subtask[] = [];
  readonly #deploy: DeployMessage;
  readonly #host: SliceHost;
  readonly #acks = new Map<number, () => void>();
  readonly #latency: LatencyTrack;
  readonly #checkpoints: SliceCheckpoints;
  readonly #committing = new Set<Promise<unknown>>();
  #nextBatch = 0;
  #running = false;
  #released = false;

  constructor(deploy: DeployMessage, host: SliceHost) {
    this.job = deploy.job;
    this.#deploy = deploy;
    this.#host = host;
    this.#latency = new LatencyTrack((promise) => host.track(promise));
    this.#checkpoints = new SliceCheckpoints(deploy, host);
  }

  /** Whether its subtasks may step. */
  get running(): boolean {
    return this.#running;
  }

  get released(): boolean {
    return this.#released;
  }

  /** Imports the job module, rebuilds the graph, instantiates and opens the subtasks, and says `deployed`. */
  async deploy(): Promise<void> {
    const { moduleUrl, parameters, plan } = this.#deploy;
    try {
      const graph = buildGraph(await this.#host.loadJob(moduleUrl), parameters);
      checkSameGraph(
        graph,
        plan.graphFingerprint,
        plan.chains.flatMap((chain) => chain.operators),
      );
      if (this.#released) return;
      for (const id of this.#deploy.subtasks) {
        this.subtasks.push(createSubtask(graph, this.#deploy, id, this.#subtaskHost(id)));
      }
      await Promise.all(this.subtasks.map((subtask) => this.#open(subtask)));
      if (this.#released || this.subtasks.some(({ state }) => state === 'failed')) return;
      this.#host.post({ kind: 'deployed', job: this.job, worker: this.#host.worker });
    } catch (error) {
      this.#host.post({
        kind: 'failed',
        job: this.job,
        subtask: undefined,
        error: toEngineError(error).toPlain(),
      });
    }
  }

  start(): void {
    this.#running = true;
  }

  /** A checkpoint begins. */
  checkpoint(message: CheckpointMessage): void {
    this.#checkpoints.begin(message);
    const { checkpoint, triggeredAtMs, options } = message;
    for (const subtask of this.subtasks) {
      const { id } = subtask.chain.subtask;
      // One that has seen the barrier, since its producers had not finished yet, sends it once.
      if (!message.subtasks.includes(id) || this.#checkpoints.lastOf(id) >= checkpoint) continue;
      subtask.trigger({ checkpoint, triggeredAtMs, options });
    }
  }

  /** A checkpoint has an outcome. */
  checkpointEnded(checkpoint: number, complete: boolean): void {
    this.#checkpoints.end(checkpoint, complete);
    for (const subtask of this.subtasks) {
      const settled = subtask.checkpointEnded(checkpoint, complete);
      if (settled === undefined) continue;
      this.#committing.add(settled);
      this.#host.track(settled.finally(() => this.#committing.delete(settled)));
    }
  }

  /** Graceful stop: the sources end. */
  drain(): void {
    for (const subtask of this.subtasks) subtask.drain();
  }

  /** Stops everything, waits for it to close, and says `released`. */
  async cancel(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#running = false;
    for (const resolve of this.#acks.values()) resolve();
    this.#acks.clear();
    // A commit that was begun is carried to its end.
    await Promise.all(this.#committing);
    await Promise.all(this.subtasks.map((subtask) => subtask.cancel()));
    for (const subtask of this.subtasks) subtask.publish();
    await this.#checkpoints.idle();
    this.#host.post({
      kind: 'released',
      job: this.job,
      worker: this.#host.worker,
      latency: this.#latency.encode(),
    });
  }

  /** Answers a request for the latency so far. */
  reportLatency(): void {
    this.#host.post({
      kind: 'latency',
      job: this.job,
      worker: this.#host.worker,
      latency: this.#latency.encode(),
    });
  }

  /** The driver took a batch. */
  acknowledge(batch: number): void {
    this.#acks.get(batch)?.();
    this.#acks.delete(batch);
  }

  async #open(subtask: Subtask): Promise<void> {
    const restore = await this.#checkpoints.restoreOf(subtask.chain.subtask.id);
    if (this.#released) return;
    if (restore !== undefined) subtask.restore(restore);
    await subtask.open();
  }

  #subtaskHost(id: SubtaskId): SubtaskHost {
    const { clock, bells } = this.#host;
    return {
      clock,
      bells,
      latency: this.#latency,
      track: (promise) => this.#host.track(promise),
      toDriver: (operator, channel, rows) => this.#toDriver(operator, channel, rows),
      onFinished: () => {
        const lastCheckpoint = this.#checkpoints.lastOf(id);
        const ended = this.subtasks.find(({ chain }) => chain.subtask.id === id);
        const splits = ended?.lastSnapshot?.splits;
        this.#host.post({ kind: 'finished', job: this.job, subtask: id, lastCheckpoint, splits });
      },
      onSnapshot: (subtask, barrier, snapshot, passed) => {
        this.#checkpoints.onSnapshot(subtask, barrier, snapshot, passed);
      },
      onBadRow: (error) => {
        this.#host.post({ kind: 'badRow', job: this.job, subtask: id, error: error.toPlain() });
      },
      onFailure: (error) => {
        this.#host.post({ kind: 'failed', job: this.job, subtask: id, error: error.toPlain() });
      },
    };
  }

  #toDriver(operator: string, channel: string, rows: readonly unknown[]): Promise<void> {
    if (this.#released) return Promise.resolve();
    const batch = this.#nextBatch++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#acks.set(batch, resolve);
    this.#host.post({
      kind: 'driver',
      job: this.job,
      worker: this.#host.worker,
      operator,
      channel,
      batch,
      rows,
    });
    return promise;
  }
}
