/** The warning for operators that wait for watermarks which nobody makes. */

import type { DraftNode, GraphDraft } from './draft.ts';
import type { GraphWarning, LogicalGraph } from './logical-graph.ts';

/**
 * One warning for each operator that works in event time and stands below a source without a watermark strategy, with no
 * `assignTimestamps` between them. In batch mode the end of the input is watermark enough, if rows have timestamps.
 */
export function noWatermarksWarnings(
  draft: GraphDraft,
  graph: Omit<LogicalGraph, 'warnings'>,
): GraphWarning[] {
  const silent = silentSources(draft);
  return graph.nodes.flatMap((node): GraphWarning[] => {
    if (node.transformation?.needsWatermarks !== true) return [];
    const from = silent[node.id];
    if (from === undefined) return [];
    if (graph.options.executionMode === 'batch' && draft.nodes[node.id]!.timestamps) return [];
    const source = graph.nodes[from.id]!.name;
    return [
      {
        code: 'WARN_GRAPH_NO_WATERMARKS',
        message:
          `${node.name} works in event time, but ${source} has no watermark strategy: its rows have no timestamps, and no ` +
          `time passes; give the source one, such as boundedOutOfOrderness((row) => row.time, '5s')`,
        node: node.name,
        location: node.location,
      },
    ];
  });
}

/** For each node a source above it whose rows come without watermarks of their own, if there is one. */
function silentSources(draft: GraphDraft): (DraftNode | undefined)[] {
  const found: (DraftNode | undefined)[] = [];
  // Nodes come after their inputs.
  for (const node of draft.nodes) {
    const { source, transformation } = node.spec;
    if (source !== undefined) {
      // A source that knows the time of its rows may know watermarks too.
      const silent = source.watermarks === undefined && source.source.timestamps !== true;
      found.push(silent ? node : undefined);
    } else if (transformation?.kind === 'timestamps') found.push(undefined);
    else {
      const inputs = draft.edges.filter(({ to }) => to === node);
      found.push(inputs.map(({ position }) => found[position.from.id]).find(Boolean));
    }
  }
  return found;
}
