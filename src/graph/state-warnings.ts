/** Warnings of keyed state that grows as long as new keys come. */

import type { GraphWarning, LogicalGraph } from './logical-graph.ts';

/**
 * One warning for each operator that keeps something for every key of an unbounded stream and never lets go of it. In batch
 * mode the input ends, and so does the state.
 */
export function stateWarnings(
  graph: Pick<LogicalGraph, 'nodes' | 'edges' | 'options'>,
): GraphWarning[] {
  if (graph.options.executionMode === 'batch') return [];
  const unbounded: boolean[] = [];
  const warnings: GraphWarning[] = [];
  // Nodes come after their inputs.
  for (const node of graph.nodes) {
    const inputs = graph.edges.filter((edge) => edge.to === node.id);
    const endless =
      node.source === undefined
        ? inputs.some((edge) => unbounded[edge.from])
        : !node.source.source.bounded;
    unbounded.push(endless);
    const kept = node.transformation?.unboundedState;
    if (kept === undefined || !endless || !inputs.some((edge) => edge.key !== undefined)) continue;
    warnings.push({
      code: 'WARN_GRAPH_UNBOUNDED_STATE',
      message:
        `${node.name} keeps ${kept} for every key that ever came, and its input does not end: ` +
        `give the state a time to live (ttl), clear it by a timer, or aggregate in windows`,
      node: node.name,
      location: node.location,
    });
  }
  return warnings;
}
