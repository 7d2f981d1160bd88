import { describe, expect, it } from 'vitest';

import { i32, outputTag, record, utf8 } from 'millrace';
import type { ProcessFunction, Stream } from 'millrace';
import { inEveryMode, testOperator, testOperator2 } from 'millrace/testing';

interface Bid {
  item: string;
  price: number;
}
const Bid = record('Bid', { item: utf8, price: i32 });
const low = outputTag('low', Bid);

const sorting: ProcessFunction<Bid, Bid> = {
  processElement(bid, context, out) {
    if (bid.price < 10) context.output('low', bid);
    else out.collect(bid);
  },
};

describe('a test of one operator', () => {
  it('gives rows of main and side outputs as they are pushed', async () => {
    const test = await testOperator((bids: Stream<Bid>) => bids.process(sorting, Bid), {
      type: Bid,
      sideOutputs: [low],
    });
    test.push({ item: 'a', price: 12 }, 5).push({ item: 'b', price: 2 }, 6);
    expect(test.rows).toEqual([{ item: 'a', price: 12 }]);
    expect(test.sideOutput('low').emitted).toEqual([
      { row: { item: 'b', price: 2 }, timestamp: 6 },
    ]);
    await test.finish();
  });

  it('combines the watermarks of its channels, and leaves out idle ones', async () => {
    const test = await testOperator((bids: Stream<Bid>) => bids.filter(() => true), {
      type: Bid,
      channels: 2,
      parallelism: 1,
    });
    test.first.channel(0).watermark(10);
    expect(test.watermarks).toEqual([]);
    test.first.channel(1).watermark(4);
    expect(test.watermarks).toEqual([4]);
    test.first.channel(1).idle();
    expect(test.watermarks).toEqual([4, 10]);
    test.first.channel(0).idle();
    expect(test.output.idle).toBe(true);
    test.first.channel(0).push({ item: 'a', price: 1 }, 20);
    expect(test.output.statuses).toEqual([true, false]);
    await test.finish();
  });

  it('tells two inputs apart', async () => {
    const test = await testOperator2(
      (bids: Stream<Bid>, names: Stream<string>) =>
        bids.connect(names).map(
          (bid) => `bid ${bid.item}`,
          (name) => `name ${name}`,
        ),
      { first: Bid },
    );
    test.first.push({ item: 'a', price: 1 }, 1);
    test.second.push('x', 2).watermark(9);
    test.first.watermark(7);
    expect(test.events).toEqual([
      { row: 'bid a', timestamp: 1 },
      { row: 'name x', timestamp: 2 },
      { watermark: 7 },
    ]);
    await test.finish();
  });

  it('gives changelog kinds and passes them on', async () => {
    const test = await testOperator((rows: Stream<number>) => rows.map((n) => n + 1));
    test
      .push(1)
      .pushChange('updateBefore', 1)
      .pushChange('updateAfter', 2, 7)
      .pushChange('delete', 2);
    expect(test.emitted).toEqual([
      { row: 2, timestamp: undefined },
      { row: 2, timestamp: undefined, change: 'updateBefore' },
      { row: 3, timestamp: 7, change: 'updateAfter' },
      { row: 3, timestamp: undefined, change: 'delete' },
    ]);
    await test.cancel();
  });
});

describe('a scenario in every mode', () => {
  it('gives what the operator gives when it gives the same in all', async () => {
    const test = await inEveryMode(
      (options) =>
        testOperator((bids: Stream<Bid>) => bids.filter((bid) => bid.price > 1), {
          type: Bid,
          ...options,
        }),
      (bids) => {
        for (let price = 0; price < 20; price++) bids.push({ item: 'a', price }, price);
        bids.watermark(15).advanceProcessingTime(5).push({ item: 'b', price: 7 });
      },
    );
    expect(test.rows).toHaveLength(19);
  });

  it('names the mode in which an operator gives something else', async () => {
    /** Loses its count with the instance. */
    class Forgets implements ProcessFunction<Bid, number> {
      #seen = 0;
      processElement(_: Bid, __: unknown, out: { collect(n: number): void }): void {
        out.collect(++this.#seen);
      }
    }
    const found = inEveryMode(
      (options) =>
        testOperator((bids: Stream<Bid>) => bids.process(Forgets), { type: Bid, ...options }),
      (bids) => bids.push({ item: 'a', price: 1 }).push({ item: 'a', price: 2 }),
    );
    await expect(found).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_TESTING_MODES',
        message: expect.stringContaining('in mode restored') as string,
      }),
    );
  });
});
