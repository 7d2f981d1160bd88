/** All queries by name. */

import { q15, q16, q17, q18, q19 } from './aggregates.ts';
import { q20, q23, q3, q4, q6, q9 } from './joins.ts';
import type { Query } from './query.ts';
import { q0, q1, q10, q13, q14, q2, q21, q22 } from './stateless.ts';
import { q11, q12, q5, q7, q8 } from './windows.ts';

const QUERIES = {
  q0,
  q1,
  q2,
  q3,
  q4,
  q5,
  q6,
  q7,
  q8,
  q9,
  q10,
  q11,
  q12,
  q13,
  q14,
  q15,
  q16,
  q17,
  q18,
  q19,
  q20,
  q21,
  q22,
  q23,
} as const;

export type QueryName = keyof typeof QUERIES;

/** Names of the queries, in their order. */
export const QUERY_NAMES: readonly QueryName[] = Object.keys(QUERIES) as QueryName[];

/** The query of this name. @throws RangeError */
export function queryOf(name: string): Query {
  const query = (QUERIES as Readonly<Record<string, unknown>>)[name];
  if (query === undefined) throw new RangeError(`expected a query q0 .. q23, got ${name}`);
  return query as Query;
}
