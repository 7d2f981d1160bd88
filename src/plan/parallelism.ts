/**
 * How many subtasks each operator has, and how its input edges spread rows then.
 *
 * Laws:
 *  1. What was asked for while the job runs wins over the job's own `setParallelism`, that over the configuration
 *     of the operator, and that over the job's default; an operator or source with a limit never gets more.
 *  2. A forward edge that nobody asked for stays forward between equal parallelism, becomes global into a single
 *     subtask, and rebalance otherwise.
 */

import { EngineError } from '../base/index.ts';
import { didYouMean } from '../graph/index.ts';
import type { LogicalGraph, PartitionerKind } from '../graph/index.ts';
import { defaultMaxParallelism } from '../record/index.ts';
import type { PlanSettings } from './physical-plan.ts';
import { checkCount, PARALLELISM_MAX } from './settings.ts';

/** Numbers of subtasks by node, and the number of key groups. */
export interface ParallelismPlan {
  readonly ofNode: readonly number[];
  readonly maxParallelism: number;
}

/** @throws ERR_PLAN_OPERATOR, ERR_PLAN_SETTING */
export function resolveParallelism(graph: LogicalGraph, settings: PlanSettings): ParallelismPlan {
  const names = new Set(graph.nodes.map((node) => node.name));
  checkNames(Object.keys(settings.operatorParallelism), names, names);
  const imposed = settings.imposedParallelism ?? {};
  const uids = graph.nodes.map((node) => node.uid);
  checkNames(Object.keys(imposed), new Set([...names, ...uids]), names);
  const ofNode = graph.nodes.map((node) =>
    Math.min(
      imposed[node.uid] ??
        imposed[node.name] ??
        node.parallelism ??
        settings.operatorParallelism[node.name] ??
        settings.parallelism,
      node.maxSubtasks ?? PARALLELISM_MAX,
    ),
  );
  const maxParallelism = settings.maxParallelism ?? defaultMaxParallelism(Math.max(...ofNode));
  for (const node of graph.nodes) {
    checkCount(`parallelism of ${node.name}`, ofNode[node.id]!, maxParallelism);
  }
  return { ofNode, maxParallelism };
}

/** @throws ERR_PLAN_OPERATOR */
function checkNames(
  asked: readonly string[],
  known: ReadonlySet<string>,
  shown: ReadonlySet<string>,
): void {
  const name = asked.find((one) => !known.has(one));
  if (name === undefined) return;
  const nearest = didYouMean(name, known);
  throw new EngineError('ERR_PLAN_OPERATOR', { name, known: [...shown].join(', '), nearest });
}

/** The partitioner of every edge. @throws ERR_PLAN_FORWARD a forward that was asked for cannot be */
export function resolvePartitioners(
  graph: LogicalGraph,
  ofNode: readonly number[],
): PartitionerKind[] {
  return graph.edges.map((edge) => {
    const producers = ofNode[edge.from]!;
    const consumers = ofNode[edge.to]!;
    if (edge.partitioner !== 'forward' || producers === consumers) return edge.partitioner;
    if (!edge.explicit) return consumers === 1 ? 'global' : 'rebalance';
    const to = graph.nodes[edge.to]!;
    throw new EngineError(
      'ERR_PLAN_FORWARD',
      {
        from: graph.nodes[edge.from]!.name,
        fromParallelism: producers,
        to: to.name,
        toParallelism: consumers,
      },
      { place: to.location === undefined ? {} : { source: to.location, operator: to.name } },
    );
  });
}
