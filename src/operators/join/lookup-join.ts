/**
 * Lookup join: each row with what an outside table has for it, asked for asynchronously.
 *
 * It is asynchronous I/O (async-io.ts) whose answers are joined with the row they were asked for: order, capacity, timeouts,
 * retries and what a snapshot holds are as there. Answers may be cached by key, by subtask; a cache is not part of a snapshot.
 */

import type { KeyValue } from '../../record/index.ts';
import { asyncTransformation } from '../async-io.ts';
import type { AsyncAnswer, AsyncFunction, AsyncSettings } from '../async-settings.ts';
import type { OperatorContext, Transformation } from '../operator.ts';
import { failJoinResult } from './join-result.ts';
import type { PairFunction } from './join-result.ts';
import { LookupCache } from './lookup-cache.ts';

/** Plain data: stands in the plan. */
export interface LookupJoinSpec {
  /** Whether rows for which there is nothing are kept. */
  readonly leftOuter: boolean;
  /** `ttlMs` null: answers are kept until others take their place. */
  readonly cache: { readonly size: number; readonly ttlMs: number | null } | null;
  readonly async: AsyncSettings;
}

/** The user's functions. */
export interface LookupFunctions {
  /** Gives what there is for a row: one value, several (an iterable), or nothing. */
  readonly lookup: AsyncFunction;
  readonly join: (left: never, right: never) => unknown;
  /** What answers are cached by; needed with a cache. */
  readonly key?: ((row: never) => KeyValue) | undefined;
  /** As in `AsyncFunctions`. */
  readonly onTimeout?: ((row: unknown) => AsyncAnswer<unknown>) | undefined;
  readonly onResult?: ((rows: readonly unknown[]) => boolean) | undefined;
  readonly onError?: ((error: unknown) => boolean) | undefined;
}

/**
 * Joins rows with what a function finds for them.
 *
 * @throws ERR_OPERATORS_ASYNC, ERR_OPERATORS_ASYNC_TIMEOUT at run time, as asynchronous I/O does
 * @throws ERR_OPERATORS_RESULT at run time, when `join` gives no row
 */
export function lookupJoinTransformation(
  spec: LookupJoinSpec,
  functions: LookupFunctions,
): Transformation {
  const { lookup, join, key, onTimeout, onResult, onError } = functions;
  const given = Object.entries({ lookup, join, key, onTimeout, onResult, onError });
  const asked = asyncTransformation(spec.async, { asyncInvoke: lookup });
  return {
    ...asked,
    kind: 'lookupJoin',
    params: { ...asked.params, leftOuter: spec.leftOuter, cache: spec.cache && { ...spec.cache } },
    functions: Object.fromEntries(
      given.filter((pair) => pair[1] !== undefined),
    ) as Transformation['functions'],
    create: (context) => {
      const joined = joinAnswers(context, spec, functions);
      return asyncTransformation(spec.async, {
        asyncInvoke: joined.asyncInvoke,
        onTimeout: onTimeout && ((row) => joined.pairs(row, onTimeout(row))),
        onResult: onResult && ((rows) => onResult(rows)),
        onError,
      }).create(context);
    },
  };
}

/** Asks, or looks into the cache, and joins; for one operator instance. */
function joinAnswers(
  context: OperatorContext,
  { leftOuter, cache: settings }: LookupJoinSpec,
  { lookup, join, key }: LookupFunctions,
): {
  readonly asyncInvoke: AsyncFunction;
  readonly pairs: (row: unknown, answer: AsyncAnswer<unknown>) => unknown[];
} {
  const cache =
    settings && new LookupCache(context.operatorName, settings.size, settings.ttlMs ?? Infinity);
  const pair = (row: unknown, right: unknown): unknown => {
    const result = (join as PairFunction)(row, right);
    if (result === undefined || result === null) failJoinResult(context, result);
    return result;
  };
  const pairsOf = (row: unknown, rights: readonly unknown[]): unknown[] =>
    rights.length === 0 && leftOuter
      ? [pair(row, undefined)]
      : rights.map((right) => pair(row, right));
  return {
    pairs: (row, answer) => pairsOf(row, rowsOf(answer)),
    asyncInvoke: async (row, signal) => {
      if (cache === null || key === undefined)
        return pairsOf(row, rowsOf(await lookup(row, signal)));
      const by = key(row as never);
      const known = cache.get(by, context.nowMs());
      if (known !== undefined) return pairsOf(row, known);
      const rights = rowsOf(await lookup(row, signal));
      cache.set(by, rights, context.nowMs());
      return pairsOf(row, rights);
    },
  };
}

/** An answer as an array: of an iterable that is neither a text nor bytes, of one value, of none. */
function rowsOf(answer: AsyncAnswer<unknown>): readonly unknown[] {
  if (answer === undefined || answer === null) return [];
  const many =
    typeof answer === 'object' && Symbol.iterator in answer && !(answer instanceof Uint8Array);
  return many ? [...(answer as Iterable<unknown>)] : [answer];
}
