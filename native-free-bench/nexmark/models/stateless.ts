/** Models of the queries that keep nothing: q0, q1, q2, q10, q13, q14, q21, q22. */

import type { Bid } from '../generator-records.ts';
import { dayOf, minuteOf } from './model.ts';
import type { Model, ResultRow } from './model.ts';

/** Every bid as it is. */
export const q0: Model = eachBid(
  ['auction', 'bidder', 'price', 'dateTime', 'extra'],
  ({ auction, bidder, price, dateTime, extra }) => [auction, bidder, price, dateTime, extra],
);

/** Every bid in another currency: price × 0.908, in thousandths. */
export const q1: Model = eachBid(
  ['auction', 'bidder', 'price', 'dateTime', 'extra'],
  ({ auction, bidder, price, dateTime, extra }) => [auction, bidder, 908 * price, dateTime, extra],
);

/** Bids for some auctions. */
export const q2: Model = eachBid(['auction', 'price'], ({ auction, price }) =>
  auction % 123 === 0 ? [auction, price] : undefined,
);

/** Every bid with the partition of files that it goes to. */
export const q10: Model = eachBid(
  ['auction', 'bidder', 'price', 'dateTime', 'extra', 'dt', 'hm'],
  ({ auction, bidder, price, dateTime, extra }) => [
    auction,
    bidder,
    price,
    dateTime,
    extra,
    dayOf(dateTime),
    minuteOf(dateTime),
  ],
);

/** Every bid with the value of a side table of 10,000 rows `(i, 'i')`. */
export const q13: Model = eachBid(
  ['auction', 'bidder', 'price', 'dateTime', 'value'],
  ({ auction, bidder, price, dateTime }) => [
    auction,
    bidder,
    price,
    dateTime,
    String(auction % 10_000),
  ],
);

/** Bids of a middle price, with the time of the day and how many letters c they have; the price in thousandths. */
export const q14: Model = eachBid(
  ['auction', 'bidder', 'price', 'bidTimeType', 'dateTime', 'extra', 'c_counts'],
  ({ auction, bidder, price, dateTime, extra }) => {
    const converted = 908 * price;
    if (!(converted > 1_000_000_000 && converted < 50_000_000_000)) return undefined;
    const letters = extra.split('c').length - 1;
    return [auction, bidder, converted, timeType(dateTime), dateTime, extra, letters];
  },
);

/** Bids with the id of their channel, those without one left out. */
export const q21: Model = eachBid(
  ['auction', 'bidder', 'price', 'channel', 'channel_id'],
  ({ auction, bidder, price, channel, url }) => {
    const id = channelId(channel, url);
    return id === undefined ? undefined : [auction, bidder, price, channel, id];
  },
);

/** Bids with the three folders of their address. */
export const q22: Model = eachBid(
  ['auction', 'bidder', 'price', 'channel', 'dir1', 'dir2', 'dir3'],
  ({ auction, bidder, price, channel, url }) => {
    const parts = url.split('/');
    return [auction, bidder, price, channel, parts[3]!, parts[4]!, parts[5]!];
  },
);

function eachBid(columns: readonly string[], rowOf: (bid: Bid) => ResultRow | undefined): Model {
  return {
    columns,
    updating: false,
    rows: ({ bids }) => bids.map(rowOf).filter((row) => row !== undefined),
  };
}

function timeType(time: number): string {
  const hour = new Date(time).getUTCHours();
  if (hour >= 8 && hour <= 18) return 'dayTime';
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime';
}

const HOT_CHANNEL_IDS: ReadonlyMap<string, string> = new Map([
  ['apple', '0'],
  ['google', '1'],
  ['facebook', '2'],
  ['baidu', '3'],
]);

function channelId(channel: string, url: string): string | undefined {
  return HOT_CHANNEL_IDS.get(channel.toLowerCase()) ?? /(&|^)channel_id=([^&]*)/.exec(url)?.[2];
}
