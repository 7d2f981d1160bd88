/**
 * Windows of declared aggregates: which operator runs them.
 *
 *     event time, tumbling / sliding / cumulative, default trigger         sliced-operator.ts
 *     processing time, tumbling / sliding / cumulative, default trigger    clocked-operator.ts
 *     event time, sessions of a fixed gap, default trigger                 session-operator.ts
 *     anything else: triggers, evictors, gaps by row, …                    the general operator
 */

import type { RecordType } from '../../record/index.ts';
import { Accumulators, aggregateFold, aggregateResultType } from '../aggregate/index.ts';
import { aggregateFunctions, aggregateReads, describeAggregates } from '../aggregate/describe.ts';
import type { AggregateSpec, AggregateState } from '../aggregate/index.ts';
import type { Operator, OperatorContext, Transformation } from '../operator.ts';
import type { ResultOf, TimedAggregate } from './fold.ts';
import { ClockedWindowOperator } from './clocked-operator.ts';
import { partialSource, partialType, rowsOfPartial } from './partial-rows.ts';
import { canPreAggregate, PreAggregateOperator } from './pre-aggregate.ts';
import { SessionWindowOperator } from './session-operator.ts';
import { rowSource } from './slice-kernel.ts';
import { SlicedWindowOperator } from './sliced-operator.ts';
import type { SlicedOptions } from './sliced-operator.ts';
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

/** When rows are folded before they are spread by key. */
export type PreAggregate = 'auto' | 'on' | 'off';

/** Windows of declared aggregates, ready to stand in a graph. */
export interface DeclaredWindow {
  /** Folds rows where they are produced; `transformation` takes what it gives, keyed by the same fields. */
  readonly local:
    | { readonly transformation: Transformation; readonly type: RecordType }
    | undefined;
  readonly transformation: Transformation;
  /** Of the results: key fields, `windowStart`, `windowEnd`, then the aggregates; undefined for untyped rows. */
  readonly type: RecordType | undefined;
}

/** Which operator runs a window of declared aggregates. */
export type DeclaredRunner = 'sliced' | 'clocked' | 'session' | 'general';

/** The operator for these windows. */
export function runnerOf(spec: WindowSpec): DeclaredRunner {
  const { assigner, trigger, evictor } = spec;
  const plain = trigger === undefined && evictor === undefined;
  if (!plain || assigner.kind === 'global') return 'general';
  if (assigner.kind !== 'session') return assigner.time === 'event' ? 'sliced' : 'clocked';
  return assigner.time === 'event' && typeof assigner.gap === 'number' ? 'session' : 'general';
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
  preAggregate: PreAggregate = 'auto',
): DeclaredWindow {
  const { keyFields } = input;
  const type = aggregateResultType(input.type, keyFields, aggregates, true, 'window');
  const shape: ResultShape = { keyFields, typed: type !== undefined };
  const about = {
    params: { aggregates: describeAggregates(aggregates) },
    functions: aggregateFunctions(aggregates),
  };
  const runner = runnerOf(spec);
  const reads = readsOf(spec, aggregates);
  if (runner === 'general') {
    const transformation = generalWindowTransformation(
      spec,
      (context) => timedAggregate(accumulatorsOf(context, aggregates, input.type)),
      { ...about, resultOf: rowOfResult(keyFields) },
    );
    return { local: undefined, transformation: { ...transformation, reads: [reads] }, type };
  }
  const windows = describeWindows(spec);
  const described = {
    params: { ...windows.params, ...about.params },
    functions: { ...windows.functions, ...about.functions },
  };
  const local = runner === 'sliced' ? localFold(spec, aggregates, input, preAggregate) : undefined;
  const transformation: Transformation = {
    kind: 'window',
    ...described,
    params: { ...described.params, partial: local !== undefined },
    // Partial results are read whole.
    reads: [local === undefined ? reads : undefined],
    keyed: spec.keyed,
    stateful: true,
    needsWatermarks: windows.needsWatermarks,
    create: (context) =>
      runner === 'session'
        ? sessionOperator(context, spec, aggregates, shape)
        : slicedOperator(context, spec, aggregates, shape, local && input.type),
  };
  if (local === undefined) return { local, transformation, type };
  const fold: Transformation = {
    kind: 'preAggregate',
    ...described,
    reads: [reads && [...reads, ...(keyFields ?? [])]],
    keyed: false,
    stateful: true,
    create: (context) => {
      const accumulators = accumulatorsOf(context, aggregates, input.type);
      const { keyFields: fields = [] } = input;
      const assigner = spec.assigner as SliceableAssigner;
      return new PreAggregateOperator(context, { assigner, keyFields: fields, accumulators });
    },
  };
  return { local: { transformation: fold, type: local }, transformation, type };
}

/** The fields that are read; undefined when triggers and the like see the rows, or late ones are passed on. */
function readsOf(spec: WindowSpec, aggregates: AggregateSpec): readonly string[] | undefined {
  const { assigner, trigger, evictor, lateTag } = spec;
  if (trigger !== undefined || evictor !== undefined || lateTag !== undefined) return undefined;
  if (assigner.kind === 'session' && typeof assigner.gap === 'function') return undefined;
  return aggregateReads(aggregates);
}

/**
 * Record type of partial results; undefined where rows are not folded before they are spread: when late rows go to a side
 * output, which wants them as they are, when accumulators lie on the heap, when windows leave gaps, and for rows or keys
 * without a record type. By itself it is done for windows over a whole stream, which one subtask would have to fold alone.
 */
function localFold(
  spec: WindowSpec,
  aggregates: AggregateSpec,
  { type, keyFields }: DeclaredInput,
  preAggregate: PreAggregate,
): RecordType | undefined {
  const { assigner, keyed, lateTag } = spec;
  if (preAggregate === 'off' || (preAggregate === 'auto' && keyed)) return undefined;
  if (type === undefined || keyFields === undefined || lateTag !== undefined) return undefined;
  if (assigner.kind === 'sliding' && assigner.slideMs > assigner.sizeMs) return undefined;
  const accumulators = new Accumulators(aggregates, { operator: 'window', type });
  if (accumulators.heapCount > 0 || !canPreAggregate(type, keyFields)) return undefined;
  return partialType(type, keyFields, accumulators);
}

/** @param folded type of the rows when the input is partial results of them */
function slicedOperator(
  context: OperatorContext,
  spec: WindowSpec,
  aggregates: AggregateSpec,
  shape: ResultShape,
  folded: RecordType | undefined,
): Operator {
  const type = context.inputs[0]?.type;
  const accumulators = accumulatorsOf(context, aggregates, folded ?? type);
  const options: SlicedOptions = {
    assigner: spec.assigner as SliceableAssigner,
    allowedLatenessMs: spec.allowedLatenessMs,
    lateTag: spec.lateTag,
    keyed: spec.keyed,
    accumulators,
    source: folded === undefined ? rowSource(accumulators) : partialSource(accumulators, type!),
    shape,
    rowsOf: folded === undefined ? () => 1 : rowsOfPartial,
  };
  return runnerOf(spec) === 'clocked'
    ? new ClockedWindowOperator(context, options)
    : new SlicedWindowOperator(context, options);
}

function sessionOperator(
  context: OperatorContext,
  spec: WindowSpec,
  aggregates: AggregateSpec,
  shape: ResultShape,
): Operator {
  const accumulators = accumulatorsOf(context, aggregates, context.inputs[0]?.type);
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

function accumulatorsOf(
  { operatorName: operator }: OperatorContext,
  aggregates: AggregateSpec,
  type: RecordType | undefined,
): Accumulators {
  return new Accumulators(aggregates, { operator, type });
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
