/**
 * Which fields of a record travel over each edge: those that its consumer reads, and those of the key.
 *
 * Pure, and decided by graph and chaining alone. Within a chain rows are handed on as they are, so only edges between
 * chains are looked at. All edges into one input of an operator carry the same fields, since it has one type.
 *
 * Law (test/plan/prune-fields.test.ts): an edge carries every field that its consumer names and every field that it is keyed
 * by; all fields if the consumer does not say what it reads, or if a function makes the key.
 */

import type { LogicalEdge, LogicalGraph } from '../graph/index.ts';
import type { ChainingDecision } from './physical-plan.ts';

/**
 * The names of the fields by logical edge, in the order of the record type; undefined where the whole row travels.
 *
 * @example
 * prunedFields(graph, decisions)[0]; // ['auction']
 */
export function prunedFields(
  graph: LogicalGraph,
  decisions: readonly ChainingDecision[],
): (readonly string[] | undefined)[] {
  return graph.edges.map((edge, index) => {
    if (decisions[index]!.chained) return undefined;
    const siblings = graph.edges.filter(({ to, input }) => to === edge.to && input === edge.input);
    return fieldsOf(graph, siblings);
  });
}

/** @param edges all into one input */
function fieldsOf(graph: LogicalGraph, edges: readonly LogicalEdge[]): string[] | undefined {
  const { to, input, type } = edges[0]!;
  const reads = graph.nodes[to]!.transformation?.reads?.[input];
  if (reads === undefined || type === undefined) return undefined;
  const names = new Set(reads);
  for (const { key, type: other } of edges) {
    if (other?.fingerprint !== type.fingerprint || key?.kind === 'function') return undefined;
    for (const field of key?.fields ?? []) names.add(field);
  }
  const fields = type.descriptor.fields.filter(({ deprecated }) => !deprecated);
  const kept = fields.filter(({ name }) => names.has(name));
  return kept.length === fields.length ? undefined : kept.map(({ name }) => name);
}
