/** Queries with windows: q5, q7, q8, q11, q12. */

import { count, i64, max, record, session, sliding, timestamp, tumbling, utf8 } from 'millrace';
import type { RowOf } from 'millrace';
import type { Query } from './query.ts';

const HotItem = record('HotItem', { auction: i64, num: i64 });
type HotItem = RowOf<typeof HotItem>;

/** In windows of 10 s every 2 s: the auctions with the most bids, all of them if several have as many. */
export const q5: Query<HotItem> = {
  build: ({ bids }) =>
    bids
      .keyBy('auction')
      .window(sliding('10s', '2s'))
      .aggregate({ num: count() })
      // Results carry the end of their window, so windows as long as the slide hold those of one window each.
      .windowAll(tumbling('2s'))
      .process(
        {
          process: (counts, _context, out) => {
            let most = 0;
            for (const { num } of counts) if (num > most) most = num;
            for (const { auction, num } of counts) if (num === most) out.collect({ auction, num });
          },
        },
        HotItem,
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

/** In windows of 10 s: the bids with the highest price; one at the very end of a window counts for it as well. */
export const q7: Query<Highest> = {
  build: ({ bids }) => {
    const highest = bids.windowAll(tumbling('10s')).aggregate({ price: max('price') });
    return highest
      .keyBy('price')
      .intervalJoin(bids.keyBy('price'))
      .between(-9999, 1)
      .select('Highest', {
        auction: 'right.auction',
        bidder: 'right.bidder',
        price: 'right.price',
        dateTime: 'right.dateTime',
        extra: 'right.extra',
      });
  },
  columns: (row, checksum) => {
    checksum.int(row.auction);
    checksum.int(row.bidder);
    checksum.int(row.price);
    checksum.int(row.dateTime);
    checksum.text(row.extra);
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
    checksum.text(row.name);
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
