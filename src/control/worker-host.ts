/** The contract of a worker as the main thread sees it: real threads and simulated ones implement it. */

import type { EngineError, WorkerId } from '../base/index.ts';
import type { FromWorker, ToWorker } from '../runtime/index.ts';
import type { StuckStep, WorkPlace } from './stuck-step.ts';

/** What a worker measures of itself. */
export interface WorkerStatus {
  readonly worker: number;
  readonly alive: boolean;
  /** Loop turns so far. */
  readonly turns: number;
  readonly cpuMs: number;
  readonly heapUsedBytes: number;
  readonly parks: number;
  /** CPUs it is pinned to, and why not if it is not. */
  readonly pinned: string;
}

/** The step that a worker was in, as its shared memory says. */
export interface WorkerStep {
  /** As messages carry it. */
  readonly job: number;
  readonly subtask: number;
  /** Index of the operator in the chain, when the thread ended in an orderly way. */
  readonly operator: number | undefined;
}

/** Receives what workers say. */
export interface WorkerListener {
  onMessage(worker: WorkerId, message: FromWorker): void;
  /** The thread is gone, with everything it hosted; a new one takes its place. */
  onExit(worker: WorkerId, error: EngineError): void;
  /** What a step is of; only while the worker is in it. */
  placeOf(step: WorkerStep): WorkPlace;
  /** A step does not return. */
  onStuck(step: StuckStep): void;
  /** A step that was reported has returned after all. */
  onFreed(worker: WorkerId, elapsedMs: number): void;
}

/** One worker. */
export interface WorkerHost {
  readonly id: WorkerId;
  /** Settles when the thread runs its loop. @throws ERR_CONTROL_WORKER_START */
  ready(): Promise<void>;
  post(message: ToWorker): void;
  status(): WorkerStatus;
  /** Ends the loop; kills the thread when it does not answer in `graceMs`. */
  close(graceMs: number): Promise<void>;
}
