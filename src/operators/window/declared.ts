/**
 * Windows of declared aggregates: which operator runs them.
 *
 *     event time, tumbling / sliding / cumulative, default trigger     sliced-operator.ts
 *     event time, sessions of a fixed gap, default trigger             session-operator.ts
 *     anything else: processing time, triggers, evictors, …            the general operator
 */

import type { RecordType } from '../../record/index.ts';
import { Accumulators, aggregateFold, aggregateResultType } from '../aggregate/index.ts';
import { aggregateFunctions, describeAggregates } from '../aggregate/describe.ts';
import type { AggregateSpec, AggregateState } from '../aggregate/index.ts';
import type { Operator, OperatorContext, Transformation } from '../operator.ts';
import type { ResultOf, TimedAggregate } from './fold.ts';
import { SessionWindowOperator } from './session-operator.ts';
import { rowSource } from './slice-kernel.ts';
import { SlicedWindowOperator } from './sliced-operator.ts';
import type { SliceableAssigner } from './slicing.ts';
import type { ResultShape } from './window-results.ts';
import type { WindowSpec } from './window-spec.ts';
import { describeWindows, generalWindowTransformation } from './window-transformation.ts';

/** What stands before the windows. */
export interface DeclaredInput {
  /** Of the rows; undefined when they have none. */
  readonly type: RecordType | undefined;
  /** Fields of the key: none when the stream is not keyed, undefined when it is keyed by a function. */
  readonly keyFields: readonly string[] | undefined;
}

/** Windows of declared aggregates, ready to stand in a graph. */
export interface DeclaredWindow {
  readonly transformation: Transformation;
  /** Of the results: key fields, `windowStart`, `windowEnd`, then the aggregates; undefined for untyped rows. */
  readonly type: RecordType | undefined;
}

/** Which operator runs a window of declared aggregates. */
export type DeclaredRunner = 'sliced' | 'session' | 'general';

/** The operator for these windows. */
export function runnerOf(spec: WindowSpec): DeclaredRunner {
  const { assigner, trigger, evictor } = spec;
  const plain = trigger === undefined && evictor === undefined;
  if (!plain || assigner.kind === 'global' || assigner.time !== 'event') return 'general';
  if (assigner.kind !== 'session') return 'sliced';
  return typeof assigner.gap === 'number' ? 'session' : 'general';
}

/**
 * Folds the rows of each key and window by declared aggregates.
 *
 * @throws ERR_OPERATORS_FIELD an aggregate names a field that is missing or of the wrong kind
 * @throws ERR_OPERATORS_RESULT_NAME an aggregate has the name of a key field or of the window's
 * @throws ERR_OPERATORS_OVERFLOW at run time, when a sum of integers leaves ±2^53
 * @throws ERR_OPERATORS_NO_TIMESTAMP, ERR_OPERATORS_CHANGELOG at run time
 * @example
 * const { transformation, type } = declaredWindowTransformation(
 *   spec,
 *   { bids: count(), turnover: sum('price') },
 *   { type: Bid, keyFields: ['auction'] },
 * );
 */
export function declaredWindowTransformation(
  spec: WindowSpec,
  aggregates: AggregateSpec,
  input: DeclaredInput,
): DeclaredWindow {
  const { keyFields } = input;
  const type = aggregateResultType(input.type, keyFields, aggregates, true, 'window');
  const shape: ResultShape = { keyFields, typed: type !== undefined };
  const about = {
    params: { aggregates: describeAggregates(aggregates) },
    functions: aggregateFunctions(aggregates),
  };
  const runner = runnerOf(spec);
  if (runner === 'general') {
    const transformation = generalWindowTransformation(
      spec,
      (context) => timedAggregate(accumulatorsOf(context, aggregates)),
      { ...about, resultOf: rowOfResult(keyFields) },
    );
    return { transformation, type };
  }
  const windows = describeWindows(spec);
  const transformation: Transformation = {
    kind: 'window',
    params: { ...windows.params, ...about.params },
    functions: { ...windows.functions, ...about.functions },
    keyed: spec.keyed,
    stateful: true,
    needsWatermarks: windows.needsWatermarks,
    create: (context) =>
      runner === 'sliced'
        ? slicedOperator(context, spec, aggregates, shape)
        : sessionOperator(context, spec, aggregates, shape),
  };
  return { transformation, type };
}

function slicedOperator(
  context: OperatorContext,
  spec: WindowSpec,
  aggregates: AggregateSpec,
  shape: ResultShape,
): Operator {
  const accumulators = accumulatorsOf(context, aggregates);
  return new SlicedWindowOperator(context, {
    assigner: spec.assigner as SliceableAssigner,
    allowedLatenessMs: spec.allowedLatenessMs,
    lateTag: spec.lateTag,
    keyed: spec.keyed,
    accumulators,
    source: rowSource(accumulators),
    shape,
    rowsOf: () => 1,
  });
}

function sessionOperator(
  context: OperatorContext,
  spec: WindowSpec,
  aggregates: AggregateSpec,
  shape: ResultShape,
): Operator {
  const accumulators = accumulatorsOf(context, aggregates);
  return new SessionWindowOperator(context, {
    gapMs: (spec.assigner as { readonly gap: number }).gap,
    allowedLatenessMs: spec.allowedLatenessMs,
    lateTag: spec.lateTag,
    keyed: spec.keyed,
    accumulators,
    source: rowSource(accumulators),
    shape,
  });
}

function accumulatorsOf(context: OperatorContext, aggregates: AggregateSpec): Accumulators {
  const { operatorName: operator, inputs } = context;
  return new Accumulators(aggregates, { operator, type: inputs[0]?.type });
}

/** The aggregates as a fold of the general operator. */
function timedAggregate(accumulators: Accumulators): TimedAggregate {
  const fold = aggregateFold(accumulators);
  return {
    create: () => fold.create(),
    add: (state, row, timestamp) => fold.add(state as AggregateState, row, timestamp),
    merge: (a, b) => fold.merge(a as AggregateState, b as AggregateState),
    result: (state) => fold.result(state as AggregateState),
  };
}

/** The row of a window's results. */
function rowOfResult(keyFields: readonly string[] | undefined): ResultOf {
  return (result, { key, window }) => {
    const row: Record<string, unknown> = {};
    if (keyFields === undefined) row['key'] = key;
    else if (keyFields.length === 1) row[keyFields[0]!] = key;
    else keyFields.forEach((name, i) => (row[name] = (key as readonly unknown[])[i]));
    row['windowStart'] = window.start;
    row['windowEnd'] = window.end;
    return Object.assign(row, result);
  };
}
