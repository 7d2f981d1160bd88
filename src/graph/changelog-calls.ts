/** The calls whose results are changelogs: their arguments checked, and what they add to the graph. */

import { EngineError } from '../base/index.ts';
import {
  aggregateResultType,
  continuousAggregate,
  deduplicateTransformation,
  rankedType,
  retractable,
  topNTransformation,
} from '../operators/index.ts';
import type {
  AggregateSpec,
  ContinuousPhases,
  ContinuousSettings,
  MiniBatchSettings,
  PreAggregate,
  RowTtl,
  Transformation,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { argumentError } from './arguments.ts';
import type {
  ChangelogOptions,
  ContinuousAggregateOptions,
  DeduplicateOptions,
  MiniBatchOption,
  RowTtlOption,
  RankingOptions,
} from './changelog-options.ts';
import type { Position } from './draft.ts';
import { durationMs } from './durations.ts';
import { checkAggregateField } from './fields.ts';
import { callSite, placeOf } from './source-location.ts';

/** An operator and the record type of its rows. */
export interface ChangelogCall {
  readonly transformation: Transformation;
  readonly type: RecordType | undefined;
  /** Folds rows where they are produced, before they are spread by key. */
  readonly local?: ContinuousPhases['local'];
}

/** Most keys of a mini-batch; Flink's example of a good size. */
const MINI_BATCH_KEYS = 5000;
/** Largest n of `topN`. */
const N_MAX = 100_000;

/** Whether rows other than inserts may come from here. */
export function isChangelog(positions: readonly Position[]): boolean {
  return positions.some(({ from: { spec }, sideOutput }) => {
    const changelog = spec.transformation?.changelog;
    if (changelog === 'makes' && sideOutput === undefined) return true;
    // A side output has the kind of the row being processed.
    const keeps = changelog === 'keeps' || sideOutput !== undefined;
    return keeps && spec.inputs.some((input) => isChangelog(input.positions));
  });
}

/**
 * @param keyFields undefined for a key function, empty for a stream that is not keyed
 * @throws ERR_GRAPH_ARGUMENT; ERR_OPERATORS_FIELD, ERR_OPERATORS_RESULT_NAME, ERR_OPERATORS_RETRACT with the call's place
 */
export function aggregateCall(
  positions: readonly Position[],
  keyFields: readonly string[] | undefined,
  aggregates: AggregateSpec,
  options: ContinuousAggregateOptions,
): ChangelogCall {
  const call = 'aggregate';
  checkSpec(aggregates);
  checkOptions(call, options);
  const type = positions[0]?.type;
  const settings: Omit<ContinuousSettings, 'partial'> = {
    retract: isChangelog(positions),
    updateBefore: flag(call, 'updateBefore', options.updateBefore, true),
    miniBatch: miniBatch(call, options.miniBatch),
    ttl: ttlOf(call, options.ttl),
  };
  try {
    if (settings.retract) retractable(aggregates, { operator: call, type });
    const choice = positions.length > 1 ? 'off' : preAggregate(options.miniBatch);
    return {
      ...continuousAggregate(aggregates, settings, { type, keyFields }, choice),
      type: aggregateResultType(type, keyFields, aggregates, false, call),
    };
  } catch (error) {
    throw error instanceof EngineError ? error.at(placeOf(callSite())) : error;
  }
}

/** @throws ERR_GRAPH_ARGUMENT */
export function deduplicateCall(
  positions: readonly Position[],
  options: DeduplicateOptions,
): ChangelogCall {
  const call = 'deduplicate';
  checkOptions(call, options);
  const { keep = 'first', by = 'processing' } = options;
  if (keep !== 'first' && keep !== 'last') {
    throw argumentError(call, "keep to be 'first' or 'last'", keep);
  }
  if (by !== 'event' && by !== 'processing') {
    throw argumentError(call, "by to be 'event' or 'processing'", by);
  }
  const transformation = deduplicateTransformation({
    keep,
    by,
    updateBefore: flag(call, 'updateBefore', options.updateBefore, true),
    miniBatch: miniBatch(call, options.miniBatch),
    ttl: ttlOf(call, options.ttl),
  });
  return { transformation, type: positions[0]?.type };
}

/** @throws ERR_GRAPH_ARGUMENT, ERR_GRAPH_UNKNOWN_FIELD, ERR_GRAPH_FIELD_TYPE */
export function topNCall<T>(
  positions: readonly Position[],
  n: number,
  options: RankingOptions<T>,
): ChangelogCall {
  const call = 'topN';
  checkOptions(call, options);
  if (!(Number.isInteger(n) && n >= 1 && n <= N_MAX)) {
    throw argumentError(call, `n to be an integer 1 .. ${N_MAX}`, n);
  }
  const type = positions[0]?.type;
  const { by, withRank = false } = options;
  if (typeof by === 'string') checkAggregateField(type, by, call);
  else if (typeof by !== 'function') {
    throw argumentError(call, "by to be a field's name or a comparator", by);
  }
  if (typeof withRank !== 'boolean' && (typeof withRank !== 'string' || withRank === '')) {
    throw argumentError(call, 'withRank to be true or the name of a field', withRank);
  }
  const rankField = withRank === true ? 'rank' : withRank === false ? null : withRank;
  const transformation = topNTransformation<never>(
    {
      n,
      by: typeof by === 'string' ? by : null,
      descending: flag(call, 'descending', options.descending, false),
      rankField,
      retract: isChangelog(positions),
      updateBefore: flag(call, 'updateBefore', options.updateBefore, true),
      miniBatch: miniBatch(call, options.miniBatch),
      ttl: ttlOf(call, options.ttl),
    },
    typeof by === 'function' ? (by as (a: never, b: never) => number) : undefined,
  );
  return { transformation, type: rankField === null ? type : withRankType(type, rankField) };
}

/** The rows with one field more. */
function withRankType(type: RecordType | undefined, name: string): RecordType | undefined {
  if (type === undefined) return undefined;
  if (type.descriptor.fields.some((field) => field.name === name)) {
    const expected = `withRank to be a name that ${type.name} does not use`;
    throw argumentError('topN', expected, name);
  }
  return rankedType(type, name);
}

function checkSpec(aggregates: unknown): void {
  const entries = Object.values((aggregates ?? {}) as Record<string, { bind?: unknown } | null>);
  const ok = entries.length > 0 && entries.every((one) => typeof one?.bind === 'function');
  if (!ok)
    throw argumentError('aggregate', 'aggregates by name, such as { n: count() }', aggregates);
}

function checkOptions(call: string, options: ChangelogOptions): void {
  if (typeof options !== 'object' || options === null)
    throw argumentError(call, 'options', options);
}

function flag(call: string, option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw argumentError(call, `${option} to be true or false`, value);
}

function miniBatch(call: string, option: MiniBatchOption | undefined): MiniBatchSettings | null {
  if (option === undefined || option === false) return null;
  if (option === true) return { keysMax: MINI_BATCH_KEYS, latencyMs: null };
  if (typeof option !== 'object' || option === null) {
    throw argumentError(call, 'miniBatch to be true or an object', option);
  }
  const { keys = MINI_BATCH_KEYS, latency } = option;
  if (!(Number.isSafeInteger(keys) && keys > 0)) {
    throw argumentError(call, 'miniBatch.keys to be an integer of 1 or more', keys);
  }
  const latencyMs =
    latency === undefined ? null : durationMs(call, 'miniBatch.latency', latency, 1);
  return { keysMax: keys, latencyMs };
}

function preAggregate(option: ContinuousAggregateOptions['miniBatch']): PreAggregate {
  const choice = typeof option === 'object' ? (option.preAggregate ?? 'auto') : 'auto';
  if (choice === 'auto' || choice === 'on' || choice === 'off') return choice;
  throw argumentError('aggregate', "miniBatch.preAggregate 'auto', 'on' or 'off'", choice);
}

function ttlOf(call: string, ttl: RowTtlOption | undefined): RowTtl | null {
  if (ttl === undefined) return null;
  if (typeof ttl !== 'object' || ttl === null) {
    return { afterMs: durationMs(call, 'ttl', ttl, 1), time: 'processing' };
  }
  const { after, time = 'processing' } = ttl;
  if (time !== 'event' && time !== 'processing') {
    throw argumentError(call, "ttl.time to be 'event' or 'processing'", time);
  }
  return { afterMs: durationMs(call, 'ttl.after', after, 1), time };
}
