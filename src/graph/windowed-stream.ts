/** The windowed stream; what its calls mean is said in windowed-streams.ts. */

import { EngineError } from '../base/index.ts';
import {
  aggregatedWindowTransformation,
  canMerge,
  countEvictorOf,
  countTriggerOf,
  declaredWindowTransformation,
  GLOBAL_WINDOW_ASSIGNER,
  purgingTriggerOf,
  timeOf,
  usesEventTimers,
  windowFieldFold,
  windowTransformation,
} from '../operators/index.ts';
import type {
  AggregateFunction,
  AggregateSpec,
  Evictor,
  PreAggregate,
  ProcessWindowFunction,
  Provided,
  RollingKind,
  Transformation,
  Trigger,
  WindowAssigner,
  WindowSpec,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { argumentError, checkFunction } from './arguments.ts';
import type { Position } from './draft.ts';
import { durationMs } from './durations.ts';
import type { Duration } from './durations.ts';
import { checkAggregateField } from './fields.ts';
import { addLocalFold, preAggregateOf } from './local-fold.ts';
import type { WindowAggregateOptions } from './local-fold.ts';
import { lateOutput } from './joined-streams.ts';
import type { LateOutput } from './joined-streams.ts';
import type { OutputTag } from './output-tag.ts';
import type { ComparableField, Row, SummableField } from './row.ts';
import { addOperator, checkProcessFunction } from './scope.ts';
import type { Scope } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import type { OperatorStream } from './streams.ts';
import { checkAssigner, describeAssigner } from './window-assigners.ts';
import { checkCount, checkEvictor, checkTrigger } from './window-triggers.ts';
import type { WindowedStream } from './windowed-streams.ts';

/** Where the rows stand, and what the calls so far have said. */
interface WindowDraft {
  readonly scope: Scope;
  readonly positions: readonly Position[];
  readonly spec: WindowSpec;
  readonly late: LateOutput | undefined;
}

/** `window` and `windowAll`. @throws ERR_GRAPH_ARGUMENT */
export function windowsOf<T, K>(
  scope: Scope,
  positions: readonly Position[],
  assigner: WindowAssigner,
  keyed: boolean,
): WindowedStream<T, K> {
  checkAssigner(assigner, keyed ? 'window' : 'windowAll');
  const plain = { trigger: undefined, evictor: undefined, allowedLatenessMs: 0 };
  const spec: WindowSpec = { assigner, ...plain, lateTag: undefined, keyed };
  return new RowsByWindow<T, K>({ scope, positions, spec, late: undefined });
}

/** `countWindow` and `countWindowAll`. @throws ERR_GRAPH_ARGUMENT */
export function countWindowsOf<T, K>(
  scope: Scope,
  positions: readonly Position[],
  counts: { readonly size: number; readonly slide: number | undefined },
  keyed: boolean,
): WindowedStream<T, K> {
  const call = keyed ? 'countWindow' : 'countWindowAll';
  const size = checkCount(call, counts.size, 1);
  const slide = counts.slide === undefined ? undefined : checkCount(call, counts.slide, 1);
  const spec: WindowSpec = {
    assigner: GLOBAL_WINDOW_ASSIGNER,
    trigger: slide === undefined ? purgingTriggerOf(countTriggerOf(size)) : countTriggerOf(slide),
    evictor: slide === undefined ? undefined : countEvictorOf(size),
    allowedLatenessMs: 0,
    lateTag: undefined,
    keyed,
  };
  return new RowsByWindow<T, K>({ scope, positions, spec, late: undefined });
}

class RowsByWindow<T, K> implements WindowedStream<T, K, never> {
  readonly #draft: WindowDraft;

  constructor(draft: WindowDraft) {
    this.#draft = draft;
  }

  trigger(trigger: Trigger<Row<T>>): WindowedStream<T, K> {
    checkTrigger(trigger, 'trigger');
    const { assigner } = this.#draft.spec;
    if (assigner.kind === 'session' && !canMerge(trigger as Trigger)) {
      throw triggerError(assigner, trigger, 'cannot merge; sessions do');
    }
    if (timeOf(assigner) === 'processing' && usesEventTimers(trigger as Trigger)) {
      throw triggerError(assigner, trigger, 'waits for watermarks; these windows end by the clock');
    }
    return this.#with({ trigger: trigger as Trigger });
  }

  evictor(evictor: Evictor<Row<T>>): WindowedStream<T, K> {
    checkEvictor(evictor, 'evictor');
    return this.#with({ evictor: evictor as Evictor });
  }

  allowedLateness(lateness: Duration): WindowedStream<T, K> {
    this.#requireEventTime('allowedLateness');
    return this.#with({
      allowedLatenessMs: durationMs('allowedLateness', 'lateness', lateness, 0),
    });
  }

  sideOutputLateData(tag: string | OutputTag<T>): WindowedStream<T, K> {
    this.#requireEventTime('sideOutputLateData');
    const late = lateOutput('sideOutputLateData', tag, this.#type);
    const { spec } = this.#draft;
    return new RowsByWindow<T, K>({ ...this.#draft, late, spec: { ...spec, lateTag: late.tag } });
  }

  reduce<U = T>(
    fn: (folded: Row<T>, row: Row<T>) => T,
    windowFn?: Provided<ProcessWindowFunction<Row<T>, U, K>>,
    type?: RecordType<U>,
  ): OperatorStream<U> {
    checkFunction(fn, 'reduce');
    if (windowFn !== undefined) checkProcessFunction(windowFn, ['process']);
    const fold = { kind: 'reduce', reduce: fn } as const;
    const result = windowFn === undefined ? this.#type : type;
    return this.#follow<U>(windowTransformation(this.#spec, fold, windowFn), result);
  }

  aggregate(
    fn: AggregateFunction<Row<T>> | AggregateSpec,
    typeOrFn?:
      | RecordType
      | Provided<ProcessWindowFunction<unknown, unknown, K>>
      | WindowAggregateOptions,
    typeOrOptions?: RecordType | WindowAggregateOptions,
    options?: WindowAggregateOptions,
  ): OperatorStream<never> {
    if (isSpec(fn)) return this.#declared<never>(fn, preAggregateOf(typeOrFn));
    this.#checkAggregate(fn);
    const folds = typeOrFn === undefined || isRecordType(typeOrFn);
    const given = folds
      ? undefined
      : (typeOrFn as Provided<ProcessWindowFunction<unknown, unknown, K>>);
    if (given !== undefined) checkProcessFunction(given, ['process']);
    const type = folds ? typeOrFn : (typeOrOptions as RecordType | undefined);
    const choice = preAggregateOf(folds && typeOrOptions !== undefined ? typeOrOptions : options);
    const { scope, positions } = this.#draft;
    const { local, transformation } = aggregatedWindowTransformation(
      this.#spec,
      fn as AggregateFunction,
      given as Provided<ProcessWindowFunction<unknown, unknown, never>> | undefined,
      positions.length > 1 ? 'off' : choice,
    );
    const from = local === undefined ? positions : addLocalFold(scope, positions, local);
    return this.#follow<never>(transformation, type, from);
  }

  process<U>(
    fn: Provided<ProcessWindowFunction<Row<T>, U, K>>,
    type?: RecordType<U>,
  ): OperatorStream<U> {
    checkProcessFunction(fn, ['process']);
    return this.#follow<U>(windowTransformation(this.#spec, { kind: 'rows' }, fn), type);
  }

  sum(field: SummableField<T>): OperatorStream<T> {
    return this.#field('sum', field);
  }

  min(field: ComparableField<T>): OperatorStream<T> {
    return this.#field('min', field);
  }

  max(field: ComparableField<T>): OperatorStream<T> {
    return this.#field('max', field);
  }

  minBy(field: ComparableField<T>): OperatorStream<T> {
    return this.#field('minBy', field);
  }

  maxBy(field: ComparableField<T>): OperatorStream<T> {
    return this.#field('maxBy', field);
  }

  #declared<U>(aggregates: AggregateSpec, preAggregate: PreAggregate): OperatorStream<U> {
    const { scope, positions } = this.#draft;
    const [position] = positions;
    const key = position?.key;
    const keyFields = this.#draft.spec.keyed
      ? key?.kind === 'fields'
        ? key.fields
        : undefined
      : [];
    const spec = this.#spec;
    try {
      const input = { type: this.#type, keyFields };
      const choice = positions.length > 1 ? 'off' : preAggregate;
      const declared = declaredWindowTransformation(spec, aggregates, input, choice);
      const { local, transformation, type } = declared;
      const from = local === undefined ? positions : addLocalFold(scope, positions, local);
      return this.#follow<U>(transformation, type, from);
    } catch (error) {
      throw atCallSite(error);
    }
  }

  #field(kind: RollingKind, field: string): OperatorStream<T> {
    checkAggregateField(this.#type, field, kind);
    return this.#follow<T>(
      windowTransformation(this.#spec, windowFieldFold(kind, field)),
      this.#type,
    );
  }

  get #type(): RecordType | undefined {
    return this.#draft.positions[0]?.type;
  }

  /** What the operator is asked to do. @throws ERR_GRAPH_NO_TRIGGER */
  get #spec(): WindowSpec {
    const { spec } = this.#draft;
    if (spec.assigner.kind === 'global' && spec.trigger === undefined) {
      throw new EngineError('ERR_GRAPH_NO_TRIGGER', {}, { place: placeOf(callSite()) });
    }
    return spec;
  }

  #with(change: Partial<WindowSpec>): WindowedStream<T, K> {
    return new RowsByWindow<T, K>({ ...this.#draft, spec: { ...this.#draft.spec, ...change } });
  }

  #follow<U>(
    transformation: Transformation,
    type: RecordType | undefined,
    positions: readonly Position[] = this.#draft.positions,
  ): OperatorStream<U> {
    const { scope, spec, late } = this.#draft;
    const stream = addOperator<U>(scope, transformation, [{ positions, input: 0 }], {
      type,
      timestamps: true,
      ...(spec.keyed ? {} : { maxSubtasks: 1 }),
    });
    // It exists whether or not somebody reads it.
    if (late !== undefined) stream.getSideOutput(late);
    return stream;
  }

  #requireEventTime(call: string): void {
    const { assigner } = this.#draft.spec;
    if (timeOf(assigner) === 'event') return;
    const expected = 'windows in event time, since for others nothing is late';
    throw argumentError(call, expected, describeAssigner(assigner));
  }

  #checkAggregate(fn: unknown): void {
    const methods = ['create', 'add', 'merge', 'result'];
    const object = (typeof fn === 'object' && fn !== null ? fn : {}) as Record<string, unknown>;
    if (methods.every((method) => typeof object[method] === 'function')) return;
    const expected = `aggregates such as { n: count() }, or an object with ${methods.join(', ')}`;
    throw argumentError('aggregate', expected, fn);
  }
}

/** Whether these are declared aggregates by name; the methods of an aggregate function are functions instead. */
function isSpec(value: unknown): value is AggregateSpec {
  if (typeof value !== 'object' || value === null) return false;
  const aggregates = Object.values(value) as readonly unknown[];
  return (
    aggregates.length > 0 && aggregates.every((one) => typeof one === 'object' && one !== null)
  );
}

/** An error of the engine with the place of the call that caused it. */
function atCallSite(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.place.file !== undefined) return error;
  const { code, details } = error;
  return new EngineError(code, details, { cause: error, place: placeOf(callSite()) });
}

function isRecordType(value: unknown): value is RecordType {
  return typeof value === 'object' && value !== null && 'descriptor' in value;
}

function triggerError(
  assigner: WindowAssigner,
  { kind = 'custom' }: Trigger<never>,
  reason: string,
): EngineError {
  return new EngineError(
    'ERR_GRAPH_TRIGGER',
    { windows: describeAssigner(assigner), trigger: kind, reason },
    { place: placeOf(callSite()) },
  );
}
