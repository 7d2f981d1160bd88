/** From the draft to the frozen logical graph: the checks that need the whole job, and the last names. */

import { EngineError, textHash } from '../base/index.ts';
import type { Plain } from '../operators/index.ts';
import type { DraftEdge, DraftNode, GraphDraft } from './draft.ts';
import { genericCodecWarning, strictTypesError } from './generic-codec.ts';
import { nodeFingerprint, nodeNames, nodeUids } from './identity.ts';
import type {
  GraphWarning,
  JobOptions,
  LogicalEdge,
  LogicalGraph,
  LogicalNode,
} from './logical-graph.ts';
import { noWatermarksWarnings } from './no-watermarks.ts';
import { formatLocation, placeOf } from './source-location.ts';
import type { SourceLocation } from './source-location.ts';
import { stateWarnings } from './state-warnings.ts';
import { stableJson } from './stable-text.ts';

/** Slot-sharing group of operators that name none. */
const DEFAULT_GROUP = 'default';

/**
 * Checks the whole job and freezes it.
 *
 * @param location the call of `job(…)`, for errors that belong to no single operator
 * @throws ERR_GRAPH_NO_SOURCE, ERR_GRAPH_NO_SINK, ERR_GRAPH_DUPLICATE_NAME, ERR_GRAPH_DUPLICATE_UID,
 *   ERR_GRAPH_PARALLELISM, ERR_GRAPH_FORWARD, ERR_GRAPH_STRICT_TYPES
 */
export function freezeGraph(
  draft: GraphDraft,
  options: JobOptions,
  parameters: Readonly<Record<string, Plain>>,
  location: SourceLocation | undefined,
): LogicalGraph {
  draft.close();
  checkEnds(draft, location);
  const names = nodeNames(draft);
  const uids = nodeUids(draft);
  const groups = slotSharingGroups(draft);
  checkParallelism(draft, options, names);
  const nodes = draft.nodes.map((node): LogicalNode => {
    const { spec } = node;
    return Object.freeze({
      id: node.id,
      name: names[node.id]!,
      uid: uids[node.id]!,
      uidGiven: node.uid !== undefined,
      source: spec.source,
      transformation: spec.transformation,
      sink: spec.sink ?? false,
      async: spec.async ?? false,
      parallelism: node.parallelism,
      maxSubtasks: spec.maxSubtasks,
      slotSharingGroup: groups[node.id]!,
      chaining: node.chaining,
      onBadRow: node.onBadRow,
      outputType: spec.outputType,
      sideOutputs: Object.freeze(Object.fromEntries(node.sideOutputs)),
      location: node.location && formatLocation(node.location),
      fingerprint: nodeFingerprint(draft, node, names, uids),
    });
  });
  const edges = draft.edges.map(frozenEdge);
  const graph: Omit<LogicalGraph, 'warnings'> = {
    name: draft.jobName,
    options: Object.freeze({ ...options }),
    nodes: Object.freeze(nodes),
    edges: Object.freeze(edges),
    fingerprint: textHash(
      stableJson([draft.jobName, options, parameters, nodes.map((node) => node.fingerprint)]),
    ),
  };
  return Object.freeze({ ...graph, warnings: Object.freeze(warningsOf(draft, graph)) });
}

function frozenEdge({ position, to, input }: DraftEdge): LogicalEdge {
  const { from, sideOutput, kind, explicit, route, key, type, timestamps } = position;
  return Object.freeze({
    from: from.id,
    sideOutput,
    to: to.id,
    input,
    partitioner: kind,
    explicit,
    route,
    key,
    type,
    timestamps,
  });
}

function checkEnds(draft: GraphDraft, location: SourceLocation | undefined): void {
  const place = placeOf(location);
  if (draft.nodes.length === 0) {
    throw new EngineError('ERR_GRAPH_NO_SOURCE', { job: draft.jobName }, { place });
  }
  if (!draft.nodes.some((node) => node.spec.sink)) {
    throw new EngineError('ERR_GRAPH_NO_SINK', { job: draft.jobName }, { place });
  }
}

function checkParallelism(draft: GraphDraft, options: JobOptions, names: readonly string[]): void {
  const most = options.maxParallelism;
  for (const node of draft.nodes) {
    if (most === undefined || node.parallelism === undefined || node.parallelism <= most) continue;
    throw new EngineError(
      'ERR_GRAPH_PARALLELISM',
      { what: `Parallelism of ${names[node.id]}`, most, got: node.parallelism },
      { place: placeOf(node.location, names[node.id]) },
    );
  }
  for (const { position, to } of draft.edges) {
    const { kind, explicit, from } = position;
    if (kind !== 'forward' || !explicit) continue;
    if (from.parallelism === undefined || to.parallelism === undefined) continue;
    if (from.parallelism === to.parallelism) continue;
    throw new EngineError(
      'ERR_GRAPH_FORWARD',
      {
        from: names[from.id],
        fromParallelism: from.parallelism,
        to: names[to.id],
        toParallelism: to.parallelism,
      },
      { place: placeOf(to.location, names[to.id]) },
    );
  }
}

/** The group given, else the one all inputs agree on, else `default`. Nodes come after their inputs. */
function slotSharingGroups(draft: GraphDraft): string[] {
  const groups: string[] = [];
  for (const node of draft.nodes) {
    const inputs = draft.edges.filter((edge) => edge.to === node);
    const above = new Set(inputs.map((edge) => groups[edge.position.from.id]!));
    groups.push(node.slotSharingGroup ?? (above.size === 1 ? [...above][0]! : DEFAULT_GROUP));
  }
  return groups;
}

function warningsOf(draft: GraphDraft, graph: Omit<LogicalGraph, 'warnings'>): GraphWarning[] {
  const warnings: GraphWarning[] = [];
  for (const node of graph.nodes) {
    if (node.sink || graph.edges.some((edge) => edge.from === node.id)) continue;
    warnings.push({
      code: 'WARN_GRAPH_DANGLING',
      message: `${node.name} leads to no sink; its rows are computed and dropped`,
      node: node.name,
      location: node.location,
    });
  }
  warnings.push(...noWatermarksWarnings(draft, graph));
  const told = new Set<DraftNode>();
  for (const edge of graph.edges) {
    // A forward edge may stay within a thread: that is for the plan to say.
    if (edge.type !== undefined || edge.partitioner === 'forward') continue;
    const node = draft.nodes[edge.from]!;
    if (told.has(node)) continue;
    told.add(node);
    if (graph.options.strictTypes) throw strictTypesError(graph, edge, node.location);
    warnings.push(genericCodecWarning(graph, edge));
  }
  warnings.push(...stateWarnings(graph));
  return warnings;
}
