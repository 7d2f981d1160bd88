/** The transformation of windowed operators: what the plan says of windows, and the general operator behind it. */

import type { AggregateFunction } from '../aggregate-function.ts';
import type { OperatorContext, Plain, Transformation } from '../operator.ts';
import { functionsOf, instantiate } from '../provided.ts';
import type { Provided } from '../provided.ts';
import { rollingFold } from '../rolling-fold.ts';
import type { RollingKind } from '../rolling-fold.ts';
import { keepRow, keptRow } from '../kept-row.ts';
import { timeOf } from './assigner.ts';
import type { WindowAssigner } from './assigner.ts';
import type { Evictor } from './evictor.ts';
import { rowFold } from './fold.ts';
import type { ResultOf, TimedAggregate, WindowFold } from './fold.ts';
import type { Trigger } from './trigger.ts';
import { WINDOW_FUNCTION_METHODS } from './window-function.ts';
import type { ProcessWindowFunction } from './window-function.ts';
import { WindowOperator } from './window-operator.ts';
import { defaultTrigger } from './window-spec.ts';
import type { WindowSpec } from './window-spec.ts';

type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;
type Params = { readonly [key: string]: Plain };

/** What stands in the plan of any windowed operator, whichever operator runs it. */
export interface WindowDescription {
  readonly params: Params;
  /** User functions of assigner, trigger and evictor, by role. */
  readonly functions: Functions;
  /** Whether results wait for the watermark. */
  readonly needsWatermarks: boolean;
}

/**
 * Windows as plain data, and the user functions in them.
 *
 * @example
 * const { params } = describeWindows(spec);
 * params; // { assigner: { kind: 'tumbling', … }, trigger: { kind: 'eventTime' }, allowedLatenessMs: 0, … }
 */
export function describeWindows(spec: WindowSpec): WindowDescription {
  const { assigner, evictor, allowedLatenessMs, lateTag, keyed } = spec;
  const trigger = spec.trigger ?? defaultTrigger(assigner);
  const functions: Record<string, (...args: never[]) => unknown> = {};
  const described: Params = {
    assigner: describeAssigner(assigner, functions),
    trigger: describeTrigger(trigger, 'trigger', functions),
    evictor: evictor === undefined ? null : describeEvictor(evictor, functions),
    allowedLatenessMs,
    lateTag: lateTag ?? null,
    keyed,
  };
  const needsWatermarks = timeOf(assigner) === 'event' || usesEventTimers(trigger);
  return { params: { windows: described }, functions, needsWatermarks };
}

/** Whether a trigger, or one inside it, waits for the watermark. */
export function usesEventTimers(trigger: Trigger<never>): boolean {
  return (
    trigger.timers === 'event' || (trigger.nested !== undefined && usesEventTimers(trigger.nested))
  );
}

/**
 * Folds the rows of each window, or hands them all to a window function; any assigner, trigger and evictor.
 *
 * @param fn what is done with the folded value, or with the rows; needed when rows are kept
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, when a row of an event-time window has no timestamp
 * @throws ERR_OPERATORS_WINDOW_GAP at run time, when the gap of a session is no integer > 0
 * @throws ERR_OPERATORS_RESULT at run time, when a fold returns null or undefined
 * @throws ERR_OPERATORS_CHANGELOG at run time, for rows that are no inserts
 * @example
 * windowTransformation(spec, { kind: 'reduce', reduce: (a: Bid, b: Bid) => (a.price > b.price ? a : b) });
 */
export function windowTransformation<T, U, K>(
  spec: WindowSpec,
  fold: WindowFold,
  fn?: Provided<ProcessWindowFunction<T, U, K>>,
): Transformation {
  return transformation(spec, fold, { fn: fn as Provided<ProcessWindowFunction> | undefined });
}

/** What a fold of the engine's own says about itself. */
export interface FoldAbout {
  /** Joined to the parameters of the windows. */
  readonly params?: Params;
  readonly functions?: Functions;
  /** Makes the row of what was folded, its key and its window. */
  readonly resultOf?: ResultOf;
}

/**
 * The general operator for a fold that its maker describes: windows that the sliced operators do not take.
 *
 * @param fold an aggregate function, or what makes one of the engine's own where it runs
 * @example
 * generalWindowTransformation(spec, () => fold, {
 *   params: { aggregates: ['count'] },
 *   resultOf: (counts, { key, window }) => ({ ...counts, key, windowStart: window.start }),
 * });
 */
