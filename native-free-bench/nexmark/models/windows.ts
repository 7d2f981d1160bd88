/** Models of the queries with windows: q5, q7, q8, q11. */

import { groupBy } from './model.ts';
import type { Model, ResultRow } from './model.ts';

const TEN_SECONDS = 10_000;
const TWO_SECONDS = 2000;

/** In windows of 10 s every 2 s: the auctions with the most bids, all of them if several have as many. */
export const q5: Model = {
  columns: ['auction', 'num'],
  updating: false,
  rows: ({ bids }) => {
    const inWindows = bids.flatMap(({ auction, dateTime }) => {
      const last = dateTime - (dateTime % TWO_SECONDS);
      return [0, 1, 2, 3, 4].map((i) => ({ auction, start: last - i * TWO_SECONDS }));
    });
    return [...groupBy(inWindows, ({ start }) => start).values()].flatMap((window) => {
      const counts = [...groupBy(window, ({ auction }) => auction)].map(
        ([auction, its]) => [auction, its.length] as const,
      );
      const most = counts.reduce((max, [, count]) => Math.max(max, count), 0);
      return counts.filter(([, count]) => count >= most);
    });
  },
};

/** In windows of 10 s: the bids with the highest price; a bid at the very end of a window counts for it as well. */
export const q7: Model = {
  columns: ['auction', 'bidder', 'price', 'dateTime', 'extra'],
  updating: false,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ dateTime }) => tumbleEnd(dateTime))].flatMap(([end, window]) => {
      const most = window.reduce((max, { price }) => Math.max(max, price), 0);
      return bids
        .filter(
          ({ price, dateTime }) =>
            price === most && dateTime >= end - TEN_SECONDS && dateTime <= end,
        )
        .map(({ auction, bidder, price, dateTime, extra }) => [
          auction,
          bidder,
          price,
          dateTime,
          extra,
        ]);
    }),
};

/** In windows of 10 s: who registered and sold something. */
export const q8: Model = {
  columns: ['id', 'name', 'stime'],
  updating: false,
  rows: ({ persons, auctions }) => {
    const sold = new Set(
      auctions.map(({ seller, dateTime }) => `${seller} ${tumbleEnd(dateTime)}`),
    );
    const rows = persons
      .filter(({ id, dateTime }) => sold.has(`${id} ${tumbleEnd(dateTime)}`))
      .map(({ id, name, dateTime }) => [id, name, tumbleEnd(dateTime) - TEN_SECONDS]);
    return [...groupBy(rows, (row) => row.join(' ')).values()].map(([row]) => row!);
  },
};

/** Per bidder: how many bids in each session, which ends when there is none for 10 s. Sessions that touch are one. */
export const q11: Model = {
  columns: ['bidder', 'bid_count', 'starttime', 'endtime'],
  updating: false,
  rows: ({ bids }) =>
    [...groupBy(bids, ({ bidder }) => bidder)].flatMap(([bidder, its]) => {
      const sessions: { count: number; start: number; end: number }[] = [];
      const times = its.map(({ dateTime }) => dateTime).toSorted((a, b) => a - b);
      for (const time of times) {
        const session = sessions.at(-1);
        if (session !== undefined && time <= session.end) {
          session.count++;
          session.end = time + TEN_SECONDS;
        } else {
          sessions.push({ count: 1, start: time, end: time + TEN_SECONDS });
        }
      }
      return sessions.map(({ count, start, end }): ResultRow => [bidder, count, start, end]);
    }),
};

function tumbleEnd(time: number): number {
  return time - (time % TEN_SECONDS) + TEN_SECONDS;
}
