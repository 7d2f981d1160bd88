/**
 * The logical graph: what a job module yields when its build function ran. Frozen; the same on every thread.
 *
 * Nodes are numbered in the order they were declared, so the same module gives the same numbers everywhere.
 */

import type { NodeId } from '../base/index.ts';
import type { BadRowPolicy, Source } from '../connectors/index.ts';
import type { KeyValue, RecordType } from '../record/index.ts';
import type { Transformation } from '../operators/index.ts';
import type { WatermarkStrategy } from './watermark-strategy.ts';

/** How rows are spread over the consumer's subtasks. */
export type PartitionerKind =
  | 'forward'
  | 'keyGroup'
  | 'rebalance'
  | 'rescale'
  | 'shuffle'
  | 'broadcast'
  | 'global'
  | 'custom';

/** By what a keyed stream is keyed: fields of the record, or a function. */
export type KeySelector =
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  | { readonly kind: 'function'; readonly fn: (row: never) => KeyValue };

/** One input of a node: where its rows come from and how they are partitioned. */
export interface LogicalEdge {
  readonly from: NodeId;
  /** Which output of `from`: its main output, or the side output of this tag. */
  readonly sideOutput: string | undefined;
  readonly to: NodeId;
  /** 0, or 1 for the second input of a two-input operator. A union has several edges with the same input. */
  readonly input: 0 | 1;
  readonly partitioner: PartitionerKind;
  /**
   * Whether the job asked for this partitioner. A `forward` that nobody asked for becomes `rebalance` where the
   * parallelism of the two operators differs.
   */
  readonly explicit: boolean;
  /** For `custom`: gives the subtask, 0 .. parallelism - 1. */
  readonly route: ((row: never, parallelism: number) => number) | undefined;
  /** For `keyGroup`. */
  readonly key: KeySelector | undefined;
  /** Record type of the rows; undefined when the generic codec carries them. */
  readonly type: RecordType | undefined;
  /** Whether rows on this edge carry timestamps. */
  readonly timestamps: boolean;
}

/** One operator of the job. */
export interface LogicalNode {
  readonly id: NodeId;
  /** Unique within the job; given by `.name()` or derived (`map`, `map-2`). */
  readonly name: string;
  /** Stable id for state, given by `.uid()` or derived from the topology above and frozen. */
  readonly uid: string;
  readonly uidGiven: boolean;
  /** Set for sources. */
  readonly source:
    | { readonly source: Source; readonly watermarks: WatermarkStrategy | undefined }
    | undefined;
  /** Set for everything else, sinks included. */
  readonly transformation: Transformation | undefined;
  /** Whether this node is a sink (nothing follows it). */
  readonly sink: boolean;
  /** Whether its source, sink or transformation does asynchronous I/O. */
  readonly async: boolean;
  /** undefined: the job's default. */
  readonly parallelism: number | undefined;
  /** undefined: unlimited; 1 for operators that must not be parallel. */
  readonly maxSubtasks: number | undefined;
  readonly slotSharingGroup: string;
  readonly chaining: 'always' | 'head' | 'never';
  /** What becomes of rows at which its code throws; undefined: what the configuration says, else the job fails. */
  readonly onBadRow?: BadRowPolicy | undefined;
  /** Record type of the main output; undefined when untyped or when there is none. */
  readonly outputType: RecordType | undefined;
  /** Types of declared side outputs by tag. */
  readonly sideOutputs: Readonly<Record<string, RecordType | undefined>>;
  /** The user's call that declared it: `job.ts:12:6`. */
  readonly location: string | undefined;
  /** Hash over everything of this node and its inputs that must agree between threads. */
  readonly fingerprint: string;
}

/** Job-wide settings from the code; the config file overrides them. */
export interface JobOptions {
  readonly parallelism?: number;
  readonly maxParallelism?: number;
  readonly strictTypes?: boolean;
  readonly executionMode?: 'streaming' | 'batch';
}

/** Something the user should know before the job starts. */
export interface GraphWarning {
  /** Stable, `WARN_…`. */
  readonly code: string;
  readonly message: string;
  readonly node: string | undefined;
  readonly location: string | undefined;
}

/** The whole job. */
export interface LogicalGraph {
  readonly name: string;
  readonly options: JobOptions;
  readonly nodes: readonly LogicalNode[];
  readonly edges: readonly LogicalEdge[];
  readonly warnings: readonly GraphWarning[];
  /** Hash over everything that must agree between threads: topology, params, types, keys, function sources. */
  readonly fingerprint: string;
}
