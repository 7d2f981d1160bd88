/** Windows of a user's aggregate function: folded where they end, or in parts where rows are produced. */

import type { RecordType } from '../../record/index.ts';
import type { AggregateFunction } from '../aggregate-function.ts';
import type { Transformation } from '../operator.ts';
import type { Provided } from '../provided.ts';
import { ACCUMULATOR_PART } from './accumulator-rows.ts';
import type { DeclaredWindow, PreAggregate } from './declared.ts';
import { runnerOf } from './declared.ts';
import { LocalAggregateOperator } from './local-aggregate.ts';
import type { SliceableAssigner } from './slicing.ts';
import type { ProcessWindowFunction } from './window-function.ts';
import type { WindowSpec } from './window-spec.ts';
import { describeWindows, methodsOf, windowTransformation } from './window-transformation.ts';

/** Windows of an aggregate function, ready to stand in a graph. */
export type AggregatedWindow = Pick<DeclaredWindow, 'local' | 'transformation'>;

/**
 * Folds the rows of each window by an aggregate function.
 *
 * @param fn what is done with the results; undefined: they are emitted
 * @param preAggregate `on`: rows of windows over a whole stream are folded where they are produced, too
 * @throws ERR_OPERATORS_NO_TIMESTAMP, ERR_OPERATORS_RESULT, ERR_OPERATORS_CHANGELOG, ERR_OPERATORS_WINDOW_GAP at run time
 * @throws ERR_RECORD_UNCLONEABLE at run time, when an accumulator that is sent holds a function or the like
 * @example
 * const { local, transformation } = aggregatedWindowTransformation(spec, highest, undefined, 'on');
 */
export function aggregatedWindowTransformation(
  spec: WindowSpec,
  aggregate: AggregateFunction,
  fn: Provided<ProcessWindowFunction<unknown, unknown, never>> | undefined,
  preAggregate: PreAggregate = 'auto',
): AggregatedWindow {
  if (preAggregate !== 'on' || !canFoldLocally(spec)) {
    const transformation = windowTransformation(spec, { kind: 'aggregate', aggregate }, fn);
    return { local: undefined, transformation };
  }
  const { params, functions } = describeWindows(spec);
  const fold: Transformation = {
    kind: 'preAggregate',
    params: { ...params, fold: 'aggregate' },
    functions: { ...functions, ...methodsOf(aggregate, ['create', 'add']) },
    keyed: false,
    stateful: true,
    create: (context) =>
      new LocalAggregateOperator(context, spec.assigner as SliceableAssigner, aggregate),
  };
  return {
    local: { transformation: fold, type: ACCUMULATOR_PART as RecordType },
    transformation: windowTransformation(spec, { kind: 'parts', aggregate }, fn),
  };
}

/** Whether the windows are made of slices of one stream, and nobody wants to see late rows as they are. */
function canFoldLocally(spec: WindowSpec): boolean {
  const { assigner, keyed, lateTag } = spec;
  if (keyed || lateTag !== undefined || runnerOf(spec) !== 'sliced') return false;
  return assigner.kind !== 'sliding' || assigner.slideMs <= assigner.sizeMs;
}
