/** Declared aggregates as they stand in the plan. */

import type { Plain } from '../operator.ts';
import type { AggregateSpec } from './aggregate.ts';

/** Everything but the functions: `{ bids: { aggregate: 'count' }, … }`. */
export function describeAggregates(spec: AggregateSpec): { readonly [name: string]: Plain } {
  return Object.fromEntries(
    Object.entries(spec).map(([name, { aggregate, params }]) => [name, { aggregate, ...params }]),
  );
}

/** The fields that the aggregates read; undefined when a function sees the rows. */
export function aggregateReads(spec: AggregateSpec): readonly string[] | undefined {
  const fields = new Set<string>();
  for (const { reads } of Object.values(spec)) {
    if (reads === undefined) return undefined;
    for (const field of reads) fields.add(field);
  }
  return [...fields];
}

/** The user's functions by role: `turnover value`. */
export function aggregateFunctions(
  spec: AggregateSpec,
): Readonly<Record<string, (...args: never[]) => unknown>> {
  return Object.fromEntries(
    Object.entries(spec).flatMap(([name, { functions }]) =>
      Object.entries(functions).map(([role, fn]) => [`${name} ${role}`, fn]),
    ),
  );
}
