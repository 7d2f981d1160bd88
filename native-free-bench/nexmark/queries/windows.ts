/** Queries with windows: q5, q7, q8, q11, q12. */

import { count, i64, max, record, session, sliding, timestamp, tumbling, utf8 } from 'millrace';
import type { AggregateFunction, RowOf } from 'millrace';
import type { Bid } from '../generator-records.ts';
import type { Query } from './query.ts';

const HotItem = record('HotItem', { auction: i64, num: i64 });
type HotItem = RowOf<typeof HotItem>;

/** The auctions with the most bids so far. */
interface Hottest {
  num: number;
  auctions: number[];
}

const hottest: AggregateFunction<{ auction: number; num: number }, Hottest, Hottest> = {
  create: () => ({ num: 0, auctions: [] }),
  add: (most, { auction, num }) => {
    if (num > most.num) return { num, auctions: [auction] };
    if (num === most.num) most.auctions.push(auction);
    return most;
  },
  merge: (a, b) => {
    if (a.num !== b.num) return a.num > b.num ? a : b;
    return { num: a.num, auctions: [...a.auctions, ...b.auctions] };
  },
  result: (most) => most,
};

/** In windows of 10 s every 2 s: the auctions with the most bids, all of them if several have as many. */
export const q5: Query<HotItem> = {
  build: ({ bids }) =>
    bids
      .keyBy('auction')
      .window(sliding('10s', '2s'))
      // Most bids are for few auctions at any time: folded before they are spread, one row stands for many.
      .aggregate({ num: count() }, { preAggregate: 'on' })
      // Results carry the end of their window, so windows as long as the slide hold those of one window each.
      .windowAll(tumbling('2s'))
      .aggregate(
        hottest,
        {
          process: ([most], _context, out) => {
            const { auctions, num } = most!;
            for (const auction of auctions) out.collect({ auction, num });
          },
        },
        HotItem,
        { preAggregate: 'on' },
      ),
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.num);
  },
};

const Highest = record('Highest', {
  auction: i64,
  bidder: i64,
  price: i64,
  dateTime: timestamp,
  extra: utf8,
});
type Highest = RowOf<typeof Highest>;

/** The bids with the highest price so far. */
interface Leaders {
  price: number;
  bids: Highest[];
}

const leaders: AggregateFunction<Bid, Leaders, Leaders> = {
  create: () => ({ price: -1, bids: [] }),
  add: (best, bid) => {
    const { price } = bid;
    if (price < best.price) return best;
    const { auction, bidder, dateTime, extra } = bid;
    const leader = { auction, bidder, price, dateTime, extra };
    if (price > best.price) return { price, bids: [leader] };
    best.bids.push(leader);
    return best;
  },
  merge: (a, b) => {
    if (a.price !== b.price) return a.price > b.price ? a : b;
    return { price: a.price, bids: [...a.bids, ...b.bids] };
  },
  result: (best) => best,
};

/** In windows of 10 s: the bids with the highest price; one at the very end of a window counts for it as well. */
export const q7: Query<Highest> = {
  build: ({ bids }) => {
    const windows = bids.windowAll(tumbling('10s'));
    const within = windows.aggregate(
      leaders,
      {
        process: ([best], _context, out) => {
          for (const bid of best!.bids) out.collect(bid);
        },
      },
      Highest,
      { preAggregate: 'on' },
    );
    // Few bids come in the millisecond in which a window ends: they are held against its highest price.
    const atEnd = windows
      .aggregate({ price: max('price') })
      .keyBy('price')
      .intervalJoin(bids.filter(({ dateTime }) => dateTime % 10_000 === 0).keyBy('price'))
      .between(1, 1)
      .select('Highest', {
        auction: 'right.auction',
        bidder: 'right.bidder',
        price: 'right.price',
        dateTime: 'right.dateTime',
        extra: 'right.extra',
      });
    return within.union(atEnd);
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.dateTime);
    checksum.textOf(row, 'extra');
  },
};

const Newcomer = record('Newcomer', { id: i64, name: utf8, windowStart: timestamp });
type Newcomer = RowOf<typeof Newcomer>;

/** In windows of 10 s: who registered and sold something. */
export const q8: Query<Newcomer> = {
  build: ({ persons, auctions }) =>
    persons
      .coGroup(auctions)
      .where('id')
      .equalTo('seller')
      .window(tumbling('10s'))
      .apply((registered, sold, out, window) => {
        // oxlint-disable-next-line no-unreachable-loop -- whether there is any
        for (const _ of sold) {
          const names = new Set<string>();
          for (const { id, name } of registered) {
            if (names.has(name)) continue;
            names.add(name);
            out.collect({ id, name, windowStart: window.start });
          }
          return;
        }
      }, Newcomer),
  columns: (row, checksum) => {
    checksum.int(row.id);
    checksum.textOf(row, 'name');
    checksum.int(row.windowStart);
  },
};

/** Bids of one bidder in one session. */
interface Session {
  readonly bidder: number;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly bids: number;
}

/** Per bidder: how many bids in each session, which ends when there is none for 10 s. */
export const q11: Query<Session> = {
  build: ({ bids }) => bids.keyBy('bidder').window(session('10s')).aggregate({ bids: count() }),
  columns: sessionColumns,
};

/** Per bidder: how many bids in 10 s of the machine's time. */
export const q12: Query<Session> = {
  build: ({ bids }) =>
    bids
      .keyBy('bidder')
      .window(tumbling('10s', { time: 'processing' }))
      .aggregate({ bids: count() }),
  columns: sessionColumns,
};

function sessionColumns(row: Session, checksum: { int(value: number): void }): void {
  checksum.int(row.bidder);
  checksum.int(row.bids);
  checksum.int(row.windowStart);
  checksum.int(row.windowEnd);
}
