/** The messages between the main thread and a worker, as two discriminated unions of plain data. */

import type { ChannelId, PlainError, SubtaskId } from '../base/index.ts';
import type { Manifest, SubtaskReport } from '../checkpoint/index.ts';
import type { RingDescriptor } from '../exchange/index.ts';
import type { CounterRegion } from '../metrics/index.ts';
import type { Plain } from '../operators/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { RuntimeSettings } from './settings.ts';
import type { SplitPositions } from './source-head.ts';

/** What a worker is given when it starts. */
export interface WorkerStart {
  readonly worker: number;
  /** Doorbells of all workers, by worker id. */
  readonly doorbells: readonly SharedArrayBuffer[];
  /** Int32 word 0 grows with every message posted to the worker. */
  readonly mail: SharedArrayBuffer;
  /** Float64 words, see {@link WorkerWord}. */
  readonly status: SharedArrayBuffer;
  /** Turns without progress spent spinning before it parks. */
  readonly spinTurns: number;
  /** Imported when the worker starts. */
  readonly preloadUrl: string;
}

/** Index of each value in the status words of a worker; written by the worker alone. */
export const WorkerWord = {
  /** Counts turns, so that a stuck worker shows. */
  turns: 0,
  /** CPU time of the thread in microseconds. */
  cpuUs: 1,
  /** Bytes of the V8 heap in use. */
  heapUsedBytes: 2,
  /** Times the worker slept. */
  parks: 3,
  /** Counts turns as they happen: a thread whose beat stands still is held by code that does not return. */
  beat: 4,
  /** What it steps, as `stepLabel` packs it; 0 between turns. */
  step: 5,
  /** Index in its chain of the operator that ran when the thread ended, and 1; 0 while nobody said so. */
  endedIn: 6,
  count: 7,
} as const;

/** Subtasks of one attempt that a label can tell apart. */
const LABEL_SUBTASKS = 2 ** 20;

/** A subtask as one number above 0. @param job as messages carry it */
export function stepLabel(job: number, subtask: number): number {
  return job * LABEL_SUBTASKS + subtask + 1;
}

/** What {@link stepLabel} packed; undefined for 0. */
export function labelledStep(
  label: number,
): { readonly job: number; readonly subtask: number } | undefined {
  if (label === 0) return undefined;
  const packed = label - 1;
  return { job: Math.floor(packed / LABEL_SUBTASKS), subtask: packed % LABEL_SUBTASKS };
}

/** A job's slice for one worker. */
export interface DeployMessage {
  readonly kind: 'deploy';
  readonly job: number;
  readonly moduleUrl: string;
  readonly parameters: { readonly [key: string]: Plain };
  readonly plan: PhysicalPlan;
  readonly subtasks: readonly SubtaskId[];
  /** Bytes of state each of them may hold, and its CPU weight in milli-cores. */
  readonly quotas: readonly {
    readonly subtask: SubtaskId;
    readonly stateBytes: number;
    readonly cpu: number;
  }[];
  readonly rings: readonly { readonly channel: ChannelId; readonly ring: RingDescriptor }[];
  /** Worker of every subtask of the plan, by subtask id. */
  readonly workerOf: readonly number[];
  readonly counters: CounterRegion;
  readonly settings: RuntimeSettings;
  /** Of the submission; all attempts to run it have the same. */
  readonly runId: string;
  /** Folder that state of checkpoints is written to; undefined when none are taken there. */
  readonly checkpointFolder: string | undefined;
  /** Whether checkpoints hold only what changed since an earlier one. */
  readonly incremental: boolean;
  /** What the subtasks begin with, and the folder that it lies in. */
  readonly restore: { readonly folder: string; readonly manifest: Manifest } | undefined;
}

/** A checkpoint begins. Posted to all workers of the job: those without a subtask to trigger learn where it goes. */
export interface CheckpointMessage {
  readonly kind: 'checkpoint';
  readonly job: number;
  readonly checkpoint: number;
  /** ms since the epoch. */
  readonly triggeredAtMs: number;
  /** As `packOptions` of the checkpoint room gives them. */
  readonly options: number;
  /** Subtasks that send the barrier. */
  readonly subtasks: readonly SubtaskId[];
  /** Folder that the state goes to. */
  readonly folder: string;
}

/** Main → worker. */
export type ToWorker =
  | DeployMessage
  /** All workers are ready: begin. */
  | { readonly kind: 'start'; readonly job: number }
  /** Graceful stop: sources end, the rest runs out. */
  | { readonly kind: 'drain'; readonly job: number }
  /** Stop now and drop the job. */
  | { readonly kind: 'cancel'; readonly job: number }
  /** The driver took a batch. */
  | { readonly kind: 'ack'; readonly job: number; readonly batch: number }
  /** Report the latency so far. */
  | { readonly kind: 'latency'; readonly job: number }
  | CheckpointMessage
  /** It is complete, or will never be. */
  | {
      readonly kind: 'checkpointComplete' | 'checkpointAborted';
      readonly job: number;
      readonly checkpoint: number;
    }
  | { readonly kind: 'shutdown' };

/** Worker → main. */
export type FromWorker =
  | {
      readonly kind: 'online';
      readonly worker: number;
      /** The kernel's id of the thread, and Node's. */
      readonly threadId: string | undefined;
      readonly nodeThread: number;
    }
  | { readonly kind: 'deployed'; readonly job: number; readonly worker: number }
  /** A subtask ended by itself. */
  | {
      readonly kind: 'finished';
      readonly job: number;
      readonly subtask: SubtaskId;
      /** The last checkpoint whose barrier had passed it, -1 for none; it is acknowledged, or will be. */
      readonly lastCheckpoint: number;
      /** Of a source: what it has read. */
      readonly splits: SplitPositions | undefined;
    }
  /** The state of a subtask is durable. */
  | {
      readonly kind: 'acknowledged';
      readonly job: number;
      readonly checkpoint: number;
      readonly report: SubtaskReport;
    }
  /** The state of a subtask could not be written. */
  | {
      readonly kind: 'declined';
      readonly job: number;
      readonly checkpoint: number;
      readonly subtask: SubtaskId;
      readonly reason: string;
    }
  /** A row was left out, one of the first. */
  | {
      readonly kind: 'badRow';
      readonly job: number;
      readonly subtask: SubtaskId;
      readonly error: PlainError;
    }
  | {
      readonly kind: 'failed';
      readonly job: number;
      readonly subtask: SubtaskId | undefined;
      readonly error: PlainError;
    }
  /** Nothing of the job is left on this worker. */
  | {
      readonly kind: 'released';
      readonly job: number;
      readonly worker: number;
      /** An encoded histogram; undefined when nothing was recorded. */
      readonly latency: string | undefined;
    }
  | {
      readonly kind: 'latency';
      readonly job: number;
      readonly worker: number;
      readonly latency: string | undefined;
    }
  /** Rows for the submitting thread. */
  | {
      readonly kind: 'driver';
      readonly job: number;
      readonly worker: number;
      readonly operator: string;
      readonly channel: string;
      readonly batch: number;
      readonly rows: readonly unknown[];
    };
