/** What the plan says of a process function: its declared state, its functions, whether its state has a bound. */

import { EngineError } from '../base/index.ts';
import type { Operator, OperatorContext, Transformation } from './operator.ts';
import { declaredStates, functionsOf, hasMethod, type Provided } from './provided.ts';
import { describeState, stateFunctions, type StateDescriptor } from './state-descriptors.ts';

/** What can be said beside a process function. */
export interface ProcessOptions {
  /**
   * State that the function uses, as the function's own `states`: checked when the job is built, shown in the plan, and
   * restored before the first row.
   */
  readonly states?: readonly StateDescriptor[];
}

/**
 * The transformation of a process operator.
 *
 * @param broadcast descriptors of broadcast state, whose names differ from those of state by key
 * @throws ERR_OPERATORS_STATE_TWICE a name stands for two states
 */
export function processTransformationOf(
  kind: string,
  provided: Provided<object>,
  methods: readonly string[],
  options: ProcessOptions,
  create: (context: OperatorContext, states: readonly StateDescriptor[]) => Operator,
  broadcast: readonly StateDescriptor[] = [],
): Transformation {
  const own = declaredStates(provided);
  const states = [...own, ...(options.states ?? []).filter((state) => !own.includes(state))];
  requireUnique([...states, ...broadcast]);
  const params = {
    ...(states.length === 0 ? {} : { states: states.map(describeState) }),
    ...(broadcast.length === 0 ? {} : { broadcast: broadcast.map(describeState) }),
  };
  const unbounded = states.filter(({ ttl }) => ttl === undefined).map(({ name }) => `'${name}'`);
  // A function with timers may clear its state by them, and one that is made elsewhere cannot be looked into.
  const mayClear = hasMethod(provided, 'onTimer') !== false;
  return {
    kind,
    params,
    functions: { ...functionsOf(provided, methods), ...stateFunctions(states) },
    keyed: false,
    stateful: true,
    leavesOut: true,
    ...(unbounded.length === 0 || mayClear
      ? {}
      : { unboundedState: `state ${unbounded.join(', ')} (without time to live)` }),
    create: (context) => create(context, states),
  };
}

function requireUnique(states: readonly StateDescriptor[]): void {
  const seen = new Set<string>();
  for (const { name } of states) {
    if (seen.has(name)) throw new EngineError('ERR_OPERATORS_STATE_TWICE', { name });
    seen.add(name);
  }
}
