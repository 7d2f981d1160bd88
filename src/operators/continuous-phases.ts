/** Continuous aggregates as they stand in a graph: one operator, or one that folds where rows are produced and one that owns the keys. */

import type { RecordType } from '../record/index.ts';
import { Accumulators } from './aggregate/index.ts';
import type { AggregateSpec } from './aggregate/index.ts';
import { aggregateFunctions, aggregateReads, describeAggregates } from './aggregate/describe.ts';
import { ContinuousAggregate } from './continuous-aggregate.ts';
import type { ContinuousSettings } from './continuous-settings.ts';
import { ContinuousLocal } from './continuous-local.ts';
import type { Transformation } from './operator.ts';
import type { DeclaredInput, PreAggregate } from './window/declared.ts';
import { partialType } from './window/partial-rows.ts';
import { canPreAggregate } from './window/pre-aggregate.ts';

/** A continuous aggregate, ready to stand in a graph. */
export interface ContinuousPhases {
  /** Folds rows where they are produced; `transformation` takes what it gives, keyed by the same fields. */
  readonly local:
    | { readonly transformation: Transformation; readonly type: RecordType }
    | undefined;
  readonly transformation: Transformation;
}

/**
 * Continuous aggregates by key; of the whole stream when it is not keyed.
 *
 * Rows are folded before they are spread in mini-batches with a latency, of which each of the two operators takes half:
 * over a whole stream, which one subtask would have to fold alone, and when asked to. Without effect for changelogs,
 * aggregates that keep values other than distinct numbers, and rows or keys without a record type.
 *
 * @throws ERR_OPERATORS_FIELD an aggregate names a field that is missing or of the wrong kind
 */
export function continuousAggregate(
  spec: AggregateSpec,
  settings: Omit<ContinuousSettings, 'partial'>,
  input: DeclaredInput,
  preAggregate: PreAggregate,
): ContinuousPhases {
  const { miniBatch, retract } = settings;
  const latencyMs = miniBatch?.latencyMs ?? null;
  const { type, keyFields } = input;
  const local = retract || latencyMs === null ? undefined : localType(spec, input, preAggregate);
  if (local === undefined || miniBatch === null || latencyMs === null) {
    const whole = continuousAggregateTransformation(spec, { ...settings, partial: false });
    return { local: undefined, transformation: whole };
  }
  const localMs = Math.ceil(latencyMs / 2);
  const reads = aggregateReads(spec);
  const transformation: Transformation = {
    kind: 'preAggregate',
    params: { aggregates: describeAggregates(spec), latencyMs: localMs },
    functions: aggregateFunctions(spec),
    reads: [reads && [...reads, ...(keyFields ?? [])]],
    keyed: false,
    stateful: true,
    create: (context) =>
      new ContinuousLocal(context, {
        accumulators: new Accumulators(spec, { operator: context.operatorName, type }),
        keyFields: keyFields ?? [],
        latencyMs: localMs,
      }),
  };
  const rest = { ...miniBatch, latencyMs: latencyMs - localMs };
  return {
    local: { transformation, type: local },
    transformation: continuousAggregateTransformation(
      spec,
      { ...settings, miniBatch: rest, partial: true },
      type,
    ),
  };
}

/**
 * Continuous aggregates by key; of the whole stream when it is not keyed.
 *
 * @param rowType of the rows, where partial results come instead of them
 * @throws ERR_OPERATORS_RETRACT when an instance is made: rows may be taken out, and an aggregate cannot
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert without `retract`
 * @example
 * continuousAggregateTransformation(
 *   { bids: count() },
 *   { retract: false, updateBefore: true, miniBatch: null, partial: false, ttl: null },
 * );
 */
export function continuousAggregateTransformation(
  spec: AggregateSpec,
  settings: ContinuousSettings,
  rowType?: RecordType,
): Transformation {
  const aggregates = describeAggregates(spec);
  return {
    kind: 'aggregate',
    params: {
      aggregates,
      ...settings,
      miniBatch: settings.miniBatch && { ...settings.miniBatch },
      ttl: settings.ttl && { ...settings.ttl },
    },
    functions: aggregateFunctions(spec),
    // Partial results are read whole.
    reads: [settings.partial ? undefined : aggregateReads(spec)],
    keyed: false,
    stateful: true,
    changelog: 'makes',
    create: (context) => new ContinuousAggregate(context, spec, settings, true, rowType),
  };
}

/** Record type of partial results; undefined where rows are not folded before they are spread. */
function localType(
  spec: AggregateSpec,
  { type, keyFields }: DeclaredInput,
  preAggregate: PreAggregate,
): RecordType | undefined {
  if (type === undefined || keyFields === undefined) return undefined;
  if (preAggregate === 'off' || (preAggregate === 'auto' && keyFields.length > 0)) return undefined;
  const accumulators = new Accumulators(spec, { operator: 'aggregate', type });
  if (!accumulators.numeric || !canPreAggregate(type, keyFields)) return undefined;
  return partialType(type, keyFields, accumulators);
}
