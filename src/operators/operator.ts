/**
 * The contract of an operator, and of the transformation that makes one.
 *
 * A transformation stands in the logical graph: plain parameters for the plan, user functions beside them. Each subtask
 * instantiates its own operator from it. The runtime knows no operator by name: it calls this contract, and inlines
 * the `fused` forms into the chain's generated driver.
 */

import type { KeyAccess, KeyValue, RecordType, RowCodec, RowKind } from '../record/index.ts';
import type {
  KeyedSnapshot,
  MemoryAccount,
  OperatorSnapshot,
  OperatorStateSnapshot,
} from '../state/index.ts';

/** Values that can stand in a plan: JSON. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Where an operator's rows go. Never blocks: what does not fit goes to the bounded overdraft of the output. */
export interface Collector<T = unknown> {
  /**
   * Emits a row with a timestamp (ms since the epoch, `NO_TIMESTAMP` for none). A view may be passed: it is copied before
   * this returns.
   */
  emit(row: T, timestamp: number): void;
  /** The same with a changelog kind other than insert. */
  emitChange(kind: RowKind, row: T, timestamp: number): void;
  /** Emits to the side output of this tag. @throws ERR_RUNTIME_SIDE_OUTPUT when the graph has no such output */
  emitSide(tag: string, row: unknown, timestamp: number): void;
  /**
   * Emits a watermark of the operator's own making (see `Operator.ownWatermarks`), after the rows emitted so far.
   * May be called after every row, with growing values only; the runtime may send only the last one of a step.
   */
  emitWatermark(watermark: number): void;
  /** Of an operator with watermarks of its own: says that its rows stopped coming (nobody waits for them), or came again. */
  emitStatus(idle: boolean): void;
}

/** How the rows of a keyed stream find their key. */
export interface KeyContext {
  /** Field names for `keyBy('a', 'b')`, else undefined. */
  readonly fields: readonly string[] | undefined;
  /** The key as user code sees it, for either form. */
  valueOf(row: unknown): KeyValue;
  /** Access on bytes; undefined for a key function or a stream without a record type. */
  readonly access: KeyAccess | undefined;
}

/** What an operator instance is given. Owner: the subtask's worker thread. */
export interface OperatorContext {
  readonly operatorName: string;
  readonly uid: string;
  /**
   * What tells this run of the job from others, and stays the same when the run starts again after a failure; undefined where
   * nobody gave it a name.
   */
  readonly runId?: string | undefined;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Key groups this instance owns, both ends inclusive; state of others is not its business. */
  readonly keyGroups: { readonly first: number; readonly last: number };
  /** `batch`: only final results are emitted; no watermark comes before the end of time. */
  readonly executionMode: 'streaming' | 'batch';
  /** Whether rows at which it throws are left out, so that state must never be changed by half; missing means no. */
  readonly leavesOut?: boolean;
  /** Output of the main edge and the side outputs. */
  readonly output: Collector;
  /** Record type and codec of each input; undefined where the stream has no record type. */
  readonly inputs: readonly {
    readonly type: RecordType | undefined;
    readonly codec: RowCodec | undefined;
    readonly key: KeyContext | undefined;
  }[];
  /** Bytes of keyed state this operator may hold; state asks for more through `reserve`. */
  readonly memory: MemoryAccount;
  /** Sends plain data to the thread that submitted the job; settles when it was taken. */
  toDriver(channel: string, batch: readonly unknown[]): Promise<void>;
  /** Processing time: integer milliseconds since the epoch, by the clock of the subtask. */
  nowMs(): number;
  /**
   * Keeps the worker's event loop turning until the promise settles; then, between steps, `onCompletion` is called. May be
   * called at any time. The promise's own outcome is the operator's to handle.
   */
  awaitCompletion(promise: Promise<unknown>): void;
  /** Counter `name` of this operator, shown in the metrics. */
  counter(name: string): { add(n: number): void };
  /** Hash (murmur32) and changelog kind of the row being processed; set by the driver before each call of `process`. */
  readonly current: {
    readonly keyHash: number;
    readonly rowKind: RowKind;
    readonly watermark: number;
  };
}

/**
 * One instance of a transformation. All calls come from the subtask's own thread, one at a time.
 */
