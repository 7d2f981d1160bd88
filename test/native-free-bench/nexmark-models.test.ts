import { describe, expect, test } from 'vitest';

import { checksumOf } from '../../native-free-bench/nexmark/checksum.ts';
import type { Column } from '../../native-free-bench/nexmark/checksum.ts';
import { plainEvents } from '../../native-free-bench/nexmark/generator-events.ts';
import type { Auction, Bid, Person } from '../../native-free-bench/nexmark/generator-records.ts';
import { byKind, models } from '../../native-free-bench/nexmark/models/index.ts';
import type { Events, Model, ModelledQuery } from '../../native-free-bench/nexmark/models/index.ts';

/** A whole second of the day, after midnight. */
const T = 1_436_918_400_000;

function bid(row: Partial<Bid>): Bid {
  const rest = { bidder: 1, price: 100, channel: 'Apple', url: '', extra: '' };
  return { auction: 1, dateTime: T, ...rest, ...row };
}

function auction(row: Partial<Auction>): Auction {
  const texts = { itemName: 'item', description: '', extra: '' };
  const prices = { initialBid: 1, reserve: 2, category: 10 };
  return { id: 1, seller: 1, dateTime: T, expires: T + 1000, ...texts, ...prices, ...row };
}

function person(row: Partial<Person>): Person {
  const texts = { emailAddress: '', creditCard: '', city: 'Bend', state: 'OR', extra: '' };
  return { id: 1, name: 'Luke', dateTime: T, ...texts, ...row };
}

function rowsOf(model: Model, some: Partial<Events>): readonly (readonly unknown[])[] {
  return model.rows({ persons: [], auctions: [], bids: [], ...some });
}

describe('by hand', () => {
  test('q1 and q14 count money in thousandths', () => {
    const bids = [bid({ price: 2_000_000, extra: 'acdc', dateTime: T + 19 * 3_600_000 })];
    expect(rowsOf(models.q1, { bids })[0]![2]).toBe(1_816_000_000);
    expect(rowsOf(models.q14, { bids })).toEqual([
      [1, 1, 1_816_000_000, 'otherTime', T + 19 * 3_600_000, 'acdc', 2],
    ]);
    expect(rowsOf(models.q14, { bids: [bid({ price: 1_101_321 })] })).toEqual([]);
    expect(rowsOf(models.q14, { bids: [bid({ price: 1_101_322 })] })).toHaveLength(1);
  });

  test('q3 takes sellers of three states and one category', () => {
    const persons = [person({}), person({ id: 2, state: 'WY' })];
    const auctions = [auction({}), auction({ id: 2, category: 11 }), auction({ id: 3, seller: 2 })];
    expect(rowsOf(models.q3, { persons, auctions })).toEqual([['Luke', 'Bend', 'OR', 1]]);
  });

  test('q4 takes the mean of the highest bids, towards zero, of bids from start to end of the auction', () => {
    const auctions = [auction({}), auction({ id: 2 }), auction({ id: 3 })];
    const bids = [
      bid({ price: 10 }),
      bid({ price: 20, dateTime: T + 1000 }),
      bid({ price: 99, dateTime: T + 1001 }),
      bid({ price: 99, dateTime: T - 1 }),
      bid({ auction: 2, price: 25 }),
    ];
    expect(rowsOf(models.q4, { auctions, bids })).toEqual([[10, 22]]);
  });

  test('q5 gives all auctions that share the first place in a window', () => {
    const bids = [bid({}), bid({}), bid({ auction: 2 }), bid({ auction: 2 }), bid({ auction: 3 })];
    const rows = rowsOf(models.q5, { bids });
    expect(rows).toHaveLength(10);
    expect(new Set(rows.map(String))).toEqual(new Set(['1,2', '2,2']));
  });

  test('q6 takes the mean of at most eleven winning bids of a seller', () => {
    const auctions = Array.from({ length: 12 }, (_, id) => auction({ id }));
    const bids = auctions.map(({ id }) => bid({ auction: id, price: 12 * id, dateTime: T + id }));
    const means = rowsOf(models.q6, { auctions, bids }).map(([, mean]) => mean);
    expect(means).toEqual([0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 72]);
  });

  test('q7 counts a bid at the end of a window for the window and for the next', () => {
    const bids = [bid({ price: 5 }), bid({ price: 5, dateTime: T + 10_000, extra: 'edge' })];
    expect(rowsOf(models.q7, { bids }).map((row) => row[4])).toEqual(['', 'edge', 'edge']);
  });

  test('q8 gives a new seller once per window', () => {
    const persons = [person({}), person({ id: 2, dateTime: T + 10_000 })];
    const auctions = [auction({}), auction({ id: 2 }), auction({ id: 3, seller: 2 })];
    expect(rowsOf(models.q8, { persons, auctions })).toEqual([[1, 'Luke', T]]);
  });

  test('q9 and q18 break ties by time and arrival', () => {
    const bids = [
      bid({ price: 5, dateTime: T + 2, extra: 'late' }),
      bid({ price: 5, dateTime: T + 1, extra: 'first' }),
      bid({ price: 5, dateTime: T + 1, extra: 'second' }),
      bid({ price: 4, dateTime: T + 2, extra: 'last' }),
    ];
    expect(rowsOf(models.q9, { auctions: [auction({})], bids })[0]!.at(-1)).toBe('first');
    expect(rowsOf(models.q18, { bids })[0]!.at(-1)).toBe('last');
  });

  test('q11 makes one session of two that touch', () => {
    const bids = [bid({ dateTime: T + 10_000 }), bid({}), bid({ dateTime: T + 20_001 })];
    expect(rowsOf(models.q11, { bids })).toEqual([
      [1, 2, T, T + 20_000],
      [1, 1, T + 20_001, T + 30_001],
    ]);
  });

  test('q15 to q17 count by price', () => {
    const bids = [
      bid({ price: 9_999, bidder: 1 }),
      bid({ price: 10_000, bidder: 2 }),
      bid({ price: 999_999, bidder: 2 }),
      bid({ price: 1_000_000, bidder: 3, dateTime: T + 60_000 }),
    ];
    const statistics = [4, 1, 2, 1, 3, 1, 1, 1, 1, 1, 1, 1];
    expect(rowsOf(models.q15, { bids })).toEqual([['2015-07-15', ...statistics]]);
    expect(rowsOf(models.q16, { bids })).toEqual([['Apple', '2015-07-15', '00:01', ...statistics]]);
    expect(rowsOf(models.q17, { bids })).toEqual([
      [1, '2015-07-15', 4, 1, 2, 1, 9_999, 1_000_000, 504_999, 2_019_998],
    ]);
  });

  test('q19 ranks ten bids, the first to arrive first among equals', () => {
    const bids = Array.from({ length: 12 }, (_, i) => bid({ price: i < 2 ? 7 : i, bidder: i }));
    const rows = rowsOf(models.q19, { bids });
    expect(rows.map((row) => [row[1], row[7]])).toEqual(
      [11, 10, 9, 8, 0, 1, 7, 6, 5, 4].map((bidder, i) => [bidder, i + 1]),
    );
  });

  test('q21 and q22 read the address', () => {
    const url = 'https://www.nexmark.com/a_b/cde/f_g/item.htm?query=1&channel_id=42';
    const bids = [
      bid({ channel: 'BAIDU', url }),
      bid({ channel: 'channel-1', url }),
      bid({ channel: 'channel-2', url: 'https://x/a/b/c' }),
    ];
    expect(rowsOf(models.q21, { bids }).map((row) => row[4])).toEqual(['3', '42']);
    expect(rowsOf(models.q22, { bids })[0]!.slice(4)).toEqual(['a_b', 'cde', 'f_g']);
  });

  test('q23 pairs every bid of a seller with every auction of the seller', () => {
    const auctions = [auction({}), auction({ id: 2 }), auction({ id: 3, seller: 2 })];
    const bids = [bid({}), bid({ bidder: 2 })];
    expect(rowsOf(models.q23, { persons: [person({})], auctions, bids })).toHaveLength(2);
  });
});