export function generalWindowTransformation(
  spec: WindowSpec,
  fold: AggregateFunction | ((context: OperatorContext) => TimedAggregate),
  about: FoldAbout = {},
): Transformation {
  const described: WindowFold =
    typeof fold === 'function'
      ? { kind: 'timed', timed: fold }
      : { kind: 'aggregate', aggregate: fold };
  return transformation(spec, described, { about });
}

/** The field folds of rolling aggregates, over windows: all other fields are those of the window's first row. */
export function windowFieldFold(kind: RollingKind, field: string): WindowFold {
  return {
    kind: 'builtIn',
    params: { fold: kind, field },
    create: (context) => {
      const descriptor = context.inputs[0]?.type?.descriptor.fields.find(
        ({ name }) => name === field,
      );
      const fold = rollingFold(kind, field, descriptor, context.operatorName);
      const add = (folded: unknown, row: unknown): unknown => keptRow(fold(folded, row));
      return { first: keepRow, add, merge: add, result: (folded) => folded };
    },
  };
}

function transformation(
  spec: WindowSpec,
  fold: WindowFold,
  {
    fn,
    about,
  }: {
    readonly fn?: Provided<ProcessWindowFunction> | undefined;
    readonly about?: FoldAbout;
  },
): Transformation {
  const windows = describeWindows(spec);
  return {
    kind: 'window',
    params: { ...windows.params, ...paramsOf(fold, about), windowFunction: fn !== undefined },
    functions: {
      ...windows.functions,
      ...(about === undefined ? functionsOfFold(fold) : about.functions),
      ...(fn === undefined ? {} : functionsOf(fn, WINDOW_FUNCTION_METHODS)),
    },
    keyed: spec.keyed,
    stateful: true,
    needsWatermarks: windows.needsWatermarks,
    create: (context) =>
      new WindowOperator(
        context,
        spec,
        rowFold(fold, context, about?.resultOf),
        fn === undefined
          ? undefined
          : (instantiate(fn) as ProcessWindowFunction<unknown, unknown, unknown>),
      ),
  };
}

function paramsOf(fold: WindowFold, about: FoldAbout | undefined): Params {
  if (fold.kind === 'builtIn') return fold.params;
  if (fold.kind === 'parts') return { fold: 'aggregate', partial: true };
  return { fold: fold.kind === 'timed' ? 'aggregate' : fold.kind, ...about?.params };
}

function functionsOfFold(fold: WindowFold): Functions {
  if (fold.kind === 'reduce') return { reduce: fold.reduce };
  if (fold.kind !== 'aggregate' && fold.kind !== 'parts') return {};
  return methodsOf(fold.aggregate, ['create', 'add', 'merge', 'result']);
}

function describeAssigner(
  assigner: WindowAssigner,
  functions: Record<string, (...args: never[]) => unknown>,
): Plain {
  if (assigner.kind !== 'session') return { ...assigner };
  const { kind, time, gap } = assigner;
  if (typeof gap === 'number') return { kind, time, gapMs: gap };
  functions['gap'] = gap;
  return { kind, time, gapMs: 'by row' };
}

function describeTrigger(
  trigger: Trigger<never>,
  role: string,
  functions: Record<string, (...args: never[]) => unknown>,
): Plain {
  const { kind = 'custom', params = {}, nested } = trigger;
  const given =
    trigger.functions ??
    methodsOf(trigger, ['onElement', 'onEventTime', 'onProcessingTime', 'onMerge', 'clear']);
  for (const [name, fn] of Object.entries(given)) functions[`${role}.${name}`] = fn;
  const plain: Params = { kind, ...params };
  if (nested === undefined) return plain;
  return { ...plain, nested: describeTrigger(nested, `${role}.nested`, functions) };
}

function describeEvictor(
  evictor: Evictor,
  functions: Record<string, (...args: never[]) => unknown>,
): Plain {
  const { kind = 'custom', params = {} } = evictor;
  const given = evictor.functions ?? methodsOf(evictor, ['evictBefore', 'evictAfter']);
  for (const [name, fn] of Object.entries(given)) functions[`evictor.${name}`] = fn;
  return { kind, ...params };
}

/** Methods of an object of the user's, as far as it has them. */
export function methodsOf(object: object, names: readonly string[]): Functions {
  const methods = object as Readonly<Record<string, unknown>>;
  const found = names.filter((name) => typeof methods[name] === 'function');
  return Object.fromEntries(found.map((name) => [name, methods[name]])) as Functions;
}
