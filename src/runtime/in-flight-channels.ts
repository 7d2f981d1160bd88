/** Names of channels in checkpoints, and which of them a barrier may overtake on. Pure. */

import type { ChannelId, EdgeId } from '../base/index.ts';
import type { InFlightChannel } from '../checkpoint/index.ts';
import type { PhysicalPlan, PlanChannel, PlanEdge } from '../plan/index.ts';
import { fingerprintOf } from '../record/index.ts';

/**
 * Whether barriers may overtake rows on an edge. As in Flink not where a restore with another parallelism could not deal the rows
 * out: a pointwise edge keeps an order over producers that become others, and of a broadcast every consumer holds its own copies.
 */
export function mayOvertake({ partitioner }: Pick<PlanEdge, 'partitioner'>): boolean {
  return partitioner !== 'forward' && partitioner !== 'rescale' && partitioner !== 'broadcast';
}

/** The channels of an edge that are picked, in the order of the plan, by their names in checkpoints. */
export function inFlightChannels(
  plan: PhysicalPlan,
  id: EdgeId,
  pick: (channel: PlanChannel) => boolean,
): readonly InFlightChannel[] {
  const edge = plan.edges[id]!;
  const name = edgeName(plan, edge);
  return edge.channels
    .map((channel: ChannelId) => plan.channels[channel]!)
    .filter(pick)
    .map(({ producer, consumer }) => ({
      ...name,
      producer: plan.subtasks[producer]!.index,
      consumer: plan.subtasks[consumer]!.index,
    }));
}

/** What the channels of an edge have in common. */
export function edgeName(
  plan: PhysicalPlan,
  edge: PlanEdge,
): Omit<InFlightChannel, 'producer' | 'consumer'> {
  const from = plan.chains[edge.from]!;
  const to = plan.chains[edge.to]!;
  const beside = plan.edges.filter(
    ({ fromNode, toNode, sideOutput, input }) =>
      fromNode === edge.fromNode &&
      toNode === edge.toNode &&
      sideOutput === edge.sideOutput &&
      input === edge.input,
  );
  return {
    from: from.operators.find(({ node }) => node === edge.fromNode)!.uid,
    sideOutput: edge.sideOutput ?? '',
    producers: from.parallelism,
    to: to.operators.find(({ node }) => node === edge.toNode)!.uid,
    input: edge.input,
    consumers: to.parallelism,
    edge: beside.indexOf(edge),
    layout: edge.type === undefined ? 'any' : fingerprintOf(edge.type),
    timestamps: edge.timestamps,
  };
}
