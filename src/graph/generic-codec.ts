/** What to say about a stream without a record type that crosses threads. */

import { EngineError } from '../base/index.ts';
import type { GraphWarning, LogicalEdge, LogicalGraph } from './logical-graph.ts';
import { placeOf } from './source-location.ts';
import type { SourceLocation } from './source-location.ts';

/**
 * The warning for an edge without a record type; `millrace plan` shows it.
 *
 * The factors are those of writing and reading all fields of a row by `genericCodec` against `compileCodec`, measured in
 * one run: 10 - 30 for four numbers and three short strings, 140 for the numbers alone.
 */
export function genericCodecWarning(
  graph: Pick<LogicalGraph, 'nodes'>,
  edge: LogicalEdge,
): GraphWarning {
  const from = graph.nodes[edge.from]!;
  const to = graph.nodes[edge.to]!;
  return {
    code: 'WARN_GRAPH_GENERIC_CODEC',
    message:
      `rows from ${from.name} to ${to.name} have no record type and are cloned one by one: ` +
      `about 10 times slower than a declared type, 100 times for rows of numbers; ${remedy(graph, edge)}`,
    node: from.name,
    location: from.location,
  };
}

/** The same as an error, for jobs that ask for `strictTypes`. */
export function strictTypesError(
  graph: Pick<LogicalGraph, 'nodes'>,
  edge: LogicalEdge,
  location?: SourceLocation,
): EngineError {
  const from = graph.nodes[edge.from]!;
  const place = placeOf(location, from.name);
  return new EngineError(
    'ERR_GRAPH_STRICT_TYPES',
    { from: from.name, to: graph.nodes[edge.to]!.name, remedy: remedy(graph, edge) },
    { place: from.location === undefined ? place : { ...place, source: from.location } },
  );
}

function remedy(graph: Pick<LogicalGraph, 'nodes'>, edge: LogicalEdge): string {
  const from = graph.nodes[edge.from]!;
  const at = from.location === undefined ? '' : ` at ${from.location}`;
  if (edge.sideOutput !== undefined) {
    return `declare one by getSideOutput('${edge.sideOutput}', Type) of ${from.name}${at}`;
  }
  if (from.source !== undefined) return `give the source ${from.name}${at} a record type`;
  const kind = from.transformation?.kind ?? '';
  if (/^(map|flatMap|process|coMap|coFlatMap|coProcess)$/i.test(kind.replaceAll('-', ''))) {
    return `declare one by the last argument of ${from.name}${at}: (fn, Type)`;
  }
  return `declare one above ${from.name}${at}: it keeps the type of its input`;
}
