/**
 * The answer of q12, whose windows are of the machine's time: the query runs in one thread, on a clock that is moved, over bids
 * that all lie before the end of a window.
 */

import { job } from 'millrace';
import { testSink, testSource, TestRun } from 'millrace/testing';
import { AUCTIONS, Auction, Bid, Person, PERSONS } from './generator-records.ts';
import { queryOf } from './queries/index.ts';

/** A result of q12. */
export interface BidCount {
  readonly bidder: number;
  readonly bids: number;
  readonly windowStart: number;
  readonly windowEnd: number;
}

const WINDOW_MS = 10_000;

const counting = job('nexmark-q12', (env) => {
  const bids = env.fromSource(testSource('bids', Bid));
  const auctions = bids.getSideOutput(AUCTIONS, Auction);
  const persons = bids.getSideOutput(PERSONS, Person);
  queryOf('q12').build({ bids, auctions, persons }).sinkTo(testSink('counts'));
});

/**
 * Gives the bids to q12, a part in each of several windows, and lets the last window end.
 *
 * @param parts windows that the bids are spread over, in their order
 */
export async function bidCounts(
  bids: readonly Bid[],
  parallelism: number,
  parts: number = 2,
): Promise<BidCount[]> {
  const run = await TestRun.start(counting, { parallelism });
  const size = Math.max(1, Math.ceil(bids.length / parts));
  for (let from = 0; from < bids.length; from += size) {
    run.source<Bid>('bids').pushAll(bids.slice(from, from + size));
    await run.drain();
    run.advanceProcessingTime(WINDOW_MS);
  }
  await run.finish();
  return [...run.output<BidCount>('counts').rows];
}
