/** The plan as a diagram: a box per chain with its operators inside, an arrow per edge. */

import { describeEdge } from '../graph/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import type { PhysicalPlan, PlanChain, PlanEdge } from './physical-plan.ts';

/** Mermaid flowchart, for Markdown. */
export function renderMermaid(graph: LogicalGraph, plan: PhysicalPlan): string {
  const text = (value: string): string =>
    `"${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}"`;
  const lines = ['flowchart LR'];
  for (const chain of plan.chains) {
    lines.push(`  subgraph c${chain.id}[${text(chainTitle(chain))}]`);
    for (const operator of chain.operators)
      lines.push(`    n${operator.node}[${text(operator.name)}]`);
    lines.push('  end');
  }
  for (const { from, to } of withinChains(plan)) lines.push(`  n${from} --> n${to}`);
  for (const edge of plan.edges) {
    lines.push(`  n${edge.fromNode} ==>|${text(edgeTitle(graph, edge))}| n${edge.toNode}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Graphviz. */
export function renderDot(graph: LogicalGraph, plan: PhysicalPlan): string {
  const text = (value: string): string =>
    `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = [`digraph ${text(graph.name)} {`, '  rankdir=LR;', '  node [shape=box];'];
  for (const chain of plan.chains) {
    lines.push(`  subgraph cluster_${chain.id} {`, `    label=${text(chainTitle(chain))};`);
    for (const operator of chain.operators) {
      lines.push(`    n${operator.node} [label=${text(operator.name)}];`);
    }
    lines.push('  }');
  }
  for (const { from, to } of withinChains(plan)) lines.push(`  n${from} -> n${to};`);
  for (const edge of plan.edges) {
    const label = text(edgeTitle(graph, edge));
    lines.push(`  n${edge.fromNode} -> n${edge.toNode} [style=bold, label=${label}];`);
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function chainTitle(chain: PlanChain): string {
  return `chain ${chain.id} x${chain.parallelism}`;
}

function edgeTitle(graph: LogicalGraph, edge: PlanEdge): string {
  return describeEdge(graph.edges[edge.logicalEdge]!, edge.partitioner);
}

function withinChains(plan: PhysicalPlan): { readonly from: number; readonly to: number }[] {
  return plan.decisions.filter((decision) => decision.chained);
}
