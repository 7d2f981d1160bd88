/**
 * A worker of the engine without a thread: the real slices and the real loop, moved a turn or a message at a time. What it says and
 * hears waits in boxes, so that each message takes as long as the simulation likes.
 */

import type { Clock, WorkerId } from '../../../src/base/index.ts';
import type { Disk } from '../../../src/checkpoint/index.ts';
import type { WorkerHost, WorkerStatus } from '../../../src/control/worker-host.ts';
import { createDoorbell, Doorbell } from '../../../src/exchange/index.ts';
import type { Job } from '../../../src/graph/index.ts';
import { JobSlice } from '../../../src/runtime/job-slice.ts';
import type { FromWorker, ToWorker } from '../../../src/runtime/index.ts';
import { WorkerLoop } from '../../../src/runtime/worker-loop.ts';

/** What a thread needs. */
export interface ThreadHost {
  readonly worker: number;
  readonly workers: number;
  readonly clock: Clock;
  /** Disk of this thread. */
  readonly disk: Disk;
  /** The job, with hooks of this thread. */
  readonly job: Job;
}

/** Status words that the loop may write to. */
const STATUS_WORDS = 16;

/** One life of a worker. */
export class WorkerThread {
  readonly #host: ThreadHost;
  readonly #loop: WorkerLoop;
  /** What came and what is to go, oldest first. */
  readonly inbox: ToWorker[] = [];
  readonly outbox: FromWorker[] = [];
  alive = true;
  #bells: readonly Doorbell[] = [];

  constructor(host: ThreadHost) {
    this.#host = host;
    this.#loop = new WorkerLoop(host.clock, new Float64Array(STATUS_WORDS));
    this.#bells = Array.from({ length: host.workers }, () => new Doorbell(createDoorbell()));
  }

  /** One step of all that runs; true when any progressed. */
  turn(): boolean {
    return this.#loop.turn();
  }

  /** Milliseconds until the clock gives it work, at most `maxMs`. */
  waitMs(maxMs: number): number {
    return this.#loop.settle() ? 0 : this.#loop.waitMs(maxMs);
  }

  /** Reads the oldest message. */
  read(): void {
    const message = this.inbox.shift();
    if (message !== undefined) this.#handle(message);
  }

  #handle(message: ToWorker): void {
    const slice = message.kind === 'shutdown' ? undefined : this.#loop.slice(message.job);
    const { worker } = this.#host;
    switch (message.kind) {
      case 'deploy': {
        const made = new JobSlice(message, {
          worker,
          clock: this.#host.clock,
          disk: this.#host.disk,
          bells: this.#bells,
          loadJob: async () => this.#host.job,
          post: (said) => this.#post(said),
          track: (promise) => void promise.catch(() => undefined),
        });
        this.#loop.add(made);
        void made.deploy();
        return;
      }
      case 'start':
        slice?.start();
        this.#loop.refresh();
        return;
      case 'drain':
        slice?.drain();
        return;
      case 'cancel':
        if (slice === undefined) {
          this.#post({ kind: 'released', job: message.job, worker, latency: undefined });
          return;
        }
        void slice.cancel().finally(() => this.#loop.remove(slice));
        this.#loop.refresh();
        return;
      case 'ack':
        slice?.acknowledge(message.batch);
        return;
      case 'checkpoint':
        slice?.checkpoint(message);
        return;
      case 'checkpointComplete':
      case 'checkpointAborted':
        slice?.checkpointEnded(message.checkpoint, message.kind === 'checkpointComplete');
        return;
      case 'latency':
      case 'shutdown':
        return;
    }
  }

  #post(message: FromWorker): void {
    if (this.alive) this.outbox.push(structuredClone(message));
  }
}

/** The worker as the engine sees it: the same for all its lives. */
export class SimulatedWorker implements WorkerHost {
  readonly id: WorkerId;
  readonly #posted: (message: ToWorker) => ToWorker;
  readonly #lives: WorkerThread[] = [];

  /** @param posted sees and may change what is posted */
  constructor(id: WorkerId, thread: WorkerThread, posted: (message: ToWorker) => ToWorker) {
    this.id = id;
    this.#lives.push(thread);
    this.#posted = posted;
  }

  get thread(): WorkerThread {
    return this.#lives.at(-1)!;
  }

  /** Another one takes the place of one that died. */
  begin(thread: WorkerThread): void {
    this.#lives.push(thread);
  }

  async ready(): Promise<void> {}

  post(message: ToWorker): void {
    const seen = this.#posted(message);
    // What lies in shared memory must stay the same memory.
    this.thread.inbox.push(seen.kind === 'deploy' ? seen : structuredClone(seen));
  }

  status(): WorkerStatus {
    throw new TypeError('nobody asks for it here');
  }

  async close(): Promise<void> {}
}
