/** Models of the queries that join: q3, q4, q6, q9, q20, q23. */

import type { Auction, Bid } from '../generator-records.ts';
import { bidColumns, groupBy, integerMean, words } from './model.ts';
import type { Events, Model, ResultRow } from './model.ts';

/** Who sells in category 10 and lives in one of three states. */
export const q3: Model = {
  columns: ['name', 'city', 'state', 'id'],
  updating: false,
  rows: ({ persons, auctions }) => {
    const local = persons.filter(({ state }) => ['OR', 'ID', 'CA'].includes(state));
    const sellers = groupBy(local, ({ id }) => id);
    return auctions
      .filter(({ category }) => category === 10)
      .flatMap(({ id, seller }) =>
        (sellers.get(seller) ?? []).map(({ name, city, state }) => [name, city, state, id]),
      );
  },
};

/** Per category: the mean over its auctions of the highest valid bid. */
export const q4: Model = {
  columns: ['category', 'final'],
  updating: true,
  rows: (events) => {
    const highest = validBids(events).map(({ auction: { category }, bids }) => ({
      category,
      price: bids.reduce((most, { price }) => Math.max(most, price), 0),
    }));
    return [...groupBy(highest, ({ category }) => category)].map(([category, its]) => [
      category,
      integerMean(its.map(({ price }) => price)),
    ]);
  },
};

/** Per winning bid: the mean price of its seller's winning bids up to it, at most eleven, by the time of the bids. */
export const q6: Model = {
  columns: ['seller', 'avg_price'],
  updating: true,
  rows: (events) =>
    [...groupBy(winners(events), ({ auction }) => auction.seller)].flatMap(([seller, its]) => {
      const prices = its
        .toSorted((a, b) => a.bid.dateTime - b.bid.dateTime || a.auction.id - b.auction.id)
        .map(({ bid }) => bid.price);
      return prices.map((_, i): ResultRow => [
        seller,
        integerMean(prices.slice(Math.max(0, i - 10), i + 1)),
      ]);
    }),
};

/** Each auction with its winning bid. */
export const q9: Model = {
  columns: words(
    'id itemName description initialBid reserve dateTime expires seller category extra auction bidder price bid_dateTime bid_extra',
  ),
  updating: true,
  rows: (events) =>
    winners(events).map(({ auction, bid }) => [
      auction.id,
      ...itemColumns(auction),
      bid.auction,
      bid.bidder,
      bid.price,
      bid.dateTime,
      bid.extra,
    ]),
};

/** Each bid with its auction, if that is of category 10. */
export const q20: Model = {
  columns: words(
    'auction bidder price channel url bid_dateTime bid_extra itemName description initialBid reserve auction_dateTime expires seller category auction_extra',
  ),
  updating: false,
  rows: ({ auctions, bids }) => {
    const byId = groupBy(
      auctions.filter(({ category }) => category === 10),
      ({ id }) => id,
    );
    return bids.flatMap((b) =>
      (byId.get(b.auction) ?? []).map((a) => [...bidColumns(b), ...itemColumns(a)]),
    );
  },
};

/** Each bid of somebody who sells as well, with the person and each of the auctions. */
export const q23: Model = {
  columns: words(
    'bidder price channel url bid_extra person_id name emailAddress creditCard city state person_extra itemName description initialBid reserve auction_dateTime expires seller category auction_extra',
  ),
  updating: false,
  rows: ({ persons, auctions, bids }) => {
    const byId = groupBy(persons, ({ id }) => id);
    const bySeller = groupBy(auctions, ({ seller }) => seller);
    return bids.flatMap((b) =>
      (byId.get(b.bidder) ?? []).flatMap((p) =>
        (bySeller.get(b.bidder) ?? []).map((a) => [
          b.bidder,
          b.price,
          b.channel,
          b.url,
          b.extra,
          p.id,
          p.name,
          p.emailAddress,
          p.creditCard,
          p.city,
          p.state,
          p.extra,
          ...itemColumns(a),
        ]),
      ),
    );
  },
};

/** Auctions that have bids between their beginning and their end, both inclusive, with these bids. */
function validBids({ auctions, bids }: Events): { auction: Auction; bids: Bid[] }[] {
  const byAuction = groupBy(bids, ({ auction }) => auction);
  return auctions
    .map((auction) => ({
      auction,
      bids: (byAuction.get(auction.id) ?? []).filter(
        ({ dateTime }) => dateTime >= auction.dateTime && dateTime <= auction.expires,
      ),
    }))
    .filter((each) => each.bids.length > 0);
}

/** Of each auction the bid with the highest price, among equals the earliest, then the first to arrive. */
function winners(events: Events): { auction: Auction; bid: Bid }[] {
  return validBids(events).map(({ auction, bids }) => ({
    auction,
    bid: bids.toSorted((a, b) => b.price - a.price || a.dateTime - b.dateTime)[0]!,
  }));
}

function itemColumns(auction: Auction): ResultRow {
  const { itemName, description, initialBid, reserve, dateTime, expires } = auction;
  const { seller, category, extra } = auction;
  return [itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra];
}
