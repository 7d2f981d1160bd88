/** Holds the answer of a query against its model before anything is timed. */

import type { Engine } from 'millrace';
import { expectAnswer } from '../harness.ts';
import { checksumOf } from './checksum.ts';
import { plainEvents } from './generator-events.ts';
import { byKind, models } from './models/index.ts';
import type { ModelledQuery } from './models/index.ts';
import { bidCounts } from './processing-time.ts';
import { runQuery } from './run-query.ts';

/** The query whose windows are of the machine's time: what it gives is no function of the events. */
export const PROCESSING_TIME_QUERY = 'q12';

/** Rows and checksum of a final table, as texts are compared. */
export function answerText(answer: { readonly rows: number; readonly checksum: string }): string {
  return `${answer.rows} rows, checksum ${answer.checksum}`;
}

/**
 * Runs the query on small input.
 *
 * @throws WrongAnswer the result is not the model's
 */
export async function checkQuery(
  query: string,
  events: number,
  workers: number,
  shared?: Engine,
): Promise<void> {
  const arrived = byKind(plainEvents({ events }));
  if (query === PROCESSING_TIME_QUERY) {
    const counts = await bidCounts(arrived.bids, workers);
    const sum = counts.reduce((total, { bids }) => total + bids, 0);
    expectAnswer(arrived.bids.length, sum, `sum of the counts of ${query}`);
    return;
  }
  const expected = checksumOf(models[query as ModelledQuery].rows(arrived));
  const run = {
    query,
    events,
    workers,
    parallelism: workers,
    pregenerated: true,
    checked: true,
    warmUp: 0,
    // Small enough that every worker has some.
    splitEvents: Math.ceil(events / (2 * workers)),
  };
  const got = await runQuery(run, shared);
  const expectedText = answerText({ rows: expected.rows, checksum: expected.value });
  expectAnswer(expectedText, answerText(got), `answer of ${query}`);
}
