/** Queries that join: q3, q4, q6, q9, q20, q23. */

import { i64, max, mean, record } from 'millrace';
import type { Joined, RowOf, Stream } from 'millrace';
import type { Auction, Bid } from '../generator-records.ts';
import { SellerMeans } from './seller-means.ts';
import { bidColumns, integerMean, itemColumns, MINI_BATCH } from './query.ts';
import type { Item, NexmarkStreams, Query } from './query.ts';

interface LocalItem {
  readonly name: string;
  readonly city: string;
  readonly state: string;
  readonly id: number;
}

/** Who sells in category 10 and lives in one of three states. */
export const q3: Query<LocalItem> = {
  build: ({ auctions, persons }) => {
    const items = auctions.filter((auction) => auction.category === 10);
    const local = persons.filter(({ state }) => state === 'OR' || state === 'ID' || state === 'CA');
    return items.keyBy('seller').join(local.keyBy('id'), { unique: 'right' }).select('LocalItem', {
      name: 'right.name',
      city: 'right.city',
      state: 'right.state',
      id: 'left.id',
    });
  },
  columns: (row, checksum) => {
    checksum.textOf(row, 'name');
    checksum.textOf(row, 'city');
    checksum.textOf(row, 'state');
    checksum.int(row.id);
  },
};

/** Bids with their auctions, where they came between its beginning and its end. */
function validBids({ bids, auctions }: NexmarkStreams): Joined<Bid, Auction> {
  return bids.keyBy('auction').join(auctions.keyBy('id'), {
    unique: 'right',
    where: [
      ['left.dateTime', '>=', 'right.dateTime'],
      ['left.dateTime', '<=', 'right.expires'],
    ],
  });
}

interface CategoryMean {
  readonly category: number;
  readonly mean: number;
}

/** Per category: the mean over its auctions of the highest valid bid. */
export const q4: Query<CategoryMean> = {
  build: (streams) =>
    validBids(streams)
      .select('ValidBid', {
        auction: 'left.auction',
        category: 'right.category',
        price: 'left.price',
      })
      .keyBy('auction', 'category')
      .aggregate({ price: max('price') }, { miniBatch: MINI_BATCH })
      .keyBy('category')
      .aggregate({ mean: mean('price') }, { miniBatch: MINI_BATCH }),
  columns: (row, checksum) => {
    checksum.int(row.category);
    checksum.int(integerMean(row.mean));
  },
};

interface Winner extends Item {
  readonly id: number;
  readonly dateTime: number;
  readonly extra: string;
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly bidTime: number;
  readonly bidExtra: string;
}

/** Each auction with its winning bid so far: the highest, among equals the earliest. */
export const q9: Query<Winner> = {
  build: (streams) =>
    winningBids(streams)
      .keyBy('auction')
      .join(streams.auctions.keyBy('id'), { unique: 'right' })
      .select('Winner', {
        id: 'right.id',
        itemName: 'right.itemName',
        description: 'right.description',
        initialBid: 'right.initialBid',
        reserve: 'right.reserve',
        dateTime: 'right.dateTime',
        expires: 'right.expires',
        seller: 'right.seller',
        category: 'right.category',
        extra: 'right.extra',
        auction: 'left.auction',
        bidder: 'left.bidder',
        price: 'left.price',
        bidTime: 'left.bidTime',
        bidExtra: 'left.bidExtra',
      }),
  columns: (row, checksum) => {
    checksum.int(row.id);
    itemColumns(row, row.dateTime, 'extra', checksum);
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.bidTime);
    checksum.textOf(row, 'bidExtra');
  },
};

interface WinningBid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly bidTime: number;
  readonly bidExtra: string;
}

/** The winning bids so far, without their auctions, whose texts are not needed to find them. */
function winningBids(streams: NexmarkStreams): Stream<WinningBid> {
  return validBids(streams)
    .select('WinningBid', {
      auction: 'left.auction',
      bidder: 'left.bidder',
      price: 'left.price',
      bidTime: 'left.dateTime',
      bidExtra: 'left.extra',
    })
    .keyBy('auction')
    .topN(1, {
      by: (a, b) => b.price - a.price || a.bidTime - b.bidTime,
      miniBatch: MINI_BATCH,
    });
}

const SellerMean = record('SellerMean', { seller: i64, mean: i64 });
type SellerMean = RowOf<typeof SellerMean>;

