/**
 * The contract of a sink.
 *
 * Laws:
 *  1. Rows are written in the order of `write` calls of one subtask.
 *  2. `write` never waits; while `ready()` is false the runtime does not call it, which is how backpressure starts.
 *  3. After `close(false)` settled, everything written is where it belongs. After `close(true)` (the job failed or was
 *     cancelled, perhaps to start again) nothing half-written stands under a final name.
 *
 * Two-phase commit, for a sink that is exactly once (Flink's names: TwoPhaseCommittingSink, prepareCommit, commit):
 *
 *     write … write                  rows of a transaction, invisible to others
 *     snapshot() -> state            at a barrier: what it takes to commit all that is not committed, and to write on
 *     prepareCommit(checkpoint)      at once afterwards: makes durable what the state speaks of
 *     commit(checkpoint)             the checkpoint is complete: makes visible what was prepared for it or for one before
 *     close(false)                   the input ended: commits the rest
 *
 *     restore(states), open()        after a failure, in a new writer: commits again what was prepared in that checkpoint,
 *                                    takes back or drops everything later
 *
 *  4. `commit` and what `open` commits are idempotent: a crash between the commit and the next checkpoint repeats them.
 *  5. A checkpoint may never become complete, and nobody may hear of it: then the commit of the next one covers it.
 *
 * A subtask whose input ended commits at once, since it takes part in no later checkpoint. If another part of the job fails after that, and the
 * checkpoint it restarts from was taken before the input ended here, the writer starts again too and must replace what
 * it had committed at its end: file sinks take their files back, sinks that cannot are at least once in this case.
 */

import type { Plain, WriterState } from '../operators/index.ts';
import type { RecordType, RowKind } from '../record/index.ts';

/** What a writer is given. Owner: the subtask's worker thread. */
export interface SinkContext {
  readonly operatorName: string;
  /**
   * Identity of the sink in its job, the same after a restart. With the subtask and the checkpoint it names a transaction of
   * the job: `${uid}-${subtaskIndex}-${checkpoint}`.
   */
  readonly uid: string;
  /** What tells this run of the job from others, the same after its restarts; undefined where nobody gave it a name. */
  readonly runId: string | undefined;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** Record type of the input; undefined for an untyped stream. */
  readonly type: RecordType | undefined;
  /** Processing time: integer milliseconds since the epoch. */
  nowMs(): number;
  /**
   * Sends plain data to the thread that submitted the job (used by `collect` and `print`); settles when it was taken. What was
   * handed over before a barrier arrives before the checkpoint can be complete.
   */
  toDriver(channel: string, batch: readonly unknown[]): Promise<void>;
}

/**
 * Writes the rows of one subtask.
 *
 * @example
 * // Two phases over a database that can prepare transactions; `prepared` holds [checkpoint, id], the open transaction has none yet.
 * const writer: SinkWriter<Bid> = {
 *   restore: (states) => { for (const one of states) if (one.mine) inherited.push(...(one.state as string[])); },
 *   open: async () => { for (const id of inherited) await database.commitPrepared(id); },
 *   write: (bid) => open.insert(bid),
 *   snapshot: () => [...prepared.map(([, id]) => id), open.id],
 *   prepareCommit: (checkpoint) => {
 *     prepared.push([checkpoint, open.id]);
 *     const durable = open.prepare();
 *     open = database.begin();
 *     return durable;
 *   },
 *   commit: async (checkpoint) => {
 *     while (prepared[0] !== undefined && prepared[0][0] <= checkpoint) await database.commitPrepared(prepared.shift()![1]);
 *   },
 *   close: (aborted) => (aborted ? open.rollback() : open.commit()),
 * };
 */
export interface SinkWriter<T = unknown> {
  /**
   * What the writers of the restored checkpoint held, all of them, before `open`. One whose `mine` is true is this
   * writer's to take over; with another parallelism that may be several, or none.
   */
  restore?(states: readonly WriterState[]): void;
  /** Opens files and the like, before the first row. @throws ERR_CONNECTORS_SINK when it cannot be written */
  open?(): void | Promise<void>;
  /**
   * Takes one row; a view is valid only during the call.
   *
   * @param kind what the row does to the table that the stream describes; missing means insert
   * @throws ERR_CONNECTORS_CHANGELOG the sink can only append rows, and this is no insert
   */
  write(row: T, timestamp: number, kind?: RowKind): void;
  /** False while buffers are full. */
  ready?(): boolean;
  /** Settles when `ready` may have become true. */
  whenReady?(): Promise<void>;
  /** Pushes out what is buffered, when the input is idle; not a durability promise. */
  flush?(): void;
  /** At a barrier: what it takes to commit and to go on, as JSON (no NaN, no -0); undefined: nothing. Never waits. */
  snapshot?(): Plain | undefined;
  /**
   * Right after `snapshot`. The checkpoint waits for the promise, rows do not; a rejection declines the checkpoint, and the job
   * goes on.
   *
   * @param checkpoint its number; grows from one to the next, also over restarts
   */
  prepareCommit?(checkpoint: number): Promise<void> | undefined;
  /** The checkpoint is complete. A failure fails the job. */
  commit?(checkpoint: number): void | Promise<void>;
  /**
   * The end, called once. With `aborted` the job failed or was cancelled: what a checkpoint may still refer to stays,
   * as nobody knows here whether the job is to start again.
   */
  close(aborted: boolean): void | Promise<void>;
}

/** A sink as a job names it: a descriptor plus an implementation. */
export interface Sink<T = unknown> {
  readonly kind: string;
  readonly params: { readonly [key: string]: Plain };
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Whether writers do asynchronous I/O, so that their worker must keep its event loop turning. */
  readonly async: boolean;
  createWriter(context: SinkContext): SinkWriter<T>;
  /** Phantom: what rows the sink takes. */
  readonly accepts?: (row: T) => void;
}
