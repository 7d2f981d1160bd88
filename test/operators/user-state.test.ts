import { describe, expect, it } from 'vitest';

import {
  aggregatingState,
  f64,
  i32,
  listState,
  mapState,
  record,
  reducingState,
  utf8,
  valueState,
} from 'millrace';
import type {
  AggregateFunction,
  ListState,
  ProcessContext,
  ProcessFunction,
  ProcessOptions,
  RowCollector,
  Stream,
} from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import type { OperatorTest, OperatorTestSettings } from 'millrace/testing';

interface Bid {
  item: string;
  price: number;
}
const Bid = record('Bid', { item: utf8, price: i32 });

const Mean = record('Mean', { sum: f64, n: i32 });
const meanPrice: AggregateFunction<Bid, { sum: number; n: number }, number> = {
  create: () => ({ sum: 0, n: 0 }),
  add: ({ sum, n }, { price }) => ({ sum: sum + price, n: n + 1 }),
  merge: (a, b) => ({ sum: a.sum + b.sum, n: a.n + b.n }),
  result: ({ sum, n }) => sum / n,
};

type Context = ProcessContext<string>;

function testOf(
  processElement: (bid: Bid, context: Context, out: RowCollector<unknown>) => void,
  options: OperatorTestSettings & ProcessOptions & { readonly untyped?: boolean } = {},
): Promise<OperatorTest<Bid, unknown>> {
  const { states, untyped, ...settings } = options;
  const fn: ProcessFunction<Bid, unknown, string> = { processElement };
  const build = (bids: Stream<Bid>): ReturnType<Stream<Bid>['filter']> =>
    bids.keyBy('item').process(fn, { states: states ?? [] }) as never;
  return testOperator(build as never, {
    ...(untyped === true ? {} : { type: Bid }),
    ...settings,
  }) as unknown as Promise<OperatorTest<Bid, unknown>>;
}

const BIDS: readonly Bid[] = [
  { item: 'a', price: 5 },
  { item: 'b', price: 1 },
  { item: 'a', price: 7 },
  { item: 'a', price: -1 },
  { item: 'b', price: 4 },
  { item: 'a', price: 3 },
  { item: 'b', price: -1 },
  { item: 'b', price: 2 },
];
const keyOf = (row: unknown): unknown => (row as readonly unknown[])[0];

/** Uses a state for each bid, clears it for a negative price, in every mode; gives what came out. */
async function resultsOf(
  use: (bid: Bid, context: Context) => unknown,
  clear: (context: Context) => void,
): Promise<unknown[]> {
  const outputs: unknown[][] = [];
  for (const untyped of [false, true]) {
    const test = await inEveryMode(
      (options) =>
        testOf(
          (bid, context, out) => {
            if (bid.price < 0) clear(context);
            else out.collect([bid.item, use(bid, context)]);
          },
          { ...options, untyped },
        ),
      (bids) => bids.pushAll(BIDS),
      // Keys on the heap differ in nothing but how they are kept.
      untyped ? { keyOf, modes: ['rowAtATime', 'rescaled'] } : { keyOf },
    );
    outputs.push(test.rows);
  }
  expect(outputs[1]).toEqual(outputs[0]);
  return outputs[0]!.map((row) => (row as readonly unknown[])[1]);
}

