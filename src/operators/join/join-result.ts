/** What a join makes of two rows that match. */

import { EngineError } from '../../base/index.ts';
import { describeGot } from '../kept-row.ts';
import type { OperatorContext } from '../operator.ts';
import { compileJoinSelect } from './join-select.ts';
import type { JoinSelect } from './join-select.ts';

/** Gives the row for a pair; undefined stands for the side that has no match. */
export type PairFunction = (left: unknown, right: unknown) => unknown;

/** A function of the user's, or fields that are copied without a call. */
export type JoinResult =
  | { readonly form: 'function'; readonly fn: (left: never, right: never) => unknown }
  | { readonly form: 'select'; readonly select: JoinSelect };

/** The function of one operator instance. */
export function pairFunction(result: JoinResult, context: OperatorContext): PairFunction {
  return result.form === 'function'
    ? (result.fn as PairFunction)
    : compileJoinSelect(result.select, context);
}

/** The fields that the result is made of, by side; undefined when a function sees the rows. */
export function resultReads(
  result: JoinResult,
): readonly [left: readonly string[], right: readonly string[]] | undefined {
  if (result.form === 'function') return undefined;
  const paths = Object.values(result.select.fields);
  const of = (side: string): string[] =>
    paths.flatMap((path) => (path.startsWith(side) ? [path.slice(side.length)] : []));
  return [of('left.'), of('right.')];
}

/** How a result stands in the plan and in reports. */
export function describeResult(result: JoinResult): {
  readonly params: { readonly select: { readonly [name: string]: string } | null };
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
} {
  return result.form === 'function'
    ? { params: { select: null }, functions: { join: result.fn } }
    : { params: { select: { ...result.select.fields } }, functions: {} };
}

/** @throws ERR_OPERATORS_RESULT always */
export function failJoinResult(context: OperatorContext, got: unknown): never {
  throw new EngineError(
    'ERR_OPERATORS_RESULT',
    { operator: context.operatorName, expected: 'a row', got: describeGot(got) },
    { place: { operator: context.operatorName } },
  );
}

/** @throws ERR_OPERATORS_NO_TIMESTAMP always */
export function failNoTimestamp(context: OperatorContext): never {
  const { operatorName: operator } = context;
  throw new EngineError('ERR_OPERATORS_NO_TIMESTAMP', { operator }, { place: { operator } });
}
