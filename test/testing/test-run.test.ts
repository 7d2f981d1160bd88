import { describe, expect, it } from 'vitest';

import { boundedOutOfOrderness, i32, job, keepRow, record, utf8 } from 'millrace';
import type { Job, ProcessFunction } from 'millrace';
import { collect, fromCollection } from 'millrace/connectors';
import { runJob, testSink, testSource, TestRun } from 'millrace/testing';

interface Bid {
  item: string;
  price: number;
}
const Bid = record('Bid', { item: utf8, price: i32 });

const highest: Job = job('highest', (env) => {
  env.fromSource(testSource('bids', Bid)).keyBy('item').max('price').sinkTo(testSink('highest'));
});

describe('a test run', () => {
  it('takes rows, watermarks and idleness from the test and shows what came out in order', async () => {
    const run = await TestRun.start(highest, { seed: 3 });
    run
      .source('bids')
      .push({ item: 'a', price: 5 }, 10)
      .push({ item: 'b', price: 1 }, 12)
      .watermark(11)
      .push({ item: 'a', price: 3 })
      .idle();
    run.settle();
    expect(run.output('highest').events).toEqual([
      { row: { item: 'a', price: 5 }, timestamp: 10 },
      { row: { item: 'b', price: 1 }, timestamp: 12 },
      { watermark: 11 },
      { row: { item: 'a', price: 5 }, timestamp: undefined },
      { idle: true },
    ]);
    await run.finish();
    expect(run.done).toBe(true);
    expect(run.stateBytes).toBe(0);
  });

  it('lets a watermark strategy speak for a test source, and idleness come by the clock', async () => {
    const timed = job('timed', (env) => {
      env
        .fromSource(
          testSource('bids', Bid, { subtasks: 2 }),
          boundedOutOfOrderness<Bid>((bid) => bid.price, 10).withIdleness('1s'),
        )
        .global()
        .sinkTo(testSink('out'));
    });
    const run = await TestRun.start(timed);
    run.source('bids', 0).push({ item: 'a', price: 100 });
    run.source('bids', 1).push({ item: 'b', price: 50 });
    run.settle();
    expect(run.output('out').watermarks).toEqual([39]);
    run.advanceProcessingTime(500).source('bids', 0).push({ item: 'a', price: 120 });
    run.settle().advanceProcessingTime(500);
    expect(run.output('out').watermark).toBe(109);
    await run.finish();
    expect(run.metrics().totals.sourceRows).toBe(3);
  });

  it('runs collections to their end', async () => {
    const rows = [4, 9, 2].map((price) => ({ item: 'a', price }));
    const whole = job('whole', (env) => {
      env.fromSource(fromCollection(rows, Bid)).keyBy('item').sum('price').sinkTo(collect());
    });
    for (const seed of [1, 2, 3]) {
      const { collected } = await runJob(whole, { seed, parallelism: 2 });
      expect(collected['default']).toEqual([4, 13, 15].map((price) => ({ item: 'a', price })));
    }
  });

  it('fails when a row is kept after its call', async () => {
    class Keeps implements ProcessFunction<Bid, number> {
      #kept: Bid | undefined = undefined;
      processElement(row: Bid, _: unknown, out: { collect(n: number): void }): void {
        if (this.#kept !== undefined) out.collect(this.#kept.price);
        this.#kept = row;
      }
    }
    const keeps = job('keeps', (env) => {
      const bids = env.fromSource(testSource('bids', Bid)).disableChaining();
      bids.process(Keeps).sinkTo(testSink('out'));
      bids.map((bid) => keepRow(bid)).sinkTo(testSink('kept'));
    });
    const run = await TestRun.start(keeps);
    run.source('bids').push({ item: 'a', price: 1 });
    run.settle();
    expect(run.output('kept').rows).toEqual([{ item: 'a', price: 1 }]);
    run.source('bids').push({ item: 'a', price: 2 });
    expect(() => run.settle()).toThrow(expect.objectContaining({ code: 'ERR_TESTING_KEPT_ROW' }));
    await run.cancel();
  });
});