describe('of generated events', () => {
  const inOrder = byKind(plainEvents({ events: 6000, rate: 300 }));
  const shuffled = byKind(plainEvents({ events: 6000, rate: 300, outOfOrderGroupSize: 600 }));
  const queries = Object.keys(models) as ModelledQuery[];

  test.each(queries)('%s gives as many columns as it names', (query) => {
    const { columns } = models[query];
    const rows = models[query].rows(inOrder);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row.length === columns.length)).toBe(true);
  });

  test.each(queries)('%s gives the same in any order of arrival', (query) => {
    const model = models[query];
    // Where equal bids are told apart by arrival only, what does not hang on it is compared.
    const rowsOfOrder = (events: Events): readonly (readonly Column[])[] =>
      query === 'q19' || query === 'q18'
        ? model.rows(events).map((row) => [row[0]!, query === 'q19' ? row[2]! : row[1]!])
        : model.rows(events);
    const got = checksumOf(rowsOfOrder(shuffled));
    expect(got).toMatchObject({ value: checksumOf(rowsOfOrder(inOrder)).value });
  });

  test('the checksums of all results are what they always were', () => {
    const lines = queries.map((query) => {
      const { rows, value } = checksumOf(models[query].rows(inOrder));
      return `${query} ${rows} ${value}`;
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "q0 5520 40a76cec57452cfd",
        "q1 5520 d3b3543398bb784d",
        "q2 8 c6190888be6df8db",
        "q3 6 96d3251df3646833",
        "q4 5 800cd58958fda1f7",
        "q5 14 9e0f317729b26b4a",
        "q6 153 4c17e29e276f3634",
        "q7 2 4a76c3b3c7c8dc39",
        "q8 31 8774628dec62c1fe",
        "q9 153 c65b0cf6a183e62f",
        "q10 5520 31f82ade52bcad48",
        "q11 118 990cf739f500bfe9",
        "q13 5520 e1ebb11658895293",
        "q14 1580 e9e91162a7a92d10",
        "q15 1 f226039bb1099452",
        "q16 2526 0924add493246209",
        "q17 192 acd77102218bdcff",
        "q18 872 087fad16f2a8e039",
        "q19 1281 fa8f755e43b3fb90",
        "q20 272 896d13af97af37b0",
        "q21 5231 f1d4f51cad72a222",
        "q22 5520 327ba880c80ca056",
        "q23 8475 ab7f15ed24671add",
      ]
    `);
  });
});
