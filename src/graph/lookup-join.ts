/** `lookupJoin` and `leftLookupJoin`; what the calls mean is said in join-builders.ts. */

import { lookupJoinTransformation } from '../operators/index.ts';
import type { AsyncAnswer, LookupJoinSpec, Transformation } from '../operators/index.ts';
import type { KeyValue, RecordType } from '../record/index.ts';
import { argumentError, checkFunction } from './arguments.ts';
import { durationMs } from './durations.ts';
import { checkKeyFields } from './fields.ts';
import type { LookupJoinOptions } from './join-builders.ts';
import { asyncSettings } from './map-async.ts';

type Joiner = (join: (left: never, right: never) => unknown) => Transformation;

/** The operator for a function that joins. @throws ERR_GRAPH_ARGUMENT, ERR_GRAPH_UNKNOWN_FIELD */
export function lookupJoin<A, B>(
  call: string,
  type: RecordType | undefined,
  lookup: (row: never, signal: AbortSignal) => unknown,
  options: LookupJoinOptions<A, B>,
  leftOuter: boolean,
): Joiner {
  const { cache, onTimeout, retry } = options ?? {};
  const spec: LookupJoinSpec = {
    leftOuter,
    cache: cache === undefined ? null : cacheSettings(call, cache),
    async: asyncSettings(call, lookup, options),
  };
  const key = cache === undefined ? undefined : keyFunction(call, type, cache.key);
  return (join) => {
    checkFunction(join, call);
    return lookupJoinTransformation(spec, {
      lookup: lookup as (row: unknown, signal: AbortSignal) => Promise<AsyncAnswer<unknown>>,
      join,
      key,
      onTimeout: onTimeout as ((row: unknown) => AsyncAnswer<unknown>) | undefined,
      onResult: retry?.onResult as ((rows: readonly unknown[]) => boolean) | undefined,
      onError: retry?.onError,
    });
  };
}

function cacheSettings<A>(
  call: string,
  { size, ttl }: NonNullable<LookupJoinOptions<A, unknown>['cache']>,
): NonNullable<LookupJoinSpec['cache']> {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw argumentError(call, 'cache.size to be an integer of 1 or more', size);
  }
  return { size, ttlMs: ttl === undefined ? null : durationMs(call, 'cache.ttl', ttl, 1) };
}

function keyFunction(
  call: string,
  type: RecordType | undefined,
  key: unknown,
): (row: never) => KeyValue {
  if (typeof key === 'function') return key as (row: never) => KeyValue;
  if (typeof key !== 'string') throw argumentError(call, 'cache.key: a field or a function', key);
  checkKeyFields(type, [key]);
  return (row) => (row as Readonly<Record<string, KeyValue>>)[key]!;
}
