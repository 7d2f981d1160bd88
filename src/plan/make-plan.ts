/**
 * Logical graph to physical plan: chains, subtasks, edges and channels as plain data.
 *
 * Laws (tested in test/plan/make-plan.property.test.ts):
 *  1. Each node is in exactly one chain; `chains[i].id === i`, and so for subtasks, edges and channels.
 *  2. Each logical edge is either within a chain or one physical edge, whose channels join existing subtasks once.
 *  3. The key groups of a keyed chain's subtasks are contiguous and cover 0 .. maxParallelism - 1 once.
 *  4. The plan is JSON: it equals its own copy through JSON and structured clone.
 */

import { chainId, channelId, edgeId, subtaskId } from '../base/index.ts';
import type { ChainId, EdgeId, SubtaskId } from '../base/index.ts';
import { fanOut } from '../exchange/index.ts';
import { checkSameGraph, genericCodecWarning, strictTypesError } from '../graph/index.ts';
import type { LogicalGraph, LogicalNode, PartitionerKind } from '../graph/index.ts';
import { keyGroupRange, projectionOf } from '../record/index.ts';
import { chainOfNodes, decideChaining } from './chaining.ts';
import { resolveParallelism, resolvePartitioners } from './parallelism.ts';
import { PLAN_VERSION } from './physical-plan.ts';
import type {
  ChainingDecision,
  PhysicalPlan,
  PlanChain,
  PlanChannel,
  PlanEdge,
  PlanOperator,
  PlanSettings,
  PlanSubtask,
  PlanWarning,
} from './physical-plan.ts';
import { prunedFields } from './prune-fields.ts';
import { checkSettings } from './settings.ts';

/**
 * Makes the plan. Pure.
 *
 * @throws ERR_PLAN_SETTING, ERR_PLAN_OPERATOR, ERR_PLAN_FORWARD, ERR_GRAPH_STRICT_TYPES
 * @example
 * makePlan(buildGraph(job), defaultPlanSettings({ parallelism: 4 })).subtasks.length;
 */
export function makePlan(graph: LogicalGraph, settings: PlanSettings): PhysicalPlan {
  checkSettings(settings);
  const { ofNode, maxParallelism } = resolveParallelism(graph, settings);
  const partitioners = resolvePartitioners(graph, ofNode);
  const decisions = decideChaining({ graph, ofNode, partitioners, settings });
  const chainOf = chainOfNodes(graph, decisions);

  const members: LogicalNode[][] = [];
  for (const node of graph.nodes) (members[chainOf[node.id]!] ??= []).push(node);
  const subtasks: PlanSubtask[] = [];
  const subtasksOf = members.map((nodes, chain): SubtaskId[] =>
    addSubtasks(subtasks, chainId(chain), ofNode[nodes[0]!.id]!, {
      keyed: isKeyed(graph, nodes[0]!),
      maxParallelism,
    }),
  );

  const pruned = settings.pruning ? prunedFields(graph, decisions) : [];
  const edges: PlanEdge[] = [];
  const channels: PlanChannel[] = [];
  graph.edges.forEach((edge, logicalEdge) => {
    if (decisions[logicalEdge]!.chained) return;
    const from = chainId(chainOf[edge.from]!);
    const to = chainId(chainOf[edge.to]!);
    const id = edgeId(edges.length);
    const partitioner = partitioners[logicalEdge]!;
    const fields = pruned[logicalEdge];
    const type = fields && edge.type ? projectionOf(edge.type, fields) : edge.type;
    edges.push({
      id,
      logicalEdge,
      from,
      fromNode: edge.from,
      sideOutput: edge.sideOutput,
      to,
      toNode: edge.to,
      input: edge.input,
      partitioner,
      keyFields: edge.key?.kind === 'fields' ? edge.key.fields : undefined,
      type: type?.descriptor,
      fields,
      timestamps: edge.timestamps,
      ringBytes: settings.ringBytes,
      channels: addChannels(channels, id, partitioner, subtasksOf[from]!, subtasksOf[to]!),
    });
  });

  const chains = members.map((nodes, index): PlanChain => {
    const id = chainId(index);
    return {
      id,
      name: chainName(nodes, decisions),
      operators: nodes.map((node) => operatorOf(graph, node)),
      parallelism: ofNode[nodes[0]!.id]!,
      slotSharingGroup: nodes[0]!.slotSharingGroup,
      subtasks: subtasksOf[index]!,
      inputs: edges.filter((edge) => edge.to === id).map((edge) => edge.id),
      outputs: edges.filter((edge) => edge.from === id).map((edge) => edge.id),
      async: nodes.some((node) => node.async),
    };
  });
  return withoutUndefined({
    version: PLAN_VERSION,
    job: graph.name,
    executionMode: settings.executionMode,
    maxParallelism,
    graphFingerprint: graph.fingerprint,
    chains,
    subtasks,
    edges,
    channels,
    decisions,
    warnings: warningsOf(graph, edges, ofNode, settings),
  });
}

