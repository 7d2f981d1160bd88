/** Queries that keep nothing: q0, q1, q2, q10, q13, q14, q21, q22. */

import { f64, i32, i64, record, timestamp, utf8 } from 'millrace';
import type { RowOf } from 'millrace';
import type { Bid } from '../generator-records.ts';
import { DayNames, MinuteNames } from './query.ts';
import type { Query } from './query.ts';

/** Every bid as it is. */
export const q0: Query<Bid> = {
  build: ({ bids }) => bids,
  columns: (bid, checksum) => {
    checksum.int(bid.auction);
    checksum.int(bid.bidder);
    checksum.int(bid.price);
    checksum.int(bid.dateTime);
    checksum.text(bid.extra);
  },
};

const Converted = record('Converted', {
  auction: i64,
  bidder: i64,
  price: f64,
  dateTime: timestamp,
  extra: utf8,
});
type Converted = RowOf<typeof Converted>;

/** Every bid in another currency. */
export const q1: Query<Converted> = {
  build: ({ bids }) =>
    bids.map(
      (bid) => ({
        auction: bid.auction,
        bidder: bid.bidder,
        price: 0.908 * bid.price,
        dateTime: bid.dateTime,
        extra: bid.extra,
      }),
      Converted,
    ),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(Math.round(1000 * row.price));
    checksum.int(row.dateTime);
    checksum.text(row.extra);
  },
};

const Offer = record('Offer', { auction: i64, price: i64 });
type Offer = RowOf<typeof Offer>;

/** Bids for some auctions. */
export const q2: Query<Offer> = {
  build: ({ bids }) =>
    bids
      .filter((bid) => bid.auction % 123 === 0)
      .map(({ auction, price }) => ({ auction, price }), Offer),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.price);
  },
};

const Partitioned = record('Partitioned', {
  auction: i64,
  bidder: i64,
  price: i64,
  dateTime: timestamp,
  extra: utf8,
  dt: utf8,
  hm: utf8,
});
type Partitioned = RowOf<typeof Partitioned>;

/** Every bid with the partition that it goes to. */
export const q10: Query<Partitioned> = {
  build: ({ bids }) => {
    const days = new DayNames();
    const minutes = new MinuteNames();
    return bids.map(
      (bid) => ({
        auction: bid.auction,
        bidder: bid.bidder,
        price: bid.price,
        dateTime: bid.dateTime,
        extra: bid.extra,
        dt: days.nameOf(bid.dateTime),
        hm: minutes.nameOf(bid.dateTime),
      }),
      Partitioned,
    );
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.dateTime);
    checksum.text(row.extra);
    checksum.text(row.dt);
    checksum.text(row.hm);
  },
};

const Valued = record('Valued', {
  auction: i64,
  bidder: i64,
  price: i64,
  dateTime: timestamp,
  value: utf8,
});
type Valued = RowOf<typeof Valued>;

/** Every bid with the value of a side table of 10,000 rows `(i, 'i')`. */
export const q13: Query<Valued> = {
  build: ({ bids }) => {
    const table = Array.from({ length: 10_000 }, (_, i) => String(i));
    return bids.map(
      (bid) => ({
        auction: bid.auction,
        bidder: bid.bidder,
        price: bid.price,
        dateTime: bid.dateTime,
        value: table[bid.auction % 10_000]!,
      }),
      Valued,
    );
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.dateTime);
    checksum.text(row.value);
  },
};

const Lettered = record('Lettered', {
  auction: i64,
  bidder: i64,
  price: f64,
  bidTimeType: utf8,
  dateTime: timestamp,
  extra: utf8,
  cCounts: i32,
});
type Lettered = RowOf<typeof Lettered>;

/** Bids of a middle price, with the time of the day and how many letters c they have. */
export const q14: Query<Lettered> = {
  build: ({ bids }) =>
    bids
      .filter((bid) => 0.908 * bid.price > 1_000_000 && 0.908 * bid.price < 50_000_000)
      .map((bid) => {
        const { auction, bidder, price, dateTime, extra } = bid;
        return {
          auction,
          bidder,
          price: 0.908 * price,
          bidTimeType: timeType(dateTime),
          dateTime,
          extra,
          cCounts: letters(extra),
        };
      }, Lettered),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(Math.round(1000 * row.price));
    checksum.text(row.bidTimeType);
    checksum.int(row.dateTime);
    checksum.text(row.extra);
    checksum.int(row.cCounts);
  },
};

const Channelled = record('Channelled', {
  auction: i64,
  bidder: i64,
  price: i64,
  channel: utf8,
  channelId: utf8,
});
type Channelled = RowOf<typeof Channelled>;

/** Bids with the id of their channel, those without one left out. */
export const q21: Query<Channelled> = {
  build: ({ bids }) =>
    bids.flatMap((bid, out) => {
      const { channel } = bid;
      const channelId = HOT_CHANNELS.get(channel.toLowerCase()) ?? channelIdOf(bid.url);
      if (channelId === undefined) return;
      const { auction, bidder, price } = bid;
      out.collect({ auction, bidder, price, channel, channelId });
    }, Channelled),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.text(row.channel);
    checksum.text(row.channelId);
  },
};

const Addressed = record('Addressed', {
  auction: i64,
  bidder: i64,
  price: i64,
  channel: utf8,
  dir1: utf8,
  dir2: utf8,
  dir3: utf8,
});
type Addressed = RowOf<typeof Addressed>;

/** Bids with the three folders of their address. */
export const q22: Query<Addressed> = {
  build: ({ bids }) =>
    bids.map((bid) => {
      const { auction, bidder, price, channel } = bid;
      const [, , , dir1 = '', dir2 = '', dir3 = ''] = bid.url.split('/');
      return { auction, bidder, price, channel, dir1, dir2, dir3 };
    }, Addressed),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.text(row.channel);
    checksum.text(row.dir1);
    checksum.text(row.dir2);
    checksum.text(row.dir3);
  },
};

function timeType(time: number): string {
  const hour = Math.floor(time / 3_600_000) % 24;
  if (hour >= 8 && hour <= 18) return 'dayTime';
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime';
}

function letters(text: string): number {
  let found = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 0x63) found++;
  return found;
}

const HOT_CHANNELS: ReadonlyMap<string, string> = new Map([
  ['apple', '0'],
  ['google', '1'],
  ['facebook', '2'],
  ['baidu', '3'],
]);

const CHANNEL_ID = 'channel_id=';

/** The parameter of the address, at its start or behind an ampersand. */
function channelIdOf(url: string): string | undefined {
  let at = url.indexOf(CHANNEL_ID);
  while (at > 0 && url[at - 1] !== '&') at = url.indexOf(CHANNEL_ID, at + 1);
  if (at < 0) return undefined;
  const start = at + CHANNEL_ID.length;
  const end = url.indexOf('&', start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}
