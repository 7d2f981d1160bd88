/** Queries that keep nothing: q0, q1, q2, q10, q13, q14, q21, q22. */

import { computed, f64, i32, nullable, textOf, utf8 } from 'millrace';
import type { RowSlice } from 'millrace';
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
    checksum.textOf(bid, 'extra');
  },
};

type Converted = Pick<Bid, 'auction' | 'bidder' | 'price' | 'dateTime' | 'extra'>;

/** Every bid in another currency. */
export const q1: Query<Converted> = {
  build: ({ bids }) =>
    bids.select('Converted', {
      auction: 'auction',
      bidder: 'bidder',
      price: computed(f64, (bid) => 0.908 * bid.price),
      dateTime: 'dateTime',
      extra: 'extra',
    }),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(Math.round(1000 * row.price));
    checksum.int(row.dateTime);
    checksum.textOf(row, 'extra');
  },
};

type Offer = Pick<Bid, 'auction' | 'price'>;

/** Bids for some auctions. */
export const q2: Query<Offer> = {
  build: ({ bids }) =>
    bids
      .filter((bid) => bid.auction % 123 === 0)
      .select('Offer', { auction: 'auction', price: 'price' }),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.price);
  },
};

type Partitioned = Converted & { readonly dt: string; readonly hm: string };

/** Every bid with the partition that it goes to. */
export const q10: Query<Partitioned> = {
  build: ({ bids }) => {
    const days = new DayNames();
    const minutes = new MinuteNames();
    return bids.select('Partitioned', {
      auction: 'auction',
      bidder: 'bidder',
      price: 'price',
      dateTime: 'dateTime',
      extra: 'extra',
      dt: computed(utf8, (bid) => days.nameOf(bid.dateTime)),
      hm: computed(utf8, (bid) => minutes.nameOf(bid.dateTime)),
    });
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.dateTime);
    checksum.textOf(row, 'extra');
    checksum.textOf(row, 'dt');
    checksum.textOf(row, 'hm');
  },
};

type Valued = Pick<Bid, 'auction' | 'bidder' | 'price' | 'dateTime'> & { readonly value: string };

/** Every bid with the value of a side table of 10,000 rows `(i, 'i')`. */
export const q13: Query<Valued> = {
  build: ({ bids }) => {
    const table = Array.from({ length: 10_000 }, (_, i) => String(i));
    return bids.select('Valued', {
      auction: 'auction',
      bidder: 'bidder',
      price: 'price',
      dateTime: 'dateTime',
      value: computed(utf8, (bid) => table[bid.auction % 10_000]!),
    });
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.dateTime);
    checksum.textOf(row, 'value');
  },
};

type Lettered = Converted & { readonly bidTimeType: string; readonly cCounts: number };

/** Bids of a middle price, with the time of the day and how many letters c they have. */
export const q14: Query<Lettered> = {
  build: ({ bids }) =>
    bids
      .filter((bid) => 0.908 * bid.price > 1_000_000 && 0.908 * bid.price < 50_000_000)
      .select('Lettered', {
        auction: 'auction',
        bidder: 'bidder',
        price: computed(f64, (bid) => 0.908 * bid.price),
        bidTimeType: computed(utf8, (bid) => timeType(bid.dateTime)),
        dateTime: 'dateTime',
        extra: 'extra',
        cCounts: computed(i32, (bid) => textOf(bid, 'extra').count('c')),
      }),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(Math.round(1000 * row.price));
    checksum.textOf(row, 'bidTimeType');
    checksum.int(row.dateTime);
    checksum.textOf(row, 'extra');
    checksum.int(row.cCounts);
  },
};

type Channelled = Pick<Bid, 'auction' | 'bidder' | 'price' | 'channel'> & {
  readonly channelId: string | null;
};

/** Bids with the id of their channel, those without one left out. */
export const q21: Query<Channelled> = {
  build: ({ bids }) =>
    bids
      .select('Channelled', {
        auction: 'auction',
        bidder: 'bidder',
        price: 'price',
        channel: 'channel',
        channelId: computed(nullable(utf8), channelIdOf),
      })
      .filter((row) => row.channelId !== null),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.textOf(row, 'channel');
    checksum.text(row.channelId ?? '');
  },
};

type Addressed = Pick<Bid, 'auction' | 'bidder' | 'price' | 'channel'> & {
  readonly dir1: string;
  readonly dir2: string;
  readonly dir3: string;
};

/** Bids with the three folders of their address. */
export const q22: Query<Addressed> = {
  build: ({ bids }) => {
    const folders = new Folders();
    return bids.select('Addressed', {
      auction: 'auction',
      bidder: 'bidder',
      price: 'price',
      channel: 'channel',
      dir1: computed(utf8, (bid) => folders.first(textOf(bid, 'url'))),
      dir2: computed(utf8, () => folders.next()),
      dir3: computed(utf8, () => folders.next()),
    });
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.textOf(row, 'channel');
    checksum.textOf(row, 'dir1');
    checksum.textOf(row, 'dir2');
    checksum.textOf(row, 'dir3');
  },
};

const SLASH = 47;

/**
 * The folders of one address after another, from left to right: each goes on where the one before it ended. The fields of a
 * row are computed in their order, and its texts stay where they are meanwhile.
 */
class Folders {
  #url: RowSlice | undefined = undefined;
  #from = 0;

  /** The part behind the third slash; empty when there is none. */
  first(url: RowSlice): string {
    this.#url = url;
    let from = 0;
    for (let slashes = 0; slashes < 3; slashes++) from = endOf(url, from) + 1;
    return this.#folder(url, from);
  }

  /** The part behind the one given before. */
  next(): string {
    return this.#folder(this.#url!, this.#from);
  }

  #folder(url: RowSlice, from: number): string {
    const end = endOf(url, from);
    this.#from = end + 1;
    return url.slice(from, end);
  }
}

function endOf(url: RowSlice, from: number): number {
  const at = url.indexOfByte(SLASH, from);
  return at < 0 ? url.bytes : at;
}

function timeType(time: number): string {
  const hour = Math.floor(time / 3_600_000) % 24;
  if (hour >= 8 && hour <= 18) return 'dayTime';
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime';
}

const HOT_CHANNELS = ['apple', 'google', 'facebook', 'baidu'];
const HOT_CHANNEL_IDS = ['0', '1', '2', '3'];
const CHANNEL_ID = 'channel_id=';
const AMPERSAND = 38;

/** The number of a hot channel, or the parameter of the address, at its start or behind an ampersand. */
function channelIdOf(bid: Bid): string | null {
  const channel = textOf(bid, 'channel');
  for (let i = 0; i < HOT_CHANNELS.length; i++) {
    if (channel.equalsIgnoreCase(HOT_CHANNELS[i]!)) return HOT_CHANNEL_IDS[i]!;
  }
  const url = textOf(bid, 'url');
  let at = url.indexOf(CHANNEL_ID);
  while (at > 0 && url.byteAt(at - 1) !== AMPERSAND) at = url.indexOf(CHANNEL_ID, at + 1);
  if (at < 0) return null;
  const start = at + CHANNEL_ID.length;
  const end = url.indexOf('&', start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}
