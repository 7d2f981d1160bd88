/** Models of the queries that keep a row or more per key for ever: q15 to q19. */

import type { Bid } from '../generator-records.ts';
import { bidColumns, dayOf, groupBy, integerMean, minuteOf, words } from './model.ts';
import type { Model } from './model.ts';

/** By price: all, the low, the middle and the high. */
const RANKS: readonly ((bid: Bid) => boolean)[] = [
  () => true,
  ({ price }) => price < 10_000,
  ({ price }) => price >= 10_000 && price < 1_000_000,
  ({ price }) => price >= 1_000_000,
];

const RANKED = ['total', 'rank1', 'rank2', 'rank3'];
const STATISTICS: readonly string[] = ['bids', 'bidders', 'auctions'].flatMap((what) =>
  RANKED.map((rank) => `${rank}_${what}`),
);

/** Per day: bids, distinct bidders and distinct auctions by price. */
export const q15: Model = {
  columns: ['day', ...STATISTICS],
  updating: true,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ dateTime }) => dayOf(dateTime))].map(([day, its]) => [
      day,
      ...statistics(its),
    ]),
};

/** Per channel and day: the latest minute, and as q15. */
export const q16: Model = {
  columns: ['channel', 'day', 'minute', ...STATISTICS],
  updating: true,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ channel, dateTime }) => `${channel} ${dayOf(dateTime)}`).values()].map(
      (its) => [
        its[0]!.channel,
        dayOf(its[0]!.dateTime),
        its
          .map(({ dateTime }) => minuteOf(dateTime))
          .toSorted()
          .at(-1)!,
        ...statistics(its),
      ],
    ),
};

/** Per auction and day: bids by price, and what was offered. */
export const q17: Model = {
  columns: words(
    'auction day total_bids rank1_bids rank2_bids rank3_bids min_price max_price avg_price sum_price',
  ),
  updating: true,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ auction, dateTime }) => `${auction} ${dayOf(dateTime)}`).values()].map(
      (its) => {
        const prices = its.map(({ price }) => price);
        return [
          its[0]!.auction,
          dayOf(its[0]!.dateTime),
          ...counts(its),
          prices.reduce((least, price) => Math.min(least, price)),
          prices.reduce((most, price) => Math.max(most, price)),
          integerMean(prices),
          prices.reduce((sum, price) => sum + price, 0),
        ];
      },
    ),
};

/** Per bidder and auction: the last bid by event time, among equals the last to arrive. */
export const q18: Model = {
  columns: ['auction', 'bidder', 'price', 'channel', 'url', 'dateTime', 'extra'],
  updating: true,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ bidder, auction }) => `${bidder} ${auction}`).values()].map((its) =>
      bidColumns(its.reduce((last, bid) => (bid.dateTime >= last.dateTime ? bid : last))),
    ),
};

/** Per auction: the ten highest bids with their ranks; among equals the first to arrive ranks first. */
export const q19: Model = {
  columns: words('auction bidder price channel url dateTime extra rank_number'),
  updating: true,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ auction }) => auction).values()].flatMap((its) =>
      its
        .toSorted((a, b) => b.price - a.price)
        .slice(0, 10)
        .map((bid, i) => [...bidColumns(bid), i + 1]),
    ),
};

function statistics(bids: readonly Bid[]): number[] {
  return [...counts(bids), ...distinct(bids, 'bidder'), ...distinct(bids, 'auction')];
}

function counts(bids: readonly Bid[]): number[] {
  return RANKS.map((passes) => bids.filter(passes).length);
}

function distinct(bids: readonly Bid[], field: 'auction' | 'bidder'): number[] {
  return RANKS.map((passes) => new Set(bids.filter(passes).map((bid) => bid[field])).size);
}