/**
 * Checks, on the thread that rebuilt a graph, that it is the one the plan was made from.
 *
 * @throws ERR_GRAPH_FINGERPRINT shows the first operator that differs
 */
export function checkGraph(graph: LogicalGraph, plan: PhysicalPlan): void {
  const planned = plan.chains.flatMap((chain) => chain.operators);
  checkSameGraph(graph, plan.graphFingerprint, planned);
}

function isKeyed(graph: LogicalGraph, head: LogicalNode): boolean {
  return graph.edges.some((edge) => edge.to === head.id && edge.partitioner === 'keyGroup');
}

function addSubtasks(
  subtasks: PlanSubtask[],
  chain: ChainId,
  parallelism: number,
  groups: { readonly keyed: boolean; readonly maxParallelism: number },
): SubtaskId[] {
  return Array.from({ length: parallelism }, (_, index) => {
    const id = subtaskId(subtasks.length);
    const [first, end] = groups.keyed
      ? keyGroupRange(index, groups.maxParallelism, parallelism)
      : [0, 0];
    subtasks.push({ id, chain, index, keyGroups: [first, end] });
    return id;
  });
}

function addChannels(
  channels: PlanChannel[],
  edge: EdgeId,
  partitioner: PartitionerKind,
  producers: readonly SubtaskId[],
  consumers: readonly SubtaskId[],
): PlanChannel['id'][] {
  return fanOut(partitioner, producers.length, consumers.length).map(([producer, consumer]) => {
    const id = channelId(channels.length);
    channels.push({ id, edge, producer: producers[producer]!, consumer: consumers[consumer]! });
    return id;
  });
}

function operatorOf(graph: LogicalGraph, node: LogicalNode): PlanOperator {
  return {
    node: node.id,
    name: node.name,
    uid: node.uid,
    kind: node.source?.source.kind ?? node.transformation!.kind,
    params: node.source?.source.params ?? node.transformation!.params,
    keyed: isKeyed(graph, node),
    stateful: node.transformation?.stateful ?? false,
    location: node.location,
    fingerprint: node.fingerprint,
  };
}

/** `a -> b`, and `a -> (b, c -> d)` where a chain branches. */
function chainName(nodes: readonly LogicalNode[], decisions: readonly ChainingDecision[]): string {
  const nameFrom = (node: LogicalNode): string => {
    const below = nodes.filter((other) =>
      decisions.some(({ from, to, chained }) => chained && from === node.id && to === other.id),
    );
    if (below.length === 0) return node.name;
    const names = below.map(nameFrom).join(', ');
    return below.length === 1 ? `${node.name} -> ${names}` : `${node.name} -> (${names})`;
  };
  return nameFrom(nodes[0]!);
}

function warningsOf(
  graph: LogicalGraph,
  edges: readonly PlanEdge[],
  ofNode: readonly number[],
  settings: PlanSettings,
): PlanWarning[] {
  const warnings = graph.warnings.map(({ code, message, node, location }) => ({
    code,
    message,
    operator: node,
    location,
  }));
  const told = new Set(
    warnings.filter(({ code }) => code === 'WARN_GRAPH_GENERIC_CODEC').map((w) => w.operator),
  );
  for (const { logicalEdge } of edges) {
    const edge = graph.edges[logicalEdge]!;
    if (edge.type !== undefined) continue;
    if (settings.strictTypes) throw strictTypesError(graph, edge);
    const { code, message, node, location } = genericCodecWarning(graph, edge);
    if (told.has(node)) continue;
    told.add(node);
    warnings.push({ code, message, operator: node, location });
  }
  for (const node of graph.nodes) {
    const imposed =
      settings.imposedParallelism?.[node.uid] ?? settings.imposedParallelism?.[node.name];
    const asked = imposed ?? node.parallelism ?? settings.operatorParallelism[node.name];
    if (asked === undefined || asked <= ofNode[node.id]!) continue;
    warnings.push({
      code: 'WARN_PLAN_CAPPED',
      message: `${node.name} was asked for parallelism ${asked} and has work for ${ofNode[node.id]}`,
      operator: node.name,
      location: node.location,
    });
  }
  return warnings;
}

/** The same without fields that are undefined, which JSON cannot hold. */
function withoutUndefined<T>(plain: T): T {
  return JSON.parse(JSON.stringify(plain)) as T;
}