export interface Operator {
  /** Called once before the first row; may be asynchronous (sinks that open files). */
  open?(): void | Promise<void>;
  /** Forms simple enough to stand inline in the driver: the runtime calls `fn` itself and never `process`. */
  readonly fused?: FusedForm;
  /** A row of input 0; a view is valid only during the call. */
  process?(row: unknown, timestamp: number): void;
  /** A row of input 1 of an operator with two inputs. */
  process2?(row: unknown, timestamp: number): void;
  /** `process` threw, and the row is left out: lets go of what it held while the row was processed. */
  leaveOut?(): void;
  /**
   * The operator's combined watermark advanced; the driver forwards it afterwards, unless `ownWatermarks`. Returns false
   * while more is to be emitted: it is called again with the same watermark when the outputs have room, and nothing else
   * comes in between but `onCompletion`, so emit a bounded number of rows (≤ `FINISH_ROWS_MAX`) per call.
   */
  onWatermark?(watermark: number): boolean | void;
  /** When `onProcessingTime` wants to be called, in ms since the epoch; `Infinity` when nothing is due. Asked between steps. */
  processingTimeDue?(): number;
  /** The clock reached what `processingTimeDue` said. Returns false while more is to be emitted, as `onWatermark` does. */
  onProcessingTime?(nowMs: number): boolean | void;
  /** A promise given to `awaitCompletion` settled (or several did). Returns false while more is to be emitted. */
  onCompletion?(): boolean | void;
  /**
   * A barrier is about to pass: emits what must go ahead of it (partial results that are not part of the snapshot). Returns
   * false while more is to be emitted.
   */
  prepareSnapshot?(): boolean | void;
  /** Everything it holds, at a barrier; nothing that happens afterwards may change it. Missing: it holds nothing. */
  snapshot?(): OperatorSnapshot;
  /**
   * Called right after `snapshot` at a barrier: settles when all that the snapshot refers to outside is durable. The
   * acknowledgement waits for it; a rejection declines the checkpoint, and the job goes on.
   */
  precommit?(checkpoint: number): Promise<void> | undefined;
  /**
   * The checkpoint is complete everywhere: what was prepared up to it is to be committed. Commits are idempotent; a rejection
   * fails the job.
   */
  notifyCheckpointComplete?(checkpoint: number): Promise<void> | void;
  /** The checkpoint will never be complete; what was prepared for it belongs to the next one. */
  notifyCheckpointAborted?(checkpoint: number): void;
  /** Takes state back, after creation and before `open`. */
  restore?(state: RestoredState): void;
  /** True when the operator emits watermarks itself: of those that arrive only the end of time is forwarded. */
  readonly ownWatermarks?: boolean;
  /**
   * With watermarks of its own: its inputs went idle, or are active again. It says so itself, by `emitStatus`, when what it
   * holds back went ahead. Missing: its idleness is its own business.
   */
  onStatus?(idle: boolean): void;
  /**
   * All inputs ended (after the end-of-time watermark); may still emit. Returns false while more is to be emitted: it is
   * called again when the outputs have room, so emit a bounded number of rows (≤ 1,024) per call.
   */
  finish?(): boolean | void;
  /** Whether the operator can take another row now; asked between steps. False while e.g. a sink's buffer is full. */
  ready?(): boolean;
  /** Settles when `ready` may have become true, or earlier. */
  whenReady?(): Promise<void>;
  /** Pushes out what is buffered; called when the input is idle. Not a durability promise. */
  flush?(): void;
  /** Called once, whatever happened; `aborted` when the job did not end by itself. May be asynchronous. */
  close?(aborted: boolean): void | Promise<void>;
}

/** What an instance is restored from: snapshots of all earlier instances of the operator, as far as they concern it. */
export interface RestoredState {
  /** Of each earlier instance; key groups outside `OperatorContext.keyGroups` are to be passed over. */
  readonly keyed: readonly KeyedSnapshot[];
  /** Operator state, dealt out already. */
  readonly operator: readonly OperatorStateSnapshot[];
}

/** An operator whose work on one row is one expression. */
export type FusedForm =
  | { readonly form: 'map'; readonly fn: (row: never) => unknown }
  | { readonly form: 'filter'; readonly fn: (row: never) => boolean };

/** Rows that one call of `finish` or `onWatermark` emits at most: a result of any size then needs no more than the rings hold. */
export const FINISH_ROWS_MAX = 1024;

/** A node's behaviour in the logical graph. */
export interface Transformation {
  /** Flink's word for it: `map`, `filter`, `reduce`, `sink`, … */
  readonly kind: string;
  /** Everything but functions: shown in the plan, part of the fingerprint. */
  readonly params: { readonly [key: string]: Plain };
  /** User functions by role, for reports (`map at job.ts:12`); their source text is part of the fingerprint. */
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
  /**
   * By input, the names of the fields that an instance reads besides those of the key; undefined, or missing: it may read
   * all, for instance since a function of the user's sees the rows or since it passes them on. Other fields need not be
   * in the rows that come, whose type in `OperatorContext.inputs` says what is.
   */
  readonly reads?: readonly (readonly string[] | undefined)[];
  /** Whether it needs a keyed input. */
  readonly keyed: boolean;
  /** Whether an instance keeps state from row to row; missing means no. */
  readonly stateful?: boolean;
  /** Whether results wait for watermarks, so that the job should have a watermark strategy; missing means no. */
  readonly needsWatermarks?: boolean;
  /**
   * What its main output is, as a changelog: `makes` updates of its own, or `keeps` the kinds of its input; missing means that
   * it emits inserts only. Consumers that work otherwise on changelogs are told so when the graph is built.
   */
  readonly changelog?: 'makes' | 'keeps';
  /**
   * What an instance keeps for every key and never lets go of, in a few words: on an unbounded input the job is warned of
   * it. Missing: nothing, or something lets go of it.
   */
  readonly unboundedState?: string;
  /**
   * Whether a row at which a function of the user's throws can be left out: nothing that the engine keeps is then changed by
   * half. Missing means no, and such a row fails the job.
   */
  readonly leavesOut?: boolean;
  /** Whether an instance does asynchronous I/O, so that its worker must keep its event loop turning; missing means no. */
  readonly async?: boolean;
  /** A new instance for one subtask. */
  create(context: OperatorContext): Operator;
}
