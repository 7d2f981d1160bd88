/** The plan in the forms that `millrace plan` prints. */

import type { LogicalGraph } from '../graph/index.ts';
import type { PhysicalPlan } from './physical-plan.ts';
import { renderDot, renderMermaid } from './render-diagrams.ts';
import { renderText } from './render-text.ts';

/** `text` for people, `json` for programs, `mermaid` and `dot` for pictures. */
export type PlanFormat = 'text' | 'json' | 'mermaid' | 'dot';

/**
 * The plan in one of the forms; deterministic.
 *
 * @example
 * console.log(renderPlan(graph, plan, 'mermaid'));
 */
export function renderPlan(
  graph: LogicalGraph,
  plan: PhysicalPlan,
  format: PlanFormat = 'text',
): string {
  switch (format) {
    case 'text':
      return renderText(graph, plan);
    case 'json':
      return `${JSON.stringify(plan, undefined, 2)}\n`;
    case 'mermaid':
      return renderMermaid(graph, plan);
    case 'dot':
      return renderDot(graph, plan);
  }
}
