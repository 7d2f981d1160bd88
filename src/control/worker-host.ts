/** The contract of a worker as the main thread sees it: real threads and simulated ones implement it. */

import type { EngineError, WorkerId } from '../base/index.ts';
import type { FromWorker, ToWorker } from '../runtime/index.ts';

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

/** Receives what workers say. */
export interface WorkerListener {
  onMessage(worker: WorkerId, message: FromWorker): void;
  /** The thread is gone, with everything it hosted; a new one takes its place. */
  onExit(worker: WorkerId, error: EngineError): void;
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
