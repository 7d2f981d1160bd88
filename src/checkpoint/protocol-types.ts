/**
 * What the checkpoint protocol knows, hears and says. Plain data; what becomes of what is in protocol.ts.
 *
 * Times are ms of one monotonic clock, given with every event; the protocol has no clock and does no I/O.
 */

import type { EngineError } from '../base/index.ts';
import type { BarrierOptions, CheckpointKind } from './barrier-options.ts';
import type { SubtaskReport } from './report.ts';
import type { CheckpointSettings } from './settings.ts';

/** A subtask of the job, and the subtasks that it reads from. */
export interface ProtocolSubtask {
  readonly subtask: number;
  readonly producers: readonly number[];
}

/**
 * Where the job is.
 *
 * - `idle`: it does not run; nothing begins.
 * - `running`: checkpoints begin when they are due or asked for.
 * - `stopping`: a savepoint that ends the job is under way; nothing else begins.
 * - `stopped`: that savepoint is complete.
 */
export type ProtocolPhase = 'idle' | 'running' | 'stopping' | 'stopped';

/** A checkpoint that has begun and has no outcome yet. */
export interface PendingCheckpoint {
  readonly checkpoint: number;
  readonly options: BarrierOptions;
  /** Of the one who asked; undefined when the interval did. */
  readonly request: number | undefined;
  /** Where a savepoint goes; undefined for the store of checkpoints. */
  readonly target: string | undefined;
  readonly triggeredAtMs: number;
  readonly expiresAtMs: number;
  /** Newest complete checkpoint when this one began: it may refer to files of that one and newer ones. -1: none. */
  readonly base: number;
  /** `collecting` acknowledgements; `complete`, waiting for its turn; `publishing` its manifest. */
  readonly phase: 'collecting' | 'complete' | 'publishing';
  /** Subtasks that were told to begin, since none of their producers sends a barrier. */
  readonly triggered: ReadonlySet<number>;
  /** Subtasks that have neither acknowledged nor finished before the barrier. */
  readonly missing: ReadonlySet<number>;
  readonly reports: ReadonlyMap<number, SubtaskReport>;
  /** Subtasks that finished before the barrier reached them: they hold nothing and say so after a restore. */
  readonly finished: ReadonlySet<number>;
}

/** A checkpoint and where it is. */
export interface CheckpointPlace {
  readonly checkpoint: number;
  /** Where a savepoint is; undefined for the store of checkpoints. */
  readonly target: string | undefined;
}

/** Someone asks for a checkpoint. */
export interface CheckpointRequest {
  /** Comes back with the answer. */
  readonly request: number;
  readonly checkpointKind: CheckpointKind;
  /**
   * Where a savepoint goes; undefined for the store of checkpoints, also of one that ends the job there, which then counts as a
   * checkpoint.
   */
  readonly target: string | undefined;
}

/** All that the protocol knows. */
export interface ProtocolState {
  readonly settings: CheckpointSettings;
  readonly phase: ProtocolPhase;
  /** Id of the next checkpoint; ids only grow, over all runs of the job, past everything that is left of any. */
  readonly nextCheckpoint: number;
  readonly subtasks: readonly ProtocolSubtask[];
  /** Subtasks that finished, with the last checkpoint whose barrier they had passed; -1: none. */
  readonly finished: ReadonlyMap<number, number>;
  /** By id. */
  readonly pending: readonly PendingCheckpoint[];
  /** Checkpoints in the store that count for retention, by id. */
  readonly completed: readonly number[];
  /** What a failed job goes on from; undefined: from the start. */
  readonly latest: CheckpointPlace | undefined;
  /** Checkpoints that were asked for and wait until fewer are under way. */
  readonly requests: readonly CheckpointRequest[];
  /** When the interval is over; Infinity without one. */
  readonly dueAtMs: number;
  /** End of the last complete checkpoint; -Infinity before the first. */
  readonly completedAtMs: number;
  /** Failures since the last complete checkpoint. */
  readonly failures: number;
  /** The last checkpoints that were aborted: what still comes of them is discarded. */
  readonly aborted: readonly CheckpointPlace[];
}

/** What happens. */
export type ProtocolEvent = { readonly nowMs: number } & (
  | /** The job runs, from the beginning or restored; all subtasks are as after their start. */
    { readonly kind: 'start'; readonly subtasks: readonly ProtocolSubtask[] }
  /** The job does not run any more: it failed, was cancelled or ended. */
  | { readonly kind: 'halt'; readonly reason: string }
  /** Time has passed; wanted at {@link nextWakeMs}. */
  | { readonly kind: 'tick' }
  | ({ readonly kind: 'request' } & CheckpointRequest)
  | {
      readonly kind: 'acknowledged';
      readonly checkpoint: number;
      readonly report: SubtaskReport;
    }
  | {
      readonly kind: 'declined';
      readonly checkpoint: number;
      readonly subtask: number;
      readonly reason: string;
    }
  /** A subtask ended; acknowledgements of checkpoints up to `lastCheckpoint` (-1: none) have come or will. */
  | { readonly kind: 'finished'; readonly subtask: number; readonly lastCheckpoint: number }
  /** The manifest is durable. */
  | { readonly kind: 'published'; readonly checkpoint: number }
  | { readonly kind: 'publishFailed'; readonly checkpoint: number; readonly reason: string }
);

/** What is to be done, in this order. */
export type ProtocolCommand =
  /** Let these subtasks send the barrier. One that has seen it already must ignore that. */
  | {
      readonly kind: 'trigger';
      readonly checkpoint: number;
      readonly options: BarrierOptions;
      readonly target: string | undefined;
      readonly subtasks: readonly number[];
    }
  /** Write the manifest, then say `published` or `publishFailed`. */
  | { readonly kind: 'publish'; readonly pending: PendingCheckpoint }
  /** Tell subtasks that the checkpoint is complete: they commit what they prepared up to it. */
  | {
      readonly kind: 'notifyComplete';
      readonly checkpoint: number;
      readonly subtasks: readonly number[];
    }
  /** Tell subtasks that it will not be complete: they stop aligning and writing, and sources that were suspended go on. */
  | {
      readonly kind: 'notifyAborted';
      readonly checkpoint: number;
      readonly subtasks: readonly number[];
    }
  /** Remove all files of an aborted checkpoint, its manifest first. */
  | { readonly kind: 'discard'; readonly checkpoint: number; readonly target: string | undefined }
  /** Remove complete checkpoints that are kept no longer. */
  | { readonly kind: 'drop'; readonly checkpoints: readonly number[] }
  /** Answer the one who asked. */
  | {
      readonly kind: 'answer';
      readonly request: number;
      readonly checkpoint: number | undefined;
      /** undefined: it is complete. */
      readonly error: EngineError | undefined;
    }
  /** Fail the job; it may be restored. */
  | { readonly kind: 'failJob'; readonly error: EngineError }
  /** End the job: its savepoint is complete. After a drain all it holds is to be finished first. */
  | { readonly kind: 'endJob'; readonly checkpoint: number; readonly drained: boolean };

/** What comes of an event. */
export interface ProtocolStep {
  readonly state: ProtocolState;
  readonly commands: readonly ProtocolCommand[];
}