describe('state of process functions', () => {
  it('is one value per key, as a row off the heap or as any value on it', async () => {
    for (const last of [valueState('last', { type: Bid }), valueState<Bid>('last')]) {
      const before = await resultsOf(
        (bid, context) => {
          const state = context.getState(last);
          const price = state.value()?.price;
          state.update(bid);
          return price;
        },
        (context) => context.getState(last).clear(),
      );
      expect(before).toEqual([undefined, undefined, 5, 1, undefined, undefined]);
    }
  });

  it('has the initial value where there is none, and none again after undefined', async () => {
    const sum = valueState('sum', { initial: 100 });
    const sums = await resultsOf(
      ({ price }, context) => {
        const state = context.getState(sum);
        state.update(state.value() + price);
        return state.value();
      },
      (context) => context.getState(sum).update(undefined as unknown as number),
    );
    expect(sums).toEqual([105, 101, 112, 105, 103, 102]);
  });

  it('is a list per key, which can be read, added to and replaced', async () => {
    for (const all of [listState('all', { type: Bid }), listState<Bid>('all')]) {
      const lists = await resultsOf(
        (bid, context) => {
          const state: ListState<Bid> = context.getListState(all);
          const empty = state.isEmpty;
          state.addAll([bid, { item: 'copy', price: bid.price * 10 }]);
          if (bid.price === 4) {
            state.update(Array.from(state.get(), ({ price }) => ({ item: 'x', price })));
          }
          return [empty, Array.from(state.get(), ({ item, price }) => `${item}${price}`).join()];
        },
        (context) => context.getListState(all).clear(),
      );
      expect(lists).toEqual([
        [true, 'a5,copy50'],
        [true, 'b1,copy10'],
        [false, 'a5,copy50,a7,copy70'],
        [false, 'x1,x10,x4,x40'],
        [true, 'a3,copy30'],
        [true, 'b2,copy20'],
      ]);
    }
  });

  it('replaces a list by views of itself', async () => {
    const all = listState('all', { type: Bid });
    const test = await testOf((bid, context, out) => {
      const state = context.getListState(all);
      state.add(bid);
      state.update(state.get());
      out.collect(Array.from(state.get(), ({ price }) => price));
    });
    test.pushAll([1, 2, 3].map((price) => ({ item: 'a', price })));
    expect(test.rows.at(-1)).toEqual([1, 2, 3]);
    await test.finish();
  });

  it('is a map per key, by keys of its own', async () => {
    const maps = [
      mapState<string, Bid>('by-size', { key: utf8, type: Bid }),
      mapState<string, Bid>('by-size'),
    ];
    for (const bySize of maps) {
      const results = await resultsOf(
        (bid, context) => {
          const state = context.getMapState(bySize);
          const size = bid.price > 3 ? 'large' : 'small';
          const before = state.get(size)?.price;
          const known = state.contains(size);
          state.put(size, bid);
          if (bid.price === 3) state.remove('small');
          const entries = Array.from(state.entries(), ([key, { price }]) => `${key}${price}`);
          return [before, known, state.isEmpty, [...state.keys()].join(), entries.join()];
        },
        (context) => context.getMapState(bySize).clear(),
      );
      expect(results).toEqual([
        [undefined, false, false, 'large', 'large5'],
        [undefined, false, false, 'small', 'small1'],
        [5, true, false, 'large', 'large7'],
        [undefined, false, false, 'small,large', 'small1,large4'],
        [undefined, false, true, '', ''],
        [undefined, false, false, 'small', 'small2'],
      ]);
    }
  });

  it('folds what is added to reducing state', async () => {
    const larger = (a: Bid, b: Bid): Bid => (b.price > a.price ? b : a);
    for (const highest of [
      reducingState<Bid>('highest', larger, { type: Bid }),
      reducingState<Bid>('highest', larger),
    ]) {
      const results = await resultsOf(
        (bid, context) => {
          const state = context.getReducingState(highest);
          const before = state.get()?.price;
          state.add(bid);
          return [before, state.get()?.price];
        },
        (context) => context.getReducingState(highest).clear(),
      );
      expect(results).toEqual([
        [undefined, 5],
        [undefined, 1],
        [5, 7],
        [1, 4],
        [undefined, 3],
        [undefined, 2],
      ]);
    }
  });

  it('folds what is added to aggregating state, and gives the result', async () => {
    for (const mean of [
      aggregatingState('mean', meanPrice, { type: Mean }),
      aggregatingState('mean', meanPrice),
    ]) {
      const results = await resultsOf(
        (bid, context) => {
          const state = context.getAggregatingState(mean);
          const before = state.get();
          state.add(bid);
          return [before, state.get()];
        },
        (context) => context.getAggregatingState(mean).clear(),
      );
      expect(results).toEqual([
        [undefined, 5],
        [undefined, 1],
        [5, 6],
        [1, 2.5],
        [undefined, 3],
        [undefined, 2],
      ]);
    }
  });

  it('gives its bytes back', async () => {
    const all = listState('all', { type: Bid });
    const test = await testOf((bid, context) => {
      context.getListState(all).add(bid);
      context.getState('n', 0).update(1);
    });
    test.pushAll(BIDS);
    expect(test.stateBytes).toBeGreaterThan(0);
    await test.finish();
    expect(test.stateBytes).toBe(0);
  });

  it('can be read out of a snapshot by name', async () => {
    const last = valueState('last', { type: Bid });
    const test = await testOf((bid, context) => context.getState(last).update(bid), {
      states: [last],
    });
    test.push({ item: 'a', price: 4 }).push({ item: 'b', price: 5 });
    expect(await test.state()).toEqual([
      { key: 'a', name: 'last', kind: 'value', value: { item: 'a', price: 4 } },
      { key: 'b', name: 'last', kind: 'value', value: { item: 'b', price: 5 } },
    ]);
    await test.finish();
  });
});

describe('time to live', () => {
  it('counts from the last write, by the clock', async () => {
    const count = valueState('count', { initial: 0, ttl: { after: '1s' } });
    const test = await testOf((_, context, out) => {
      const state = context.getState(count);
      out.collect(state.value());
      state.update(state.value() + 1);
    });
    const bid = { item: 'a', price: 1 };
    test.push(bid).advanceProcessingTime(999).push(bid).advanceProcessingTime(999).push(bid);
    test.advanceProcessingTime(1000).push(bid);
    expect(test.rows).toEqual([0, 1, 2, 0]);
    await test.finish();
  });

  it('counts from the last use if that is asked for', async () => {
    const flag = valueState('flag', {
      initial: 0,
      ttl: { after: 1000, update: 'readAndWrite' },
    });
    const test = await testOf(({ price }, context, out) => {
      if (price > 0) context.getState(flag).update(price);
      out.collect(context.getState(flag).value());
    });
    test.push({ item: 'a', price: 5 });
    for (let i = 0; i < 3; i++) test.advanceProcessingTime(999).push({ item: 'a', price: 0 });
    test.advanceProcessingTime(1000).push({ item: 'a', price: 0 });
    expect(test.rows).toEqual([5, 5, 5, 5, 0]);
    await test.finish();
  });

  it('counts in event time, for each value of a list', async () => {
    const recent = listState<number>('recent', { ttl: { after: 10, time: 'event' } });
    const test = await testOf(({ price }, context, out) => {
      const state = context.getListState(recent);
      state.add(price);
      out.collect([...state.get()]);
    });
    const push = (price: number): unknown => test.push({ item: 'a', price });
    test.watermark(0);
    push(1);
    test.watermark(9);
    push(2);
    test.watermark(10);
    push(3);
    test.watermark(19);
    push(4);
    expect(test.rows).toEqual([[1], [1, 2], [2, 3], [3, 4]]);
    await test.finish();
  });
});

