/** The logical graph as text: one line per operator, one per edge into it. */

import type { LogicalEdge, LogicalGraph, LogicalNode } from './logical-graph.ts';
import { fitLine, table } from './text-layout.ts';

/**
 * The graph for people; ASCII, at most 80 columns, the same for the same graph.
 *
 * @example
 * renderLogical(graph).split('\n')[0]; // 'job airport-delays, graph 3f0c6a1be2d94577'
 */
export function renderLogical(graph: LogicalGraph): string {
  const lines = [
    ...fitLine(`job ${graph.name}, graph ${graph.fingerprint}`),
    '',
    `LOGICAL: ${count(graph.nodes.length, 'operator')}, ${count(graph.edges.length, 'edge')}`,
    ...table(graph.nodes.map(nodeCells), 2),
  ];
  if (graph.edges.length > 0) {
    lines.push(
      '  edges:',
      ...table(
        graph.edges.map((edge) => [
          `${graph.nodes[edge.from]!.name} -> ${graph.nodes[edge.to]!.name}`,
          describeEdge(edge),
          edge.type?.name ?? 'untyped',
          edge.timestamps ? 'timed' : '',
        ]),
        4,
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** How an edge spreads rows, in a word or two: `keyGroup(origin)`, `late: forward`, `second input: broadcast`. */
export function describeEdge(edge: LogicalEdge, partitioner: string = edge.partitioner): string {
  const side = edge.sideOutput === undefined ? '' : `${edge.sideOutput}: `;
  const input = edge.input === 0 ? '' : 'second input: ';
  if (edge.key === undefined) return `${side}${input}${partitioner}`;
  const key = edge.key.kind === 'fields' ? edge.key.fields.join(', ') : 'function';
  return `${side}${input}${partitioner}(${key})`;
}

/** `1 operator`, `2 operators`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function nodeCells(node: LogicalNode): string[] {
  const role = node.source !== undefined ? 'source' : node.sink ? 'sink' : 'operator';
  const parallelism = node.parallelism === undefined ? '' : `x${node.parallelism}`;
  const type = node.sink ? '' : (node.outputType?.name ?? 'untyped');
  return [`#${node.id}`, node.name, role, parallelism, type, node.location ?? ''];
}
