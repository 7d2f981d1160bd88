/**
 * Law of stateful transformations: their instances give their state to snapshots and take it back, or emit it ahead of the
 * barrier; instances of others do neither.
 */

import { describe, expect, it } from 'vitest';

import { count, i32, job, record, session, tumbling, valueState } from 'millrace';
import type { ProcessFunction, Stream } from 'millrace';
import { TestRun, testSink, testSource } from 'millrace/testing';
import type { Operator } from '../../src/operators/index.ts';
import { readSources } from '../support/source-files.ts';

interface Bid {
  item: number;
  price: number;
}
const Bid = record('Bid', { item: i32, price: i32 });
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

type Build = (bids: Stream<Bid>, others: Stream<Bid>) => Stream<unknown>;

/** Streams with state, by the file that makes the transformation. */
const CASES: Readonly<Record<string, Readonly<Record<string, Build>>>> = {
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

/** Instances of what a case puts between sources and sink, with what the plan says of them. */
async function instancesOf(
  build: Build,
): Promise<readonly { name: string; stateful: boolean; operator: Operator }[]> {
  const tested = job('stateful', (env) => {
    const of = (name: string): Stream<Bid> => env.fromSource(testSource(name, Bid));
    build(of('bids'), of('others')).sinkTo(testSink('out'));
  });
  const run = await TestRun.start(tested, { guardRows: false });
  await run.cancel();
  return run.subtasks.flatMap(({ chain }) =>
    chain.plan.operators.flatMap(({ name, stateful }, k) => {
      const { operator } = chain.spec.operators[k] ?? {};
      return operator === undefined ? [] : [{ name, stateful, operator }];
    }),
  );
}

describe.each(Object.values(CASES).flatMap((cases) => Object.entries(cases)))('%s', (_, build) => {
  it('has instances with state exactly where the plan says so', async () => {
    const instances = await instancesOf(build);
    expect(instances.some(({ stateful }) => stateful)).toBe(true);
    for (const { name, stateful, operator } of instances) {
      // Partial results go out ahead of the barrier, so that there is nothing to hold.
      const empties = 'prepareSnapshot' in operator && !('snapshot' in operator);
      const gives = 'snapshot' in operator && 'restore' in operator;
      expect([name, gives || empties]).toEqual([name, stateful]);
    }
  });
});

it('every transformation that says it keeps state is looked at', () => {
  const names = readSources('src/operators')
    .filter(({ text }) => text.includes('stateful: true'))
    .map(({ path }) => path.slice('src/'.length));
  expect(names.toSorted()).toEqual(Object.keys(CASES).toSorted());
});
