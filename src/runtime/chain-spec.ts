/**
 * What the driver of a chain is made from: operators as a tree, and the edges that leave the chain.
 *
 * Two makers turn a spec into a {@link ChainDriver}: `chain-compiler.ts` writes one function per chain so that V8 sees
 * monomorphic call sites and inlines the user's closures; `chain-plain.ts` is its twin in plain closures, the oracle of
 * the tests and the fallback where code generation is not allowed. Law: both emit the same frames in the same order.
 */

import type { OutputGate, OutputPressure, RingReader, RingWriter } from '../exchange/index.ts';
import type { SourceOutput } from '../connectors/index.ts';
import type { FusedForm, Operator, SplitWatermarks } from '../operators/index.ts';
import type { KeyAccess, KeyValue, RowCodec } from '../record/index.ts';
import type { LeaveOut } from './bad-rows.ts';
import type { ChainCollector } from './collector.ts';
import type { CurrentRow } from './current-row.ts';

/** How an output edge finds the channel of a row. `forward` and `global` have one channel. */
export type Routing =
  | { readonly kind: 'single' }
  | { readonly kind: 'keyGroup'; readonly channelOfGroup: Uint16Array; readonly key: KeyRoute }
  | { readonly kind: 'select'; readonly select: (row: unknown) => number }
  | { readonly kind: 'broadcast' };

/** How a row's key is hashed on the producing side. */
export type KeyRoute =
  | { readonly kind: 'fields'; readonly access: KeyAccess }
  | { readonly kind: 'function'; readonly fn: (row: never) => KeyValue };

/** One edge that leaves the chain. */
export interface OutputEdge {
  readonly gate: OutputGate;
  /** The gate's flag: whether it holds rows beyond its rings. */
  readonly pressure: OutputPressure;
  readonly writers: readonly RingWriter[];
  readonly routing: Routing;
  readonly codec: RowCodec;
  /** 8 when rows carry timestamps, else 0. */
  readonly prefixBytes: number;
}

/** One operator of the chain. Operator 0 is the head: a source, or the reader of the input rings. */
export interface ChainOperator {
  readonly name: string;
  /** `source` for a source head; `call` for operators that are called through the contract. */
  readonly form: 'source' | 'call' | FusedForm['form'];
  readonly fn: ((row: never) => unknown) | undefined;
  /** undefined for a source head. */
  readonly operator: Operator | undefined;
  /** Takes rows at which it throws; undefined: they fail the job. */
  readonly leaveOut?: LeaveOut | undefined;
  /** Indexes of chained operators fed by the main output. */
  readonly children: readonly number[];
  /** Indexes into {@link ChainSpec.edges} fed by the main output. */
  readonly edges: readonly number[];
  /** The same for side outputs, by tag. */
  readonly sides: Readonly<
    Record<string, { readonly children: readonly number[]; readonly edges: readonly number[] }>
  >;
}

/** One input edge of the head. */
export interface InputEdge {
  readonly codec: RowCodec;
  readonly prefixBytes: number;
  readonly input: 0 | 1;
  readonly keyed: boolean;
}

/** Timestamps and watermarks of a source head with a watermark strategy. */
export interface SourceTime {
  /** undefined: rows bring timestamps of their own. */
  readonly timestampOf: ((row: unknown) => number) | undefined;
  /** Of the split being polled; the head exchanges it. */
  generator: SplitWatermarks;
  /** Whether generators want to be asked also when no row comes. */
  readonly periodic: boolean;
  /** Another one, for another split. */
  readonly makeGenerator: () => SplitWatermarks;
}

/**
 * What a source head emits into: puts rows into the chain, and says when the step should end. A driver makes it, so that
 * `emit` has call sites of its own.
 */
export interface Feed extends SourceOutput {
  /** Rows of this step, and the most it may have. */
  rows: number;
  rowsMax: number;
  /** Of these rows, those that went to side outputs. */
  sideRows: number;
  full: boolean;
  /** True while a row runs through the chain: a throw is then the row's and not the reader's. */
  emitting: boolean;
  emit: (row: unknown, timestamp?: number) => void;
  emitSide: (tag: string, row: unknown, timestamp?: number) => void;
  /** Set by the head, which knows the split. */
  emitWatermark: (watermark: number) => void;
  markIdle: () => void;
  markActive: () => void;
}

/** Everything a driver needs. */
export interface ChainSpec {
  readonly label: string;
  readonly operators: readonly ChainOperator[];
  readonly inputs: readonly InputEdge[];
  readonly edges: readonly OutputEdge[];
  /** Of a source head with a watermark strategy. */
  readonly time: SourceTime | undefined;
  readonly maxParallelism: number;
  readonly current: CurrentRow;
  /** The watermark of each operator, set when it reaches the operator. */
  readonly times: readonly { watermark: number }[];
  /**
   * Rows into and out of each operator since the runtime last took them: `[2k]` in, `[2k + 1]` out. Drivers count what
   * cannot be derived: rows out of filters and called operators, rows into operators behind side outputs; the heads count
   * their own rows once per step (see `settleCounts`).
   */
  readonly counts: Int32Array;
  /** What each operator emits through; the driver binds them. */
  readonly collectors: readonly ChainCollector[];
  /** Sends a watermark that operator k generated to whatever follows it. */
  readonly emitWatermark: (operator: number, watermark: number) => void;
  readonly emitStatus: (operator: number, idle: boolean) => void;
}

/** The driver of one subtask. Owner: the subtask's worker. */
export interface ChainDriver {
  /**
   * Reads at most `rowsMax` rows of the reader of input edge i and pushes each through the chain; stops early at a frame
   * that is not a row, and when an output gate is full. Leaves `reader.pos` behind the last row taken, also when a user
   * function throws. Returns the number of rows.
   */
  readonly drives: readonly ((reader: RingReader, rowsMax: number) => number)[];
  /** What a source head emits into. */
  readonly feed: Feed;
  /** Hands the rows written so far to the writers: before control frames, publishing and draining. */
  readonly flush: () => void;
  /** Whether any output edge holds rows beyond its ring. */
  readonly isFull: () => boolean;
  /** The row that the head is processing, as a plain value, for error reports; undefined before the first. */
  currentRow(): unknown;
}

/** Fills in the counts that follow from others: a map emits what it takes, a child takes what its parent emits. */
export function settleCounts({ operators, counts }: ChainSpec): void {
  operators.forEach(({ form, children }, k) => {
    if (form === 'map') counts[2 * k + 1] = counts[2 * k]!;
    for (const child of children) counts[2 * child]! += counts[2 * k + 1]!;
  });
}
