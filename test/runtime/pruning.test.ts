/** Jobs whose rows travel with some of their fields give the same results, and their state is restored. */

import { describe, expect, it } from 'vitest';

import {
  count,
  i64,
  job,
  max,
  monotonousTimestamps,
  record,
  session,
  sliding,
  sum,
  tumbling,
  utf8,
} from 'millrace';
import type { Job, JobEnvironment, RowOf, Stream } from 'millrace';
import { foldTable, testSink, testSource, TestRun } from 'millrace/testing';
import type { JobSnapshot, TestRunOptions } from 'millrace/testing';

const Bid = record('Bid', { auction: i64, price: i64, channel: utf8, time: i64, extra: utf8 });
type Bid = RowOf<typeof Bid>;
const Auction = record('Auction', { id: i64, name: utf8, seller: i64 });
type Auction = RowOf<typeof Auction>;

const bids = Array.from({ length: 60 }, (_, n): Bid => {
  return {
    auction: n % 7,
    price: 100 + ((n * 37) % 50),
    channel: `c${n % 3}`,
    time: 10 * n,
    extra: 'x'.repeat(n),
  };
});
const auctions = Array.from({ length: 7 }, (_, id): Auction => {
  return { id, name: `auction ${id}`, seller: 70 + id };
});

const bidsOf = (env: JobEnvironment): Stream<Bid> =>
  env.fromSource(
    testSource('bids', Bid),
    monotonousTimestamps(({ time }: Bid) => time),
  );

/** @param select fields of the result */
function joining(select: Record<string, `left.${string}` | `right.${string}`>): Job {
  return job('joining', (env) => {
    bidsOf(env)
      .keyBy('auction')
      .join(env.fromSource(testSource('auctions', Auction)).keyBy('id'))
      .select('Sold', select as { price: 'left.price' })
      .sinkTo(testSink('out'));
  });
}

const narrow = joining({ price: 'left.price', name: 'right.name' });
const narrower = joining({ name: 'right.name' });
const wider = joining({ channel: 'left.channel', name: 'right.name' });

