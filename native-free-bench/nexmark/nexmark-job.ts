/**
 * One Nexmark query as a job:
 *
 *     events (bids | auctions | persons) -> query -> result
 *
 * Parameters: `query`, `events`, `pregenerated`, `checked`, `outOfOrderGroupSize`, `eventsPerSecond`.
 */

import { boundedOutOfOrderness, job } from 'millrace';
import { Auction, AUCTIONS, Person, PERSONS } from './generator-records.ts';
import { nexmarkStreams } from './generator-source.ts';
import { queryOf } from './queries/index.ts';
import { resultSink } from './result-sink.ts';

export default job('nexmark', (env) => {
  const { parameters } = env;
  const query = queryOf(String(parameters['query']));
  const groupSize = Number(parameters['outOfOrderGroupSize'] ?? 1);
  const rate = parameters['eventsPerSecond'];
  const bids = env
    .fromSource(
      nexmarkStreams({
        events: Number(parameters['events']),
        outOfOrderGroupSize: groupSize,
        pregenerated: parameters['pregenerated'] === true,
        ...(rate === undefined ? {} : { eventsPerSecond: Number(rate) }),
      }),
      boundedOutOfOrderness((row: { readonly dateTime: number }) => row.dateTime, '4s'),
    )
    .name('events');
  const streams = {
    bids,
    auctions: bids.getSideOutput(AUCTIONS, Auction),
    persons: bids.getSideOutput(PERSONS, Person),
  };
  query.build(streams).sinkTo(resultSink(query, parameters['checked'] === true));
});
