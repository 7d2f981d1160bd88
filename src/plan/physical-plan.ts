/**
 * The physical plan: chains, subtasks and channels as versioned plain data (JSON), posted to workers and kept with
 * checkpoints.
 */

import type { ChainId, ChannelId, EdgeId, NodeId, SubtaskId } from '../base/index.ts';
import type { PartitionerKind } from '../graph/index.ts';
import type { Plain } from '../operators/index.ts';
import type { RecordDescriptor } from '../record/index.ts';

export const PLAN_VERSION = 1;

/** One logical node inside a chain. */
export interface PlanOperator {
  readonly node: NodeId;
  readonly name: string;
  readonly uid: string;
  readonly kind: string;
  readonly params: { readonly [key: string]: Plain };
  /** Whether its rows are spread by key. */
  readonly keyed: boolean;
  /** Keyed or operator state lives here. */
  readonly stateful: boolean;
  readonly location: string | undefined;
  /** `LogicalNode.fingerprint`: finds the first node that differs when a worker rebuilds another graph. */
  readonly fingerprint: string;
}

/** Operators that run as one: direct calls, no ring between them. */
export interface PlanChain {
  readonly id: ChainId;
  /** `source -> filter -> map`. */
  readonly name: string;
  readonly operators: readonly PlanOperator[];
  readonly parallelism: number;
  readonly slotSharingGroup: string;
  readonly subtasks: readonly SubtaskId[];
  readonly inputs: readonly EdgeId[];
  readonly outputs: readonly EdgeId[];
  /** Whether a source or sink in it does asynchronous I/O. */
  readonly async: boolean;
}

/** Why an edge of the logical graph did or did not fuse; for `millrace plan`. */
export interface ChainingDecision {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly chained: boolean;
  readonly reason: string;
}

/** All channels between two chains that belong to one logical edge. */
export interface PlanEdge {
  readonly id: EdgeId;
  /** Index of the edge in `LogicalGraph.edges`. */
  readonly logicalEdge: number;
  readonly from: ChainId;
  readonly fromNode: NodeId;
  readonly sideOutput: string | undefined;
  readonly to: ChainId;
  readonly toNode: NodeId;
  readonly input: 0 | 1;
  readonly partitioner: PartitionerKind;
  readonly keyFields: readonly string[] | undefined;
  /** Of the rows that travel; undefined: the generic codec. */
  readonly type: RecordDescriptor | undefined;
  /** The fields that travel, when the consumer does not read all of the stream's: those of `type`. */
  readonly fields: readonly string[] | undefined;
  readonly timestamps: boolean;
  /** Capacity of each of its rings, a power of two. */
  readonly ringBytes: number;
  readonly channels: readonly ChannelId[];
}

/** One parallel instance of a chain. */
export interface PlanSubtask {
  readonly id: SubtaskId;
  readonly chain: ChainId;
  /** 0 .. parallelism - 1. */
  readonly index: number;
  /** Key groups [first, end) when the chain is keyed, else [0, 0). */
  readonly keyGroups: readonly [number, number];
}

/** One producer subtask to one consumer subtask. */
export interface PlanChannel {
  readonly id: ChannelId;
  readonly edge: EdgeId;
  readonly producer: SubtaskId;
  readonly consumer: SubtaskId;
}

/** Something the user should know before the job starts. */
export interface PlanWarning {
  readonly code: string;
  readonly message: string;
  readonly operator: string | undefined;
  readonly location: string | undefined;
}

/** The whole plan. `chains[i].id === i`, and so for subtasks, edges and channels. */
export interface PhysicalPlan {
  readonly version: typeof PLAN_VERSION;
  readonly job: string;
  readonly executionMode: 'streaming' | 'batch';
  readonly maxParallelism: number;
  /** Fingerprint of the logical graph; a worker that rebuilds another graph refuses to run. */
  readonly graphFingerprint: string;
  readonly chains: readonly PlanChain[];
  readonly subtasks: readonly PlanSubtask[];
  readonly edges: readonly PlanEdge[];
  readonly channels: readonly PlanChannel[];
  readonly decisions: readonly ChainingDecision[];
  readonly warnings: readonly PlanWarning[];
}

/** What `makePlan` needs besides the graph; the config file fills it. */
export interface PlanSettings {
  /** Default parallelism of the job. */
  readonly parallelism: number;
  /** undefined: clamp(pow2ceil(1.5 · largest parallelism), 128, 32768). */
  readonly maxParallelism: number | undefined;
  /** By operator name. */
  readonly operatorParallelism: Readonly<Record<string, number>>;
  /** By operator name or uid: what somebody asked for while the job runs, before all others. */
  readonly imposedParallelism?: Readonly<Record<string, number>>;
  readonly chaining: boolean;
  /** Whether only the fields that their consumer reads travel between chains. */
  readonly pruning: boolean;
  readonly strictTypes: boolean;
  readonly executionMode: 'streaming' | 'batch';
  /** Power of two, 4 KiB .. 1 GiB. */
  readonly ringBytes: number;
}
