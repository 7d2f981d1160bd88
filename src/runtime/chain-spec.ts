/**
 * What the driver of a chain is made from: operators as a tree, and the edges that leave the chain.
 *
 * Two makers turn a spec into a {@link ChainDriver}: `chain-compiler.ts` writes one function per chain so that V8 sees
 * monomorphic call sites and inlines the user's closures; `chain-plain.ts` is its twin in plain closures, the oracle of
 * the tests and the fallback where code generation is not allowed. Law: both emit the same frames in the same order.
 */

import type { OutputGate, RingReader, RingWriter } from '../exchange/index.ts';
import type { FusedForm, Operator } from '../operators/index.ts';
import type { KeyAccess, KeyValue, RowCodec } from '../record/index.ts';
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

/** Everything a driver needs. */
export interface ChainSpec {
  readonly label: string;
  readonly operators: readonly ChainOperator[];
  readonly inputs: readonly InputEdge[];
  readonly edges: readonly OutputEdge[];
  readonly maxParallelism: number;
  readonly current: CurrentRow;
  /** Rows into and out of each operator since the runtime last took them: `[2k]` in, `[2k + 1]` out. */
  readonly counts: Int32Array;
  /** What each operator emits through; the driver binds them. */
  readonly collectors: readonly ChainCollector[];
  /** Sends a watermark that operator k generated to whatever follows it. */
  readonly emitWatermark: (operator: number, watermark: number) => void;
}

/** The driver of one subtask. Owner: the subtask's worker. */
export interface ChainDriver {
  /**
   * Reads at most `rowsMax` rows of the reader of input edge i and pushes each through the chain; stops early at a frame
   * that is not a row, and when an output gate is full. Leaves `reader.pos` behind the last row taken, also when a user
   * function throws. Returns the number of rows.
   */
  readonly drives: readonly ((reader: RingReader, rowsMax: number) => number)[];
  /** Pushes one row of a source head into the chain. */
  readonly feed: (row: unknown, timestamp: number) => void;
  /** The row that the head is processing, as a plain value, for error reports; undefined before the first. */
  currentRow(): unknown;
}
