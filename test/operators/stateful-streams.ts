/** A stream for every transformation with state, for tests that look at all of them. */

import { count, i32, record, session, tumbling, valueState } from 'millrace';
import type { ProcessFunction, Stream } from 'millrace';

export interface Bid {
  item: number;
  price: number;
}
export const Bid = record('Bid', { item: i32, price: i32 });
const Pair = record('Pair', { left: i32, right: i32 });

const total = valueState('total', { initial: 0 });
const adding: ProcessFunction<Bid, number, number> = {
  processElement({ price }, context, out) {
    const state = context.getState(total);
    state.update(state.value() + price);
    out.collect(state.value());
  },
};
const pair = (a: Bid, b: Bid): { left: number; right: number } => ({
  left: a.price,
  right: b.price,
});

const TWO_PHASES = { latency: '1s', keys: 100, preAggregate: 'on' } as const;
const most = {
  create: () => 0,
  add: (found: number, { price }: Bid) => Math.max(found, price),
  merge: (a: number, b: number) => Math.max(a, b),
  result: (found: number) => found,
};

export type Build = (bids: Stream<Bid>, others: Stream<Bid>) => Stream<unknown>;

/** By the file that makes the transformation. */
export const STATEFUL: Readonly<Record<string, Readonly<Record<string, Build>>>> = {
  'operators/async-io.ts': {
    mapAsync: (bids) => bids.mapAsync(async ({ price }) => price),
  },
  'operators/continuous-phases.ts': {
    aggregate: (bids) => bids.keyBy('item').aggregate({ bids: count() }),
    'aggregate of the whole stream': (bids) => bids.aggregate({ bids: count() }),
    'aggregate in two phases': (bids) =>
      bids.keyBy('item').aggregate({ bids: count() }, { miniBatch: TWO_PHASES }),
  },
  'operators/deduplicate.ts': {
    'first row': (bids) => bids.keyBy('item').deduplicate(),
    'last row': (bids) => bids.keyBy('item').deduplicate({ keep: 'last' }),
  },
  'operators/join/interval-join.ts': {
    'interval join': (bids, others) =>
      bids.keyBy('item').intervalJoin(others.keyBy('item')).between(-5, 5).process(pair, Pair),
  },
  'operators/join/regular-join.ts': {
    'regular join': (bids, others) =>
      bids.keyBy('item').join(others.keyBy('item')).apply(pair, Pair),
  },
  'operators/join/temporal-join.ts': {
    'temporal join': (bids, others) =>
      bids.keyBy('item').temporalJoin(others.keyBy('item')).apply(pair, Pair),
  },
  'operators/join/window-join.ts': {
    'window join': (bids, others) =>
      bids.join(others).where('item').equalTo('item').window(tumbling('1s')).apply(pair, Pair),
  },
  'operators/process-transformation.ts': {
    process: (bids) =>
      bids.process<number>({ processElement: (bid, _, out) => out.collect(bid.price) }),
    'keyed process': (bids) => bids.keyBy('item').process(adding),
  },
  'operators/reduce.ts': {
    'keyed reduce': (bids) => bids.keyBy('item').reduce((a) => a),
    'keyed reduce by a function': (bids) => bids.keyBy(({ item }) => item).reduce((a) => a),
    'reduce of the whole stream': (bids) => bids.reduce((a) => a),
  },
  'operators/rolling-aggregate.ts': {
    sum: (bids) => bids.keyBy('item').sum('price'),
    'sum of the key': (bids) => bids.keyBy('item').sum('item'),
  },
  'operators/top-n.ts': {
    topN: (bids) => bids.keyBy('item').topN(3, { by: 'price' }),
  },
  'operators/window/aggregated.ts': {
    'window folded before it is sent': (bids) =>
      bids.windowAll(tumbling('1s')).aggregate(most, undefined, { preAggregate: 'on' }),
  },
  'operators/window/declared.ts': {
    'declared tumbling window': (bids) =>
      bids.keyBy('item').window(tumbling('1s')).aggregate({ bids: count() }),
    'declared window of the whole stream': (bids) =>
      bids.windowAll(tumbling('1s')).aggregate({ bids: count() }),
    'declared session': (bids) =>
      bids.keyBy('item').window(session('1s')).aggregate({ bids: count() }),
  },
  'operators/window/window-transformation.ts': {
    'reduced window': (bids) =>
      bids
        .keyBy('item')
        .window(tumbling('1s'))
        .reduce((a) => a),
    'reduced window of the whole stream': (bids) => bids.windowAll(tumbling('1s')).reduce((a) => a),
  },
};
