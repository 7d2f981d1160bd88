/** Which fields travel over the edges of a plan, consumer by consumer. */

import { describe, expect, test } from 'vitest';

import {
  buildGraph,
  computed,
  job,
  monotonousTimestamps,
  session,
  tumbling,
} from '../../src/graph/index.ts';
import type { JobEnvironment, Stream } from '../../src/graph/index.ts';
import { count, max, sum } from '../../src/operators/index.ts';
import { defaultPlanSettings, makePlan, renderPlan } from '../../src/plan/index.ts';
import type { PlanEdge, PlanSettings } from '../../src/plan/index.ts';
import { f64, i64, record, utf8 } from '../../src/record/index.ts';
import type { RowOf } from '../../src/record/index.ts';
import { fakeSink, fakeSource } from '../graph/fake-connectors.ts';

const Bid = record('Bid', { auction: i64, bidder: i64, price: i64, url: utf8, extra: utf8 });
type Bid = RowOf<typeof Bid>;
const Auction = record('Auction', { id: i64, seller: i64, category: i64, description: utf8 });

const bidsOf = (env: JobEnvironment): Stream<Bid> =>
  env.fromSource(
    fakeSource(Bid),
    monotonousTimestamps(() => 0),
  );

function edgesOf(
  declare: (env: JobEnvironment) => void,
  settings: Partial<PlanSettings> = {},
): readonly PlanEdge[] {
  return makePlan(buildGraph(job('test', declare)), defaultPlanSettings({}, settings)).edges;
}

/** The fields of the first edge. */
function fieldsOf(
  declare: (bids: Stream<Bid>) => { sinkTo(sink: ReturnType<typeof fakeSink>): unknown },
  settings: Partial<PlanSettings> = {},
): readonly string[] | undefined {
  return edgesOf((env) => declare(bidsOf(env)).sinkTo(fakeSink()), settings)[0]!.fields;
}

describe('what travels', () => {
  test('to declared aggregates are their fields and those of the key, in the order of the type', () => {
    const aggregates = { top: max('price'), bids: count('url') };
    expect(fieldsOf((bids) => bids.keyBy('bidder').aggregate(aggregates))).toEqual([
      'bidder',
      'price',
      'url',
    ]);
    const windows = [tumbling('1s'), session('1s'), tumbling('1s', { time: 'processing' })];
    for (const window of windows) {
      expect(
        fieldsOf((bids) => bids.keyBy('auction').window(window).aggregate({ n: count() })),
      ).toEqual(['auction']);
    }
  });

  test('to a fold before the exchange, where that is not chained, are the same fields', () => {
    const declare = (bids: Stream<Bid>) =>
      bids.windowAll(tumbling('1s')).aggregate({ sum: sum('price') });
    const [first, second] = edgesOf((env) => declare(bidsOf(env)).sinkTo(fakeSink()), {
      chaining: false,
    });
    expect(first!.fields).toEqual(['price']);
    expect(second!.fields).toBeUndefined();
  });

  test('to joins with a selection are what each side gives, and the keys', () => {
    const [left, right] = edgesOf((env) => {
      bidsOf(env)
        .keyBy('auction')
        .join(env.fromSource(fakeSource(Auction)).keyBy('id'))
        .select('Sold', { price: 'left.price', category: 'right.category' })
        .sinkTo(fakeSink());
    });
    expect(left!.fields).toEqual(['auction', 'price']);
    expect(right!.fields).toEqual(['id', 'category']);
    expect(right!.type!.fields.map(({ name }) => name)).toEqual(['id', 'category']);
  });

  test('are the fields that all keys of a union need', () => {
    const edges = edgesOf((env) => {
      const bids = bidsOf(env);
      bids
        .union(bids.filter(() => true))
        .keyBy('auction')
        .aggregate({ n: count() })
        .sinkTo(fakeSink());
    });
    expect(edges.slice(0, 2).map(({ fields }) => fields)).toEqual([['auction'], ['auction']]);
  });

  test('to a selection that computes nothing are the fields that it selects', () => {
    const twice = computed(f64, ({ price }: Bid) => 2 * price);
    const selected = [
      fieldsOf((bids) => bids.rebalance().select('Priced', { euros: 'price' })),
      fieldsOf((bids) => bids.rebalance().select('Priced', { euros: 'price', twice })),
    ];
    expect(selected).toEqual([['price'], undefined]);
  });

  test('may be no field at all', () => {
    const declare = (bids: Stream<Bid>) => bids.aggregate({ n: count() });
    expect(fieldsOf(declare, { parallelism: 2 })).toEqual([]);
  });
});

describe('the whole row travels', () => {
  test('where a function sees it', () => {
    const where = { where: ({ price }: Bid) => price > 1 };
    const all = [
      fieldsOf((bids) => bids.keyBy('auction').aggregate({ n: count(where) })),
      fieldsOf((bids) => bids.keyBy('auction').aggregate({ n: count((bid: Bid) => bid.url) })),
      fieldsOf((bids) => bids.keyBy(({ url }) => url).aggregate({ n: count() })),
      fieldsOf((bids) => bids.keyBy('auction').reduce((a) => a)),
      fieldsOf((bids) => bids.rebalance().map((bid) => bid, Bid)),
      fieldsOf((bids) =>
        bids
          .keyBy('auction')
          .window(session(({ price }: Bid) => price))
          .aggregate({ n: count() }),
      ),
    ];
    expect(all).toEqual(all.map(() => undefined));
  });

  test('where it is passed on: late rows, rolling folds, sinks', () => {
    const all = [
      fieldsOf((bids) =>
        bids
          .keyBy('auction')
          .window(tumbling('1s'))
          .sideOutputLateData('late')
          .aggregate({ n: count() }),
      ),
      fieldsOf((bids) => bids.keyBy('auction').sum('price')),
      fieldsOf((bids) => bids.rebalance()),
    ];
    expect(all).toEqual(all.map(() => undefined));
  });

  test('to a join whose rows expire and may be taken back', () => {
    const joined = (ttl: string | undefined): unknown =>
      edgesOf((env) => {
        const prices = bidsOf(env)
          .keyBy('auction')
          .aggregate({ price: max('price'), n: count() });
        prices
          .keyBy('auction')
          .join(env.fromSource(fakeSource(Auction)).keyBy('id'), ttl === undefined ? {} : { ttl })
          .select('Priced', { price: 'left.price', category: 'right.category' })
          .sinkTo(fakeSink());
      }).find(({ input, type }) => input === 0 && type?.name !== 'Bid')?.fields;
    expect(joined(undefined)).toEqual(['auction', 'price']);
    expect(joined('1h')).toBeUndefined();
  });

  test('where the settings say so', () => {
    const declare = (bids: Stream<Bid>) => bids.keyBy('auction').aggregate({ n: count() });
    expect(fieldsOf(declare, { pruning: false })).toBeUndefined();
  });
});

test('a plan shows the fields that travel', () => {
  const graph = buildGraph(
    job('test', (env) => {
      bidsOf(env)
        .keyBy('auction')
        .aggregate({ top: max('price') })
        .sinkTo(fakeSink());
    }),
  );
  const plan = makePlan(graph, defaultPlanSettings());
  expect(renderPlan(graph, plan)).toContain('{auction, price} of Bid');
  expect(JSON.parse(renderPlan(graph, plan, 'json'))).toMatchObject({
    edges: [{ fields: ['auction', 'price'], type: { name: 'Bid', projection: true } }],
  });
});
