/** The plan as text: logical -> chained -> physical. */

import { formatBytes } from '../base/index.ts';
import { count, describeEdge, fitLine, renderLogical, table } from '../graph/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import type { PhysicalPlan, PlanChain, PlanEdge } from './physical-plan.ts';

/** ASCII, at most 80 columns, the same for the same plan. */
export function renderText(graph: LogicalGraph, plan: PhysicalPlan): string {
  return [renderLogical(graph), chained(graph, plan), physical(plan), warnings(plan)]
    .filter((section) => section !== '')
    .join('\n');
}

function chained(graph: LogicalGraph, plan: PhysicalPlan): string {
  const lines = [
    `CHAINED: ${count(plan.chains.length, 'chain')}, ${count(plan.edges.length, 'edge')}`,
    ...table(plan.chains.map(chainCells), 2),
  ];
  if (plan.edges.length > 0) {
    lines.push(
      '  edges:',
      ...table(
        plan.edges.map((edge) => edgeCells(graph, edge)),
        4,
      ),
    );
  }
  if (plan.decisions.length > 0) {
    lines.push(
      '  why:',
      ...table(
        plan.decisions.map(({ from, to, chained: fused, reason }) => [
          `${graph.nodes[from]!.name} -> ${graph.nodes[to]!.name}`,
          fused ? 'chained' : 'cut',
          reason,
        ]),
        4,
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

function chainCells(chain: PlanChain): string[] {
  const group = chain.slotSharingGroup === 'default' ? '' : `group ${chain.slotSharingGroup}`;
  const waits = chain.async ? 'async' : '';
  return [`[${chain.id}]`, `x${chain.parallelism}`, group, waits, chain.name];
}

function edgeCells(graph: LogicalGraph, edge: PlanEdge): string[] {
  return [
    `[${edge.from}] -> [${edge.to}]`,
    describeEdge(graph.edges[edge.logicalEdge]!, edge.partitioner),
    typeText(edge),
    `${edge.channels.length} x ${formatBytes(edge.ringBytes)}`,
  ];
}

/** `Bid`, or `{auction, price} of Bid` when no other fields travel. */
function typeText({ type, fields }: PlanEdge): string {
  if (type === undefined) return 'generic codec';
  return fields === undefined ? type.name : `{${fields.join(', ')}} of ${type.name}`;
}

function physical(plan: PhysicalPlan): string {
  const rings = plan.edges.reduce((sum, edge) => sum + edge.channels.length * edge.ringBytes, 0);
  const lines = [
    ...fitLine(
      `PHYSICAL: ${count(plan.subtasks.length, 'subtask')}, ${count(plan.channels.length, 'channel')}, ` +
        `rings ${formatBytes(rings)}, max parallelism ${plan.maxParallelism}, ${plan.executionMode}`,
    ),
  ];
  for (const chain of plan.chains) {
    lines.push(...fitLine(`  [${chain.id}] ${span('subtask', chain.subtasks)}`));
    const groups = chain.subtasks
      .map((id) => plan.subtasks[id]!.keyGroups)
      .filter(([first, end]) => first < end || plan.subtasks[chain.subtasks[0]!]!.keyGroups[1] > 0);
    if (groups.length > 0) {
      const ranges = groups.map(([first, end]) =>
        first === end ? 'none' : `${first}..${end - 1}`,
      );
      lines.push(...fitLine(`      key groups ${ranges.join(', ')}`));
    }
    for (const id of chain.inputs) {
      const edge = plan.edges[id]!;
      lines.push(...fitLine(`      from [${edge.from}]: ${span('channel', edge.channels)}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** `subtask 3`, `subtasks 3..6`: ids of one chain or edge follow one another. */
function span(what: string, ids: readonly number[]): string {
  if (ids.length === 0) return `no ${what}`;
  if (ids.length === 1) return `${what} ${ids[0]}`;
  return `${what}s ${ids[0]}..${ids.at(-1)}`;
}

function warnings(plan: PhysicalPlan): string {
  if (plan.warnings.length === 0) return '';
  const lines = plan.warnings.flatMap(({ code, message, location }) => {
    const at = location === undefined || message.includes(location) ? '' : ` (${location})`;
    return fitLine(`  ${code}: ${message}${at}`);
  });
  return `WARNINGS: ${plan.warnings.length}\n${lines.join('\n')}\n`;
}
