/** Queries that keep a row or more per key for ever: q15 to q19. */

import { computed, count, distinct, i64, max, mean, min, record, sum, utf8 } from 'millrace';
import type { TableChecksum } from '../checksum.ts';
import type { Bid } from '../generator-records.ts';
import { bidColumns, DayNames, integerMean, MINI_BATCH, MinuteNames } from './query.ts';
import type { Query } from './query.ts';

/** What the filters look at. */
interface Priced {
  readonly price: number;
}

const low = { where: ({ price }: Priced) => price < 10_000 };
const middle = { where: ({ price }: Priced) => price >= 10_000 && price < 1_000_000 };
const high = { where: ({ price }: Priced) => price >= 1_000_000 };

const bidCounts = {
  bids: count(),
  lowBids: count(low),
  middleBids: count(middle),
  highBids: count(high),
} as const;

const statistics = {
  ...bidCounts,
  bidders: distinct('bidder'),
  lowBidders: distinct('bidder', low),
  middleBidders: distinct('bidder', middle),
  highBidders: distinct('bidder', high),
  auctions: distinct('auction'),
  lowAuctions: distinct('auction', low),
  middleAuctions: distinct('auction', middle),
  highAuctions: distinct('auction', high),
} as const;

type BidCounts = { readonly [K in keyof typeof bidCounts]: number };
type Statistics = { readonly [K in keyof typeof statistics]: number };

function countColumns(row: BidCounts, checksum: TableChecksum): void {
  checksum.int(row.bids);
  checksum.int(row.lowBids);
  checksum.int(row.middleBids);
  checksum.int(row.highBids);
}

function statisticsColumns(row: Statistics, checksum: TableChecksum): void {
  countColumns(row, checksum);
  checksum.int(row.bidders);
  checksum.int(row.lowBidders);
  checksum.int(row.middleBidders);
  checksum.int(row.highBidders);
  checksum.int(row.auctions);
  checksum.int(row.lowAuctions);
  checksum.int(row.middleAuctions);
  checksum.int(row.highAuctions);
}

const DayBid = record('DayBid', { day: utf8, auction: i64, bidder: i64, price: i64 });

interface DayStatistics extends Statistics {
  readonly day: string;
}

/** Per day: bids, distinct bidders and distinct auctions by price. */
export const q15: Query<DayStatistics> = {
  build: ({ bids }) => {
    const days = new DayNames();
    return bids
      .map(({ auction, bidder, price, dateTime }) => {
        return { day: days.nameOf(dateTime), auction, bidder, price };
      }, DayBid)
      .keyBy('day')
      .aggregate(statistics, { miniBatch: MINI_BATCH });
  },
  columns: (row, checksum) => {
    checksum.textOf(row, 'day');
    statisticsColumns(row, checksum);
  },
};

interface ChannelStatistics extends DayStatistics {
  readonly channel: string;
  readonly minute: string;
}

/** Per channel and day: the latest minute, and as q15. */
export const q16: Query<ChannelStatistics> = {
  build: ({ bids }) => {
    const days = new DayNames();
    const minutes = new MinuteNames();
    return bids
      .select('ChannelBid', {
        channel: 'channel',
        day: computed(utf8, (bid) => days.nameOf(bid.dateTime)),
        minute: computed(utf8, (bid) => minutes.nameOf(bid.dateTime)),
        auction: 'auction',
        bidder: 'bidder',
        price: 'price',
      })
      .keyBy('channel', 'day')
      .aggregate({ minute: max('minute'), ...statistics }, { miniBatch: MINI_BATCH });
  },
  columns: (row, checksum) => {
    checksum.textOf(row, 'channel');
    checksum.textOf(row, 'day');
    checksum.textOf(row, 'minute');
    statisticsColumns(row, checksum);
  },
};

const AuctionBid = record('AuctionBid', { auction: i64, day: utf8, price: i64 });

interface AuctionStatistics extends BidCounts {
  readonly auction: number;
  readonly day: string;
  readonly minPrice: number;
  readonly maxPrice: number;
  readonly meanPrice: number;
  readonly sumPrice: number;
}

/** Per auction and day: bids by price, and what was offered. */
export const q17: Query<AuctionStatistics> = {
  build: ({ bids }) => {
    const days = new DayNames();
    return bids
      .map(
        ({ auction, price, dateTime }) => ({ auction, day: days.nameOf(dateTime), price }),
        AuctionBid,
      )
      .keyBy('auction', 'day')
      .aggregate(
        {
          ...bidCounts,
          minPrice: min('price'),
          maxPrice: max('price'),
          meanPrice: mean('price'),
          sumPrice: sum('price'),
        },
        { miniBatch: MINI_BATCH },
      );
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.textOf(row, 'day');
    countColumns(row, checksum);
    checksum.int(row.minPrice);
    checksum.int(row.maxPrice);
    checksum.int(integerMean(row.meanPrice));
    checksum.int(row.sumPrice);
  },
};

/** Per bidder and auction: the last bid by event time, among equals the last to arrive. */
export const q18: Query<Bid> = {
  build: ({ bids }) => bids.keyBy('bidder', 'auction').deduplicate({ keep: 'last', by: 'event' }),
  columns: bidColumns,
};

interface RankedBid extends Bid {
  readonly rank: number;
}

/** Per auction: the ten highest bids with their ranks; among equals the first to arrive ranks first. */
export const q19: Query<RankedBid> = {
  build: ({ bids }) =>
    bids
      .keyBy('auction')
      .topN(10, { by: 'price', descending: true, withRank: true, miniBatch: MINI_BATCH }),
  columns: (row, checksum) => {
    bidColumns(row, checksum);
    checksum.int(row.rank);
  },
};
