/** Nexmark's queries as jobs against their models: the same rows, whatever the parallelism and the order of arrival. */

import { describe, expect, test } from 'vitest';

import { runJob } from 'millrace/testing';
import { checksumOf, TableChecksum } from '../../native-free-bench/nexmark/checksum.ts';
import { plainEvents } from '../../native-free-bench/nexmark/generator-events.ts';
import { byKind, models } from '../../native-free-bench/nexmark/models/index.ts';
import type { ModelledQuery } from '../../native-free-bench/nexmark/models/index.ts';
import nexmark from '../../native-free-bench/nexmark/nexmark-job.ts';
import { bidCounts } from '../../native-free-bench/nexmark/processing-time.ts';
import { QUERY_NAMES } from '../../native-free-bench/nexmark/queries/index.ts';
import type { ResultPart } from '../../native-free-bench/nexmark/result-sink.ts';
import { runProgram } from '../support/run-program.ts';
import { STREAM, THREADED } from './programs/nexmark-threads.ts';

/** Rows and checksum of a final table. */
type Answer = readonly [rows: number, checksum: string];

/** Groups of so many events are 3.5 s of event time. */
const SHUFFLED = 700;
const { events, rate } = STREAM;

const arrivals = {
  'in order': byKind(plainEvents({ events, rate })),
  'out of order': byKind(plainEvents({ events, rate, outOfOrderGroupSize: SHUFFLED })),
} as const;

function modelled(query: ModelledQuery, order: keyof typeof arrivals): Answer {
  const { rows, value } = checksumOf(models[query].rows(arrivals[order]));
  return [rows, value];
}

function answerOf(parts: readonly unknown[]): Answer {
  const table = new TableChecksum();
  for (const part of parts as readonly ResultPart[]) table.merge(part);
  return [table.rows, table.value];
}

describe.each(Object.keys(models) as ModelledQuery[])('%s gives what its model gives', (query) => {
  test.each(['in order', 'out of order'] as const)('%s', async (order) => {
    const expected = modelled(query, order);
    expect(expected[0]).toBeGreaterThan(0);
    for (const parallelism of [1, 2, 4]) {
      const { collected } = await runJob(nexmark, {
        parallelism,
        seed: parallelism,
        guardRows: false,
        parameters: {
          ...STREAM,
          query,
          outOfOrderGroupSize: order === 'in order' ? 1 : SHUFFLED,
          pregenerated: parallelism === 2,
          checked: true,
        },
      });
      expect([parallelism, ...answerOf(collected['result']!)]).toEqual([parallelism, ...expected]);
    }
  });
});

test.each([1, 2, 4])('q12 counts each bid once, %i at a time', async (parallelism) => {
  const { bids } = arrivals['in order'];
  const counts = await bidCounts(bids, parallelism);
  expect(counts.reduce((sum, row) => sum + row.bids, 0)).toBe(bids.length);
  const half = bids.slice(0, bids.length / 2);
  const first = counts.filter(({ windowStart }) => windowStart === 0);
  const distinct = new Set(half.map(({ bidder }) => bidder));
  expect(first.map(({ bidder }) => bidder).toSorted((a, b) => a - b)).toEqual(
    [...distinct].toSorted((a, b) => a - b),
  );
});

test('there are 24 queries, and a model for each but q12', () => {
  expect(QUERY_NAMES).toEqual(Array.from({ length: 24 }, (_, i) => `q${i}`));
  expect(QUERY_NAMES.filter((name) => !(name in models))).toEqual(['q12']);
});

test('on real threads they give the same', { timeout: 60_000 }, async () => {
  const program = await runProgram(new URL('./programs/nexmark-threads.ts', import.meta.url));
  for (const query of THREADED) {
    expect([query, program.value<Answer>(query)]).toEqual([query, modelled(query, 'in order')]);
  }
});
