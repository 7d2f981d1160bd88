import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { nexmarkConfig, shuffledId } from '../../native-free-bench/nexmark/generator-config.ts';
import { checksumOf } from '../../native-free-bench/nexmark/checksum.ts';
import { plainEvents } from '../../native-free-bench/nexmark/generator-events.ts';
import { STATES } from '../../native-free-bench/nexmark/generator-words.ts';
import { EventGenerator } from '../../native-free-bench/nexmark/generator.ts';
import { JavaRandom } from '../../native-free-bench/nexmark/generator-random.ts';

const EVENTS = 1_000_000;

describe('a million events of the default configuration', () => {
  const generator = new EventGenerator(nexmarkConfig({ events: EVENTS, texts: false }));
  const md5 = createHash('md5');
  const sums = { persons: 0, auctions: 0, bids: 0, auction: 0, bidder: 0, price: 0 };
  const auctionSums = { seller: 0, category: 0, initialBid: 0, reserve: 0, duration: 0 };
  const first: string[] = [];
  let text = '';
  for (let id = 0; id < EVENTS; id++) {
    generator.load(id);
    const line = lineOf(generator);
    if (id < 6) first.push(line);
    text += `${line}\n`;
    if (text.length > 1 << 16) {
      md5.update(text);
      text = '';
    }
  }
  const digest = md5.update(text).digest('hex');

  function lineOf(event: EventGenerator): string {
    const { dateTime, id, seller, category, initialBid, reserve, expires } = event;
    if (event.kind === 0) {
      sums.persons++;
      const { firstName, lastName, city, state } = event;
      return `P,${dateTime},${id},${firstName},${lastName},${city},${STATES[state]}`;
    }
    if (event.kind === 1) {
      sums.auctions++;
      auctionSums.seller += seller;
      auctionSums.category += category;
      auctionSums.initialBid += initialBid;
      auctionSums.reserve += reserve;
      auctionSums.duration += expires - dateTime;
      return `A,${dateTime},${id},${seller},${category},${initialBid},${reserve},${expires}`;
    }
    const { auction, bidder, price } = event;
    sums.bids++;
    sums.auction += auction;
    sums.bidder += bidder;
    sums.price += price;
    return `B,${dateTime},${auction},${bidder},${price}`;
  }

  test('begin as those of Beam', () => {
    expect(first).toEqual([
      'P,1436918400000,1000,0,7,4,WY',
      'A,1436918400000,1000,1000,13,28873,29448,1436918400011',
      'A,1436918400000,1001,1000,12,25626290,28805847,1436918400202',
      'A,1436918400000,1002,1000,10,267,422398,1436918400001',
      'B,1436918400000,1000,1001,32530001',
      'B,1436918400000,1000,1009,468715',
    ]);
  });

  test('are those of Beam to the last bit', () => {
    expect(digest).toBe('5bcb14ce36ca5da9b54e4798ea951693');
  });

  test('have the counts and sums of Beam', () => {
    expect(sums).toEqual({
      persons: 20_000,
      auctions: 60_000,
      bids: 920_000,
      auction: 28_477_004_074,
      bidder: 9_975_213_650,
      price: 6_659_865_839_701,
    });
    expect(auctionSums).toEqual({
      seller: 650_505_402,
      category: 720_077,
      initialBid: 430_393_391_801,
      reserve: 857_978_436_688,
      duration: 10_022_075,
    });
  });
});