/** The rows of a job when all bids and auctions have come, in any order. */
async function outputOf(made: Job, options: TestRunOptions): Promise<readonly string[]> {
  const run = await TestRun.start(made, { parallelism: 2, ...options });
  for (const auction of auctions) run.source<Auction>('auctions').push(auction);
  for (const bid of bids) run.source<Bid>('bids').push(bid);
  await run.finish();
  const { rows } = foldTable(run.output('out').emitted);
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

const select = { price: 'left.price', name: 'right.name' } as const;
type Sides = (bids: Stream<Bid>, auctions: Stream<Auction>) => Stream<unknown>;
const operators: Readonly<Record<string, Sides>> = {
  'an interval join': (left, right) =>
    left
      .keyBy('auction')
      .intervalJoin(right.keyBy('id'))
      .between(-1000, 1000)
      .select('Sold', select),
  'a window join': (left, right) =>
    left
      .join(right)
      .where('auction')
      .equalTo('id')
      .window(tumbling('200ms'))
      .select('Sold', select),
  'a temporal join': (left, right) =>
    left.keyBy('auction').temporalJoin(right.keyBy('id')).select('Sold', select),
  'an outer join': (left, right) =>
    left
      .keyBy('auction')
      .leftJoin(right.filter(({ id }) => id < 4).keyBy('id'))
      .select('Sold', select),
  'session windows': (left) =>
    left
      .keyBy('channel')
      .window(session('25ms'))
      .aggregate({ top: max('price') }),
  'windows over the whole stream': (left) =>
    left.windowAll(tumbling('100ms')).aggregate({ all: sum('price'), n: count() }),
  'windows folded where rows are produced': (left) =>
    left
      .keyBy('channel')
      .window(sliding('200ms', '100ms'))
      .aggregate({ all: sum('price') }, { preAggregate: 'on' }),
  'a continuous aggregate': (left) =>
    left.keyBy('channel').aggregate({ n: count(), top: max('price') }),
  'one of a whole stream': (left) => left.aggregate({ n: count() }),
};

/** What a join had when half of its rows had come. */
async function half(from: Job, pruning = true): Promise<JobSnapshot> {
  const run = await TestRun.start(from, { parallelism: 2, pruning });
  for (const bid of bids) run.source<Bid>('bids').push(bid);
  run.settle();
  return run.checkpoint(run.barrier());
}

async function rest(to: Job, snapshot: JobSnapshot, pruning = true): Promise<unknown[]> {
  const run = await TestRun.restore(to, snapshot, { parallelism: 3, pruning });
  for (const auction of auctions) run.source<Auction>('auctions').push(auction);
  await run.finish();
  return run
    .output('out')
    .rows.map((row) => JSON.stringify(row))
    .toSorted();
}

const expected = (fields: (bid: Bid, auction: Auction) => object): string[] =>
  bids.map((bid) => JSON.stringify(fields(bid, auctions[bid.auction]!))).toSorted();

describe('rows that travel with the fields that are read', () => {
  it('give the same windows, with late rows whole', async () => {
    const windows = (late: boolean): Job =>
      job('windows', (env) => {
        const byAuction = bidsOf(env).keyBy('auction').window(tumbling('100ms'));
        const spec = { top: max('price'), n: count('channel') } as const;
        if (!late) return void byAuction.aggregate(spec).sinkTo(testSink('out'));
        const results = byAuction.sideOutputLateData('late').aggregate(spec);
        results.sinkTo(testSink('out'));
        results.getSideOutput('late', Bid).sinkTo(testSink('late'));
      });
    const outputs: unknown[] = [];
    for (const pruning of [true, false]) {
      for (const codegen of [true, false]) {
        for (const late of [false, true]) {
          const run = await TestRun.start(windows(late), { parallelism: 2, pruning, codegen });
          for (const bid of bids) run.source<Bid>('bids').push(bid);
          run.settle();
          run.source<Bid>('bids').push(bids[3]!);
          await run.finish();
          outputs.push(
            run
              .output('out')
              .rows.map((row) => JSON.stringify(row))
              .toSorted(),
          );
          if (late) expect(run.output('late').rows).toEqual([bids[3]]);
        }
      }
    }
    expect(outputs[0]).not.toEqual([]);
    for (const output of outputs) expect(output).toEqual(outputs[0]);
  });

  it.each(Object.entries(operators))('give the same results: %s', async (_, declare) => {
    const made = job('same', (env) => {
      const times = monotonousTimestamps(({ id }: Auction) => 80 * id);
      const sides = env.fromSource(testSource('auctions', Auction), times);
      declare(bidsOf(env), sides).sinkTo(testSink('out'));
    });
    const whole = await outputOf(made, { pruning: false });
    expect(whole.length).toBeGreaterThan(0);
    for (const codegen of [true, false]) {
      expect(await outputOf(made, { codegen })).toEqual(whole);
      expect(await outputOf(made, { codegen, chaining: false })).toEqual(whole);
    }
  });

  it('lie in the state of a join, which is restored at another parallelism', async () => {
    const rows = await rest(narrow, await half(narrow));
    expect(rows).toEqual(expected(({ price }, { name }) => ({ price, name })));
  });

  it('are restored by a job that reads fewer of them', async () => {
    const rows = await rest(narrower, await half(narrow));
    expect(rows).toEqual(expected((_, { name }) => ({ name })));
  });

  it('are restored from whole rows, and as whole rows where nothing is missing', async () => {
    const rows = expected(({ price }, { name }) => ({ price, name }));
    expect(await rest(narrow, await half(narrow, false))).toEqual(rows);
    expect(await rest(wider, await half(wider, false), true)).toEqual(
      expected(({ channel }, { name }) => ({ channel, name })),
    );
  });

  it('are refused by a job that reads a field that was not kept', async () => {
    await expect(half(narrow).then((snapshot) => rest(wider, snapshot))).rejects.toMatchObject({
      code: 'ERR_RECORD_EVOLUTION',
      message: expect.stringContaining('channel: was not kept') as string,
    });
  });
});
