/** Makes the object that an aggregate's function returns, and checks what it was given. */

import { EngineError } from '../../base/index.ts';
import type { Plain } from '../operator.ts';
import { describeGot } from '../kept-row.ts';
import type { Aggregate, AggregateInput, AggregateOptions, BoundAggregate } from './aggregate.ts';
import type { ValueSelector } from './value-reader.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What `bind` gives, but for the filter. */
export type BoundParts = Omit<BoundAggregate, 'where'>;

/**
 * An aggregate of this kind.
 *
 * @throws ERR_OPERATORS_AGGREGATE the selector is neither a field's name nor a function, or `where` is no function
 */
export function declareAggregate<T, R>(
  aggregate: string,
  selector: ValueSelector | undefined,
  params: { readonly [key: string]: Plain },
  options: AggregateOptions<T> | undefined,
  bind: (input: AggregateInput) => BoundParts,
): Aggregate<T, R> {
  if (selector !== undefined && typeof selector !== 'function' && typeof selector !== 'string') {
    failAggregate(aggregate, "a field's name or a function of the row", selector);
  }
  const where = options?.where;
  if (where !== undefined && typeof where !== 'function') {
    failAggregate(aggregate, 'where to be a function', where);
  }
  const functions: Record<string, AnyFunction> = {};
  if (typeof selector === 'function') functions['value'] = selector as AnyFunction;
  if (where !== undefined) functions['where'] = where as AnyFunction;
  const filter = where as ((row: unknown) => boolean) | undefined;
  const fields = typeof selector === 'string' ? [selector] : [];
  return {
    aggregate,
    params: { ...(typeof selector === 'string' ? { field: selector } : {}), ...params },
    functions,
    ...(Object.keys(functions).length === 0 ? { reads: fields } : {}),
    bind: (input) => {
      const parts = bind(input);
      const { result, value, fold } = parts;
      // No value may be left to fold; what counts has a result all the same.
      const lacking = fold.empty === null && (filter !== undefined || value?.optional === true);
      const typed = result && { ...result, nullable: result.nullable || lacking };
      return { ...parts, where: filter, result: typed };
    },
  };
}

/** @throws ERR_OPERATORS_AGGREGATE always */
export function failAggregate(aggregate: string, expected: string, got: unknown): never {
  throw new EngineError('ERR_OPERATORS_AGGREGATE', { aggregate, expected, got: describeGot(got) });
}
