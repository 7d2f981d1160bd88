/**
 * One Nexmark query as a job:
 *
 *     events (bids | auctions | persons) -> query -> result
 *
 * Parameters: `query`, `events`, `pregenerated`, `checked`, and optionally `outOfOrderGroupSize`, `rate` and `splitEvents` of the
 * generator, and `eventsPerSecond` of wall-clock time.
 */

import { boundedOutOfOrderness, job } from 'millrace';
import { Auction, AUCTIONS, Person, PERSONS } from './generator-records.ts';
import { nexmarkStreams } from './generator-source.ts';
import { queryOf } from './queries/index.ts';
import { resultSink } from './result-sink.ts';

export default job('nexmark', (env) => {
  const { parameters } = env;
  const query = queryOf(parameters['query'] as string);
  const given = (name: string): Record<string, number> =>
    parameters[name] === undefined ? {} : { [name]: Number(parameters[name]) };
  const bids = env
    .fromSource(
      nexmarkStreams({
        events: Number(parameters['events']),
        pregenerated: parameters['pregenerated'] === true,
        ...given('outOfOrderGroupSize'),
        ...given('rate'),
        ...given('splitEvents'),
        ...given('eventsPerSecond'),
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
