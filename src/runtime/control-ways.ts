/** The ways through a chain: where a watermark goes, operator by operator, and who is told that inputs went idle. Pure. */

import type { ChainOperator } from './chain-spec.ts';

/** One step of the way of a watermark: a call of an operator, or a gate. */
export type Action =
  | { readonly kind: 'call'; readonly operator: number; readonly behind: number }
  | { readonly kind: 'gate'; readonly edge: number };

/** From the call of operator k on. */
export function wayInto(operators: readonly ChainOperator[], k: number): Action[] {
  const after = wayFrom(operators, k);
  return [
    { kind: 'call', operator: k, behind: after.length + 1 },
    ...after.map((action) => later(action, 1)),
  ];
}

/** The same where so many actions come before. */
function later(action: Action, actions: number): Action {
  return action.kind === 'gate' ? action : { ...action, behind: action.behind + actions };
}

/** Behind operator k. `behind` of nested calls counts from the start of the whole way. */
export function wayFrom(operators: readonly ChainOperator[], k: number): Action[] {
  const { children, edges, sides } = operators[k]!;
  const way: Action[] = [];
  for (const side of [{ children, edges }, ...Object.values(sides)]) {
    for (const child of side.children) {
      const start = way.length;
      way.push(...wayInto(operators, child).map((action) => later(action, start)));
    }
    for (const edge of side.edges) way.push({ kind: 'gate', edge });
  }
  return way;
}

/** Gates, and operators with watermarks of their own that pass idleness on. */
export interface StatusTargets {
  readonly edges: readonly number[];
  readonly operators: readonly number[];
}

/**
 * What stands behind operator `from`, up to operators with watermarks of their own.
 *
 * @param own whether that is such an operator, which says its own status
 */
export function statusTargets(
  operators: readonly ChainOperator[],
  from: number,
  own: boolean,
): StatusTargets {
  const found: number[] = [];
  const asked: number[] = [];
  const visit = (k: number): void => {
    const { operator, children, edges, sides } = operators[k]!;
    const says = operator?.ownWatermarks === true && !(own && k === from);
    if (says && operator.onStatus !== undefined) asked.push(k);
    else if (!says || own) {
      for (const side of [{ children, edges }, ...Object.values(sides)]) {
        found.push(...side.edges);
        side.children.forEach(visit);
      }
    }
  };
  visit(from);
  return { edges: found, operators: asked };
}
