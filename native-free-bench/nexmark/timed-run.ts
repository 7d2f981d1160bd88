/** One timed run of a query, the number of its rows checked. */

import type { Engine } from 'millrace';
import { expectAnswer } from '../harness.ts';
import { runQuery } from './run-query.ts';
import type { QueryResult } from './run-query.ts';

/** What a timed run is, but for the number of workers and where its events come from. */
export interface TimedQuery {
  readonly query: string;
  readonly events: number;
  /** Rows of the final table; undefined where that depends on the time it takes. */
  readonly rows: number | undefined;
}

/** How it runs. */
export interface TimedRunOptions {
  /** Default true. */
  readonly pregenerated?: boolean;
  /** Whether the sink reads all columns for the checksum, as a peer's does, instead of counting rows; default false. */
  readonly checked?: boolean;
  /** See `runQuery`. */
  readonly shared?: Engine | undefined;
  readonly checkpointMs?: number | undefined;
}

/** @throws WrongAnswer the number of rows is wrong */
export async function timedRun(
  { query, events, rows }: TimedQuery,
  workers: number,
  { pregenerated = true, checked = false, shared, checkpointMs }: TimedRunOptions = {},
): Promise<QueryResult> {
  const run = { query, events, workers, parallelism: workers, pregenerated, checked, checkpointMs };
  const result = await runQuery(run, shared);
  if (rows !== undefined) expectAnswer(rows, result.rows, `number of rows of ${query}`);
  return result;
}