describe('state that cannot be', () => {
  const failing = async (
    processElement: (bid: Bid, context: Context) => void,
  ): Promise<unknown> => {
    const test = await testOf(processElement);
    try {
      test.push({ item: 'a', price: 1 });
      await test.drain();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('is an error under one name with two descriptors', async () => {
    const pairs: [(context: Context) => void, string][] = [
      [(context) => context.getListState(listState('s')), 'a value state and a list state'],
      [
        (context) => context.getState(valueState('s', { type: Bid })),
        'values of the heap and values of Bid',
      ],
      [(context) => context.getState(valueState('s', { ttl: { after: 5 } })), 'time to live'],
    ];
    for (const [second, difference] of pairs) {
      const error = await failing((_, context) => {
        context.getState('s', 0);
        second(context);
      });
      expect(error).toMatchObject({
        code: 'ERR_OPERATORS_STATE_CONFLICT',
        message: expect.stringContaining(difference) as string,
      });
    }
  });

  it('is an error where there is no key', async () => {
    const count = valueState('count', { initial: 0 });
    const run = testOperator((bids: Stream<Bid>) =>
      bids.keyBy('item').process({
        open: (context) => void context.getState(count).value(),
        processElement: () => undefined,
      }),
    );
    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'ERR_OPERATORS_NO_KEY' }));
  });

  it('is an error with options that make no sense', () => {
    const cases: [() => unknown, string][] = [
      [() => valueState(''), 'name'],
      [() => valueState('s', { type: {} as never }), 'type'],
      [() => valueState('s', { ttl: { after: 0 } }), 'ttl.after'],
      [() => valueState('s', { ttl: { after: '1.5ms' } }), 'ttl.after'],
      [() => valueState('s', { ttl: { after: 'soon' } }), 'ttl.after'],
      [() => listState('s', { ttl: 5 as never }), 'ttl'],
      [() => listState('s', { ttl: { after: 5, time: 'wall' as never } }), 'ttl.time'],
      [() => mapState('s', { type: Bid }), 'key'],
      [() => mapState('s', { type: Bid, key: Bid as never }), 'key'],
      [() => reducingState('s', 7 as never), 'reduce'],
      [() => aggregatingState('s', { create: () => 0 } as never), 'aggregate.add'],
    ];
    for (const [make, option] of cases) {
      expect(make).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_STATE_OPTION',
          details: expect.objectContaining({ option }) as unknown,
        }),
      );
    }
  });
});

describe('operator state', () => {
  const buffered = listState<number>('buffered');
  const keeping = (redistribution: 'split' | 'union') => {
    return class implements ProcessFunction<number, string> {
      #state: ListState<number> | undefined = undefined;
      open(context: Parameters<NonNullable<ProcessFunction['open']>>[0]): void {
        this.#state = context.getOperatorState(buffered, redistribution);
      }
      processElement(n: number): void {
        this.#state!.add(n);
      }
      finish(out: RowCollector<string>): void {
        out.collect([...this.#state!.get()].toSorted((a, b) => a - b).join());
      }
    };
  };

  it('is dealt out over the instances, or given to all of them', async () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7];
    for (const redistribution of ['split', 'union'] as const) {
      const test = await testOperator(
        (input: Stream<number>) => input.rebalance().process(keeping(redistribution)),
        { parallelism: 3 },
      );
      test.pushAll(numbers);
      await test.restore(undefined, 2);
      await test.finish();
      const parts = (test.rows as string[]).filter((text) => text !== '').map((s) => s.split(','));
      const all = parts.flat().map(Number);
      if (redistribution === 'split') expect(all.toSorted((a, b) => a - b)).toEqual(numbers);
      else expect(parts).toEqual([numbers.map(String), numbers.map(String)]);
    }
  });

  it('cannot be a list of both kinds', async () => {
    const run = testOperator((input: Stream<number>) =>
      input.process({
        open(context) {
          context.getOperatorState(buffered);
          context.getOperatorState(buffered, 'union');
        },
        processElement: () => undefined,
      }),
    );
    await expect(run).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_STATE_CONFLICT' }),
    );
  });
});