test('a thousand events have the texts that they always had', () => {
  const events = plainEvents({ events: 1000 });
  expect(events[0]!.person).toMatchInlineSnapshot(`
    {
      "city": "Portland",
      "creditCard": "7241 7320 9143 4888",
      "dateTime": 1436918400000,
      "emailAddress": "nhd@xcat.com",
      "extra": "WN_HS_bnpkkiwhwana_L^\`KZjdgsid\`K]MLU[aaOH\`ztxbulvlxtkn_ZZ^T\\mqgdjzvlkymsmfrhkfVYSXK_OY[aVYVKa\\X^]RO]OYguwiduWJNQLLaMLHOTaHY_J[YKWaUOSJN_VHWXZ]\`SgbnjqeVVQ\\[[",
      "id": 1000,
      "name": "Peter Jones",
      "state": "WY",
    }
  `);
  expect(events[1]!.auction).toMatchInlineSnapshot(`
    {
      "category": 13,
      "dateTime": 1436918400000,
      "description": "eszpqxtdxrvwmmywkmogoahf",
      "expires": 1436918400011,
      "extra": "zcurskufssowmihzpmZHWQM^fnleramznyyqimoheaRSWV^OjtfjhgXRa\`[PVHUOMTbrqqzjyztfwnhstxbu]\\V_XPldnjuo^^PJQMnwhlsenoniir^aNZI__IP[QLYPROSNW]HYP\\L]W^PTkfnbtwuqucwreikflftlgtebaurwml^RMRIPqevmpqsnxmcblfvpfeajfopsHS^U[Jzxwajo_W\`RXa[XWI[\`VXZOR^lghgmwHITMP[dbwdgtPQJYHLjnubcsjgszqvyzeoeqjcbaazmrqamxoxgrjh\`L\`]_Y^OQM]ItjxtuwZJS[RTmrkpofsnuysxuvwbuzrqkrkkqpiz",
      "id": 1000,
      "initialBid": 28873,
      "itemName": "wkx mgee",
      "reserve": 29448,
      "seller": 1000,
    }
  `);
  expect(events.slice(4, 8).map(({ bid }) => bid)).toMatchInlineSnapshot(`
    [
      {
        "auction": 1000,
        "bidder": 1001,
        "channel": "Google",
        "dateTime": 1436918400000,
        "extra": "sbolvyqwgticfdrwdyiyofziYMU\\Z\`UaTQO][NX\\RM]WPYTOuwogvszlx",
        "price": 32530001,
        "url": "https://www.nexmark.com/cozb/_r_/r_cg/item.htm?query=1",
      },
      {
        "auction": 1000,
        "bidder": 1009,
        "channel": "Facebook",
        "dateTime": 1436918400000,
        "extra": "euyfegsyumoyP[P_Z\\XIMVVVxctqkwvurozuRWZ\`MYaYVW][cjupgbckseelPM\`aM_OOK[\`NQ",
        "price": 468715,
        "url": "https://www.nexmark.com/nlmv/gcg/yzf/item.htm?query=1",
      },
      {
        "auction": 1000,
        "bidder": 1001,
        "channel": "Apple",
        "dateTime": 1436918400000,
        "extra": "mwyooulzilesQV_\`]aPRWLaUtndhbtXXTTUXVJa_[_YXVJHVmidxhturdym",
        "price": 300435,
        "url": "https://www.nexmark.com/rppg/h__/afrw/item.htm?query=1",
      },
      {
        "auction": 1000,
        "bidder": 1001,
        "channel": "channel-6254",
        "dateTime": 1436918400000,
        "extra": "KUUY\`RJaVNU\`^QIWNHgdvnfxZQ]H_PbustqrpqasinNX\`Q[_YKKNP\\woaecePJPO[X",
        "price": 3126206,
        "url": "https://www.nexmark.com/vlg/suo/kiyd/item.htm?query=1&channel_id=1981284352",
      },
    ]
  `);
  const md5 = createHash('md5').update(JSON.stringify(events)).digest('hex');
  expect(md5).toMatchInlineSnapshot(`"95e56fd6b2f006fcd8e9eb307a937050"`);
});

test('all columns of events are those that the Java generator of the Flink peer makes', () => {
  const rows = plainEvents({ events: 20_000 }).map((each) =>
    Object.values(each.person ?? each.auction ?? each.bid!),
  );
  expect(checksumOf(rows).value).toBe('038c272e64974aa2');
});

test('sizes average what they should: persons 200 bytes, auctions 500', () => {
  const events = plainEvents({ events: 20_000 });
  const lengthOf = (row: object): number =>
    Object.values(row).reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? value.length : 8),
      0,
    );
  const mean = (rows: readonly object[]): number =>
    rows.reduce((sum, row) => sum + lengthOf(row), 0) / rows.length;
  const persons = events.flatMap(({ person }) => person ?? []);
  const auctions = events.flatMap(({ auction }) => auction ?? []);
  const bids = events.flatMap(({ bid }) => bid ?? []);
  // A person's time and an auction's two are not counted by the rule.
  expect(mean(persons)).toBeGreaterThan(200);
  expect(mean(persons)).toBeLessThan(210);
  expect(mean(auctions)).toBeGreaterThan(495);
  expect(mean(auctions)).toBeLessThan(515);
  expect(bids.every(({ extra }) => extra.length >= 54 && extra.length <= 81)).toBe(true);
  expect(bids.filter(({ channel }) => !channel.startsWith('channel-')).length).toBeGreaterThan(
    0.48 * bids.length,
  );
  expect(bids.every(({ url }) => url.startsWith('https://www.nexmark.com/'))).toBe(true);
});

test('events without texts have the same numbers', () => {
  const numbers = (texts: boolean): string =>
    JSON.stringify(plainEvents({ events: 5000, texts }), (_, value: unknown) =>
      typeof value === 'string' ? '' : value,
    );
  expect(numbers(false)).toBe(numbers(true));
});

test('an out-of-order group is a permutation of its ids, and Beam chose it', () => {
  const ids = Array.from({ length: 12 }, (_, i) => shuffledId(i, 5));
  expect(ids).toEqual([0, 3, 1, 4, 2, 5, 8, 6, 9, 7, 10, 13]);
});

test('options out of their range are refused by name', () => {
  expect(() => nexmarkConfig({ events: -1 })).toThrow(
    new RangeError('nexmark: expected events to be an integer from 0 to 17179869184, got -1'),
  );
  expect(() => nexmarkConfig({ events: 1, outOfOrderGroupSize: 1906 })).toThrow(
    new RangeError('nexmark: expected outOfOrderGroupSize to be no multiple of 953, got 1906'),
  );
  expect(() => nexmarkConfig({ events: 1, delayedShare: NaN })).toThrow(/from 0 to 1, got NaN/);
});

test('the random numbers are those of java.util.Random', () => {
  const random = new JavaRandom();
  random.seed(42);
  // new Random(42): nextInt() twice, nextInt(10), nextInt(16), nextDouble().
  expect([random.int32(), random.int32()]).toEqual([-1170105035, 234785527]);
  random.seed(42);
  expect([random.below(10), random.below(16)]).toEqual([0, 0]);
  random.seed(42);
  expect(random.double()).toBe(0.7275636800328681);
});
