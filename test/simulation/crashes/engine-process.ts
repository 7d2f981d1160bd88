/** The engine in one simulated process: the real run of a job on workers without threads. */

import type { EngineError, ManualClock, Prng } from '../../../src/base/index.ts';
import { workerId } from '../../../src/base/index.ts';
import type { CheckpointInfo } from '../../../src/control/index.ts';
import { JobRun } from '../../../src/control/job-run.ts';
import type { RunRequest } from '../../../src/control/run-request.ts';
import { buildGraph } from '../../../src/graph/index.ts';
import type { Job } from '../../../src/graph/index.ts';
import { defaultPlanSettings, makePlan } from '../../../src/plan/index.ts';
import type { Placement } from '../../../src/placement/index.ts';
import type { FromWorker, ToWorker } from '../../../src/runtime/index.ts';
import type { CrashCase } from './case.ts';
import type { ProcessDisk } from './process-disk.ts';
import type { VirtualTimers } from './virtual-timers.ts';
import { SimulatedWorker } from './worker-thread.ts';
import type { WorkerThread } from './worker-thread.ts';

export const CHECKPOINTS = '/checkpoints/crashing';
const STATE_BYTES = 1 << 24;
const RESTART_DELAY_MS = 3;

/** What happens in a process that others want to know. */
export interface ProcessObserver {
  /** A message to a worker; may be changed. */
  onPost(worker: number, message: ToWorker): ToWorker;
  onWarning(message: string, fields: Readonly<Record<string, unknown>>): void;
  onCheckpoint(info: CheckpointInfo): void;
  onFinishing(): void;
}

/** What a process is made of. */
export interface ProcessParts {
  readonly drawn: CrashCase;
  readonly parallelism: number;
  readonly clock: ManualClock;
  readonly timers: VirtualTimers;
  readonly random: Prng;
  readonly runId: string;
  readonly observer: ProcessObserver;
  /** The disk of the main thread. */
  readonly disk: ProcessDisk;
  /** The job for the main thread, which only plans it. */
  readonly job: Job;
  thread(worker: number): WorkerThread;
}

/** One process from its start to its end. */
export class EngineProcess {
  readonly run: JobRun;
  readonly workers: readonly SimulatedWorker[];
  readonly timers: VirtualTimers;
  readonly #parts: ProcessParts;
  readonly #attempts = new Set<number>();
  #nextAttempt = 0;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    const { drawn, parallelism, observer, clock, timers, disk } = parts;
    this.timers = timers;
    this.workers = Array.from({ length: drawn.workers }, (_, worker) => {
      return new SimulatedWorker(workerId(worker), parts.thread(worker), (message) =>
        observer.onPost(worker, message),
      );
    });
    const plan = makePlan(
      buildGraph(parts.job, {}),
      defaultPlanSettings(
        {},
        {
          parallelism,
          maxParallelism: 8,
          chaining: drawn.chaining,
          pruning: drawn.pruning,
          ringBytes: 4096,
        },
      ),
    );
    const placed = plan.subtasks.map(({ id }) => {
      return { subtask: id, worker: id % drawn.workers, stateBytes: STATE_BYTES, cpu: 1000 };
    });
    const request: RunRequest = {
      moduleUrl: 'simulated',
      parameters: {},
      plan,
      warnings: [],
      // Of a placement a run uses where its subtasks are.
      placement: { fits: true, subtasks: placed } as unknown as Placement,
      settings: drawn.runtime,
      workers: this.workers,
      restart: { kind: 'fixed-delay', attempts: Infinity, delayMs: RESTART_DELAY_MS },
      checkpoints: drawn.checkpoints,
      checkpointFolder: CHECKPOINTS,
    };
    this.run = new JobRun(
      0,
      request,
      {
        onCheckpoint: (info) => observer.onCheckpoint(info),
        onState: (state) => {
          if (state === 'finishing') observer.onFinishing();
        },
      },
      {
        clock,
        timers,
        disk,
        runId: parts.runId,
        layouts: { resized: refuse, moved: refuse },
        random: () => parts.random.next(),
        attempt: () => {
          this.#attempts.add(this.#nextAttempt);
          return this.#nextAttempt++;
        },
        forget: (attempt) => void this.#attempts.delete(attempt),
        ready: async () => undefined,
        warn: (message, fields) => observer.onWarning(message, fields),
      },
      clock.monotonicMs(),
    );
  }

  /** What a worker said reaches the main thread. */
  receive(worker: SimulatedWorker, message: FromWorker): void {
    if (message.kind === 'online' || !this.#attempts.has(message.job)) return;
    this.run.receive(worker, message);
  }

  /** A thread is dead; another takes its place. */
  replace(worker: SimulatedWorker, error: EngineError): void {
    worker.begin(this.#parts.thread(worker.id));
    this.run.workerExited(worker.id, error);
  }
}

function refuse(): never {
  throw new TypeError('nobody asks for another layout here');
}
