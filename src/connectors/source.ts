/**
 * The contract of a source.
 *
 * Laws:
 *  1. `splits()` does not depend on the parallelism and gives the same list on every thread: subtask i reads the splits
 *     with index mod parallelism = i, so the same input can be read at any parallelism.
 *  2. A reader that is given `position()` of an earlier reader of the same split emits exactly the rows that the earlier
 *     one had not emitted.
 *  3. `poll` never waits. A reader that needs I/O it cannot do at once says `waiting` and settles `available()`.
 */

import type { Plain } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';

/** A part of the input that one reader reads from start to end; plain data, it goes into plans and checkpoints. */
export interface Split {
  /** Unique within the source, stable from run to run. */
  readonly id: string;
  readonly [key: string]: Plain;
}

/** What one call of `poll` came to. */
export type PollStatus =
  /** Rows were emitted, or could be at once by another call. */
  | 'more'
  /** Nothing to emit now; `available()` settles when that changes. */
  | 'waiting'
  /** The split is read to its end; `poll` is not called again. */
  | 'end';

/** Where a reader puts rows. */
export interface SourceOutput<T = unknown> {
  /** Emits one row; the same object may be reused for the next. `timestamp` only if the source knows one of its own. */
  emit(row: T, timestamp?: number): void;
  /**
   * Emits one row to the side output of this tag, as a source with several kinds of rows does: its main output has one record
   * type, each tag another. Without anybody who reads that output the row is passed over.
   */
  emitSide(tag: string, row: unknown, timestamp?: number): void;
  /** Of a source that knows watermarks of its own: no row with a timestamp ≤ `watermark` follows in this split. */
  emitWatermark(watermark: number): void;
  /** No rows are to be expected from this split for a while; the next row ends that, as does `markActive`. */
  markIdle(): void;
  markActive(): void;
  /** True once the outputs have no more room for this step: return from `poll` at the next row border. */
  readonly full: boolean;
}

/** What a reader is given. Owner: the subtask's worker thread. */
export interface SourceContext {
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** Monotonic milliseconds, for rate limits. */
  monotonicMs(): number;
  /** Reports a bad row by the source's policy: `skip` counts it, `sideOutput` emits it; `fail` throws before this. */
  reject(bad: BadRow): void;
}

/** A row that could not be read. */
export interface BadRow {
  /** The raw text, or as much of it as is useful. */
  readonly raw: string;
  readonly reason: string;
  readonly file: string | undefined;
  /** Counted from 1. */
  readonly line: number | undefined;
}

/** What to do with a row that cannot be read. `sideOutput` sends a {@link BadRow} to the side output `bad-rows`. */
export type BadRowPolicy = 'fail' | 'skip' | 'sideOutput';

/** Reads one split. */
export interface SourceReader<T = unknown> {
  /** Emits at most `maxRows` rows; see the laws above. */
  poll(output: SourceOutput<T>, maxRows: number): PollStatus;
  /** Settles when a `waiting` reader may have rows; needed by readers that ever say `waiting`. */
  available?(): Promise<void>;
  /** Milliseconds until a `waiting` reader may have rows by the clock alone (rate limits). */
  waitMs?(): number;
  /** What to store in order to go on from here. */
  position(): Plain;
  /** How much is done, in the unit of `total`; undefined when the size is unknown. */
  progress?(): { readonly done: number; readonly total: number } | undefined;
  close?(): void | Promise<void>;
}

/** A source as a job names it: a descriptor plus an implementation. */
export interface Source<T = unknown> {
  /** `csv`, `parquet`, `generator`, … */
  readonly kind: string;
  /** Everything but functions; shown in the plan, part of the fingerprint. Secrets do not belong here. */
  readonly params: { readonly [key: string]: Plain };
  /** User functions by role. */
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Record type of the rows; undefined leaves the stream untyped (generic codec). */
  readonly type: RecordType<T> | undefined;
  /** Whether the input ends by itself. */
  readonly bounded: boolean;
  /** Whether readers do asynchronous I/O, so that their worker must keep its event loop turning. */
  readonly async: boolean;
  /** Most subtasks that can have work; undefined for no limit (the number of splits decides). */
  readonly maxParallelism: number | undefined;
  /** Whether readers give rows timestamps of their own; missing means no. */
  readonly timestamps?: boolean;
  /**
   * Whether a subtask has all its splits open at once and reads them in turn, each with its own watermark, as is right for
   * partitions that grow side by side; missing means one after the other, as is right for pieces of one ordered input.
   */
  readonly concurrentSplits?: boolean;
  /**
   * False when a reader that is opened at a position may not give the rows that follow it (law 2): such a job cannot go on
   * elsewhere while it runs. Missing means true.
   */
  readonly replayable?: boolean;
  /** What `reject` means for this source, for sources whose rows may be bad; default `fail`. */
  readonly onBadRow?: BadRowPolicy;
  /** All splits. May do I/O. @throws the connector's own error for an input that cannot be opened */
  splits(): Promise<readonly Split[]>;
  /** A reader of one split, from `position` or from its start. May do I/O. */
  open(split: Split, context: SourceContext, position: Plain | undefined): Promise<SourceReader<T>>;
}
