/**
 * The contract of a sink.
 *
 * Laws:
 *  1. Rows are written in the order of `write` calls of one subtask.
 *  2. `write` never waits; while `ready()` is false the runtime does not call it, which is how backpressure starts.
 *  3. After `close(false)` settled, everything written is where it belongs. After `close(true)` (the job failed or was
 *     cancelled) a file sink leaves no half-written file under its final name.
 */

import type { Plain } from '../operators/index.ts';
import type { RecordType, RowKind } from '../record/index.ts';

/** What a writer is given. Owner: the subtask's worker thread. */
export interface SinkContext {
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** Record type of the input; undefined for an untyped stream. */
  readonly type: RecordType | undefined;
  /** Sends plain data to the thread that submitted the job (used by `collect` and `print`); settles when it was taken. */
  toDriver(channel: string, batch: readonly unknown[]): Promise<void>;
}

/** Writes the rows of one subtask. */
export interface SinkWriter<T = unknown> {
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