/** Per winning bid: the mean price of its seller's winning bids up to it, at most eleven, by the time of the bids. */
export const q6: Query<SellerMean> = {
  build: (streams) =>
    validBids(streams)
      .select('SoldItem', {
        id: 'right.id',
        seller: 'right.seller',
        price: 'left.price',
        bidTime: 'left.dateTime',
      })
      .keyBy('id')
      .topN(1, { by: (a, b) => b.price - a.price || a.bidTime - b.bidTime })
      .keyBy('seller')
      .process(SellerMeans, SellerMean),
  columns: (row, checksum) => {
    checksum.int(row.seller);
    checksum.int(row.mean);
  },
};

interface BidWithItem extends Item {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly dateTime: number;
  readonly extra: string;
  readonly itemTime: number;
  readonly itemExtra: string;
}

/** Each bid with its auction, if that is of category 10. */
export const q20: Query<BidWithItem> = {
  build: ({ bids, auctions }) =>
    bids
      .keyBy('auction')
      .join(auctions.keyBy('id'), {
        unique: 'right',
        where: [['right.category', '=', { value: 10 }]],
      })
      .select('BidWithItem', {
        auction: 'left.auction',
        bidder: 'left.bidder',
        price: 'left.price',
        channel: 'left.channel',
        url: 'left.url',
        dateTime: 'left.dateTime',
        extra: 'left.extra',
        itemName: 'right.itemName',
        description: 'right.description',
        initialBid: 'right.initialBid',
        reserve: 'right.reserve',
        itemTime: 'right.dateTime',
        expires: 'right.expires',
        seller: 'right.seller',
        category: 'right.category',
        itemExtra: 'right.extra',
      }),
  columns: (row, checksum) => {
    bidColumns(row, checksum);
    itemColumns(row, row.itemTime, 'itemExtra', checksum);
  },
};

interface SellersBid extends Item {
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly extra: string;
  readonly id: number;
  readonly name: string;
  readonly emailAddress: string;
  readonly creditCard: string;
  readonly city: string;
  readonly state: string;
  readonly personExtra: string;
  readonly itemTime: number;
  readonly itemExtra: string;
}

/**
 * Each bid of somebody who sells as well, with the person and each of the auctions. Sellers meet their auctions first: there are
 * few of them, and the many bids then wait with nothing beside them.
 */
export const q23: Query<SellersBid> = {
  build: ({ bids, auctions, persons }) => {
    const items = persons
      .keyBy('id')
      .join(auctions.keyBy('seller'), { unique: 'left' })
      .select('SellersItem', {
        id: 'left.id',
        name: 'left.name',
        emailAddress: 'left.emailAddress',
        creditCard: 'left.creditCard',
        city: 'left.city',
        state: 'left.state',
        personExtra: 'left.extra',
        itemName: 'right.itemName',
        description: 'right.description',
        initialBid: 'right.initialBid',
        reserve: 'right.reserve',
        itemTime: 'right.dateTime',
        expires: 'right.expires',
        seller: 'right.seller',
        category: 'right.category',
        itemExtra: 'right.extra',
      });
    return bids.keyBy('bidder').join(items.keyBy('id')).select('SellersBid', {
      bidder: 'left.bidder',
      price: 'left.price',
      channel: 'left.channel',
      url: 'left.url',
      extra: 'left.extra',
      id: 'right.id',
      name: 'right.name',
      emailAddress: 'right.emailAddress',
      creditCard: 'right.creditCard',
      city: 'right.city',
      state: 'right.state',
      personExtra: 'right.personExtra',
      itemName: 'right.itemName',
      description: 'right.description',
      initialBid: 'right.initialBid',
      reserve: 'right.reserve',
      itemTime: 'right.itemTime',
      expires: 'right.expires',
      seller: 'right.seller',
      category: 'right.category',
      itemExtra: 'right.itemExtra',
    });
  },
  columns: (row, checksum) => {
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.textOf(row, 'channel');
    checksum.textOf(row, 'url');
    checksum.textOf(row, 'extra');
    checksum.int(row.id);
    checksum.textOf(row, 'name');
    checksum.textOf(row, 'emailAddress');
    checksum.textOf(row, 'creditCard');
    checksum.textOf(row, 'city');
    checksum.textOf(row, 'state');
    checksum.textOf(row, 'personExtra');
    itemColumns(row, row.itemTime, 'itemExtra', checksum);
  },
};
