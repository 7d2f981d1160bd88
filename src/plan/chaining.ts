/**
 * Which edges fuse, and the reason when one does not.
 *
 * Law (Flink's): A -> B chain if and only if B has one input, the parallelism is the same, the edge is forward, the
 * slot-sharing group is the same, and neither forbids it. So a chain is a tree: its operators but the head have one input.
 */

import type { LogicalEdge, LogicalGraph, PartitionerKind } from '../graph/index.ts';
import type { ChainingDecision, PlanSettings } from './physical-plan.ts';

/** What the decision needs to know of the resolved graph. */
export interface ChainingInput {
  readonly graph: LogicalGraph;
  readonly ofNode: readonly number[];
  readonly partitioners: readonly PartitionerKind[];
  readonly settings: PlanSettings;
}

/** One decision per edge of the logical graph, in its order. */
export function decideChaining(input: ChainingInput): ChainingDecision[] {
  const { graph } = input;
  const inputs = graph.nodes.map(() => 0);
  for (const edge of graph.edges) inputs[edge.to]!++;
  return graph.edges.map((edge, index) => {
    const obstacle = obstacleTo(input, edge, index, inputs[edge.to]!);
    return {
      from: edge.from,
      to: edge.to,
      chained: obstacle === undefined,
      reason: obstacle ?? 'forward, same parallelism',
    };
  });
}

function obstacleTo(
  { graph, ofNode, partitioners, settings }: ChainingInput,
  edge: LogicalEdge,
  index: number,
  inputs: number,
): string | undefined {
  const from = graph.nodes[edge.from]!;
  const to = graph.nodes[edge.to]!;
  const partitioner = partitioners[index]!;
  if (inputs > 1) return `its consumer has ${inputs} inputs`;
  if (ofNode[edge.from] !== ofNode[edge.to]) {
    return `parallelism ${ofNode[edge.from]} -> ${ofNode[edge.to]} (${partitioner})`;
  }
  if (partitioner !== 'forward') return `${partitioner} edge redistributes rows`;
  if (from.slotSharingGroup !== to.slotSharingGroup) {
    return `slot-sharing group ${from.slotSharingGroup} -> ${to.slotSharingGroup}`;
  }
  if (!settings.chaining) return 'chaining is off in the settings';
  if (from.chaining === 'never') return `${from.name} forbids chaining`;
  if (to.chaining === 'never') return `${to.name} forbids chaining`;
  if (to.chaining === 'head') return `${to.name} starts a new chain`;
  return undefined;
}

/** The chain of each node, numbered in the order of the heads. */
export function chainOfNodes(
  graph: LogicalGraph,
  decisions: readonly ChainingDecision[],
): number[] {
  let chains = 0;
  const above = new Map(
    decisions.filter((decision) => decision.chained).map(({ from, to }) => [to, from]),
  );
  const chainOf: number[] = [];
  // Nodes come after their inputs, so that the chain of the one above is known.
  for (const node of graph.nodes) {
    const from = above.get(node.id);
    chainOf.push(from === undefined ? chains++ : chainOf[from]!);
  }
  return chainOf;
}
