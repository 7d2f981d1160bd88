/** What becomes of rows at which the code of an operator throws, merged from code and configuration. Pure. */

import type { BadRowPolicy } from '../connectors/index.ts';
import { badRowError } from '../graph/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import { jobConfigOf } from './config.ts';
import type { Config } from './config.ts';

/**
 * The policy of every operator that does not fail the job. Weakest first: the job's default in the configuration, which is for
 * the operators that can leave rows out; the code; the configuration of the operator.
 *
 * @throws ERR_GRAPH_BAD_ROW the configuration names an operator that cannot
 * @example
 * badRowPolicies(graph, config); // { parse: 'sideOutput' }
 */
export function badRowPolicies(
  graph: LogicalGraph,
  config: Config,
): Readonly<Record<string, BadRowPolicy>> {
  const { operators, defaults } = jobConfigOf(config, graph.name);
  const policies: [string, BadRowPolicy][] = [];
  for (const { name, transformation, onBadRow } of graph.nodes) {
    const own = Object.hasOwn(operators, name) ? operators[name]!.onBadRow : undefined;
    const able = transformation?.leavesOut === true;
    const policy = own ?? onBadRow ?? (able ? defaults.onBadRow : undefined) ?? 'fail';
    if (!able && policy !== 'fail') {
      throw badRowError(name, transformation?.kind ?? 'source', policy, {});
    }
    policies.push([name, policy]);
  }
  return Object.fromEntries(policies);
}
