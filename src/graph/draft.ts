/** The graph while a job's build function runs: nodes and edges that can still change. */

import { EngineError, nodeId } from '../base/index.ts';
import type { NodeId } from '../base/index.ts';
import type { BadRowPolicy, Source } from '../connectors/index.ts';
import type { Transformation } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { KeySelector, PartitionerKind } from './logical-graph.ts';
import { callSite, placeOf } from './source-location.ts';
import type { SourceLocation } from './source-location.ts';
import type { WatermarkStrategy } from './watermark-strategy.ts';

/** How the rows of a stream go to whatever comes next. */
export interface Partitioning {
  readonly kind: PartitionerKind;
  readonly explicit: boolean;
  readonly route: ((row: never, parallelism: number) => number) | undefined;
  readonly key: KeySelector | undefined;
}

/** What follows when nobody asked for anything. */
export const IMPLICIT_FORWARD: Partitioning = {
  kind: 'forward',
  explicit: false,
  route: undefined,
  key: undefined,
};

/** One output of one node, and how its rows go on: what a stream stands for. A union has several. */
export interface Position extends Partitioning {
  readonly from: DraftNode;
  readonly sideOutput: string | undefined;
  readonly type: RecordType | undefined;
  readonly timestamps: boolean;
}

/** One input of a node to be added. */
export interface DraftInput {
  readonly positions: readonly Position[];
  readonly input: 0 | 1;
}

/** What a call of the API adds. */
export interface NodeSpec {
  /** Kind of the node, and its name unless one is given. */
  readonly kind: string;
  readonly inputs: readonly DraftInput[];
  readonly source?: { readonly source: Source; readonly watermarks: WatermarkStrategy | undefined };
  readonly transformation?: Transformation;
  readonly sink?: boolean;
  readonly async?: boolean;
  readonly maxSubtasks?: number | undefined;
  readonly outputType?: RecordType | undefined;
  /** Whether it gives its rows timestamps; those of its inputs are kept anyway. */
  readonly timestamps?: boolean;
  /** Side outputs that the operator writes to, whether or not somebody reads them. */
  readonly sideOutputs?: ReadonlyMap<string, RecordType | undefined> | undefined;
}

/** A node that can still be named and set up. */
export interface DraftNode {
  readonly id: NodeId;
  readonly spec: NodeSpec;
  /** The call that declared it. */
  readonly location: SourceLocation | undefined;
  /** Whether rows of its main output carry timestamps. */
  readonly timestamps: boolean;
  name: string | undefined;
  uid: string | undefined;
  parallelism: number | undefined;
  slotSharingGroup: string | undefined;
  chaining: 'always' | 'head' | 'never';
  onBadRow: BadRowPolicy | undefined;
  readonly sideOutputs: Map<string, RecordType | undefined>;
}

/** An edge, with the call that declared its consumer. */
export interface DraftEdge {
  readonly position: Position;
  readonly to: DraftNode;
  readonly input: 0 | 1;
}

/** Collects what the build function declares, in the order in which it does. */
export class GraphDraft {
  readonly nodes: DraftNode[] = [];
  readonly edges: DraftEdge[] = [];
  readonly jobName: string;
  #closed = false;

  constructor(jobName: string) {
    this.jobName = jobName;
  }

  /**
   * Adds a node and the edges into it.
   *
   * @throws ERR_GRAPH_BUILT the build function has returned
   * @throws ERR_GRAPH_FOREIGN_STREAM an input belongs to another job
   */
  add(spec: NodeSpec): DraftNode {
    this.assertOpen(spec.kind);
    const positions = spec.inputs.flatMap((input) => input.positions);
    for (const { from } of positions) {
      if (this.nodes[from.id] === from) continue;
      throw new EngineError(
        'ERR_GRAPH_FOREIGN_STREAM',
        { call: spec.kind, job: this.jobName },
        { place: placeOf(callSite()) },
      );
    }
    const node: DraftNode = {
      id: nodeId(this.nodes.length),
      spec,
      location: callSite(),
      timestamps: spec.timestamps === true || positions.some((position) => position.timestamps),
      name: undefined,
      uid: undefined,
      parallelism: undefined,
      slotSharingGroup: undefined,
      chaining: 'always',
      onBadRow: undefined,
      sideOutputs: new Map(spec.sideOutputs),
    };
    this.nodes.push(node);
    for (const { positions: from, input } of spec.inputs) {
      for (const position of from) this.edges.push({ position, to: node, input });
    }
    return node;
  }

  /** @throws ERR_GRAPH_BUILT when the graph can no longer change */
  assertOpen(call: string): void {
    if (!this.#closed) return;
    throw new EngineError(
      'ERR_GRAPH_BUILT',
      { call, job: this.jobName },
      { place: placeOf(callSite()) },
    );
  }

  /** No more changes from now on. */
  close(): void {
    this.#closed = true;
  }
}
