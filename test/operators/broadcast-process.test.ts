import { describe, expect, it } from 'vitest';

import { i32, listState, mapState, record, utf8, valueState } from 'millrace';
import type { BroadcastProcessFunction, KeyedBroadcastProcessFunction, Stream } from 'millrace';
import { inEveryMode, testOperator2 } from 'millrace/testing';
import type { OperatorTest, OperatorTestSettings } from 'millrace/testing';

interface Bid {
  item: string;
  price: number;
}
const Bid = record('Bid', { item: utf8, price: i32 });

interface Rule {
  item: string;
  /** 0 takes the rule back. */
  most: number;
}
const Rule = record('Rule', { item: utf8, most: i32 });

const limits = mapState<string, number>('limits');
const total = valueState('total', { initial: 0 });

/** Bids up to the limit of their item; a rule of an item gives the totals of all keys. */
const limiting: KeyedBroadcastProcessFunction<Bid, Rule, string, string> = {
  states: [total],
  processElement({ item, price }, context, out) {
    const rules = context.getBroadcastState(limits);
    if (price > (rules.get(item) ?? Infinity)) return;
    const sum = context.getState(total);
    sum.update(sum.value() + price);
    context.timerService().registerEventTimeTimer(100);
    out.collect(`${context.key} ${sum.value()}`);
  },
  processBroadcastElement({ item, most }, context, out) {
    const rules = context.getBroadcastState(limits);
    if (item === 'clear') {
      context.applyToKeyedState(total, (key, sum) => {
        out.collect(`${key} had ${sum.value()}`);
        sum.clear();
      });
    } else if (most === 0) rules.remove(item);
    else rules.put(item, most);
  },
  onTimer(_, context, out) {
    const rules = context.getBroadcastState(limits);
    out.collect(`${context.key} at last ${context.getState(total).value()} of ${rules.size}`);
  },
};

type Test = OperatorTest<Bid, string, Rule>;

function keyedTest(
  fn: KeyedBroadcastProcessFunction<Bid, Rule, string, string> = limiting,
  options: OperatorTestSettings = {},
): Promise<Test> {
  return testOperator2(
    (bids: Stream<Bid>, rules: Stream<Rule>) =>
      bids.keyBy('item').connect(rules.broadcast(limits)).process(fn),
    { first: Bid, second: Rule, ...options },
  ) as Promise<Test>;
}

const bid = (item: string, price: number): Bid => ({ item, price });

describe('a broadcast process function', () => {
  it('sees rules written by the broadcast side, state and timers of its key', async () => {
    const test = await inEveryMode(
      (options) => keyedTest(limiting, options),
      ({ first, second }) => {
        first.push(bid('a', 50), 1);
        second.push({ item: 'a', most: 10 }, 2);
        first.push(bid('a', 20), 3).push(bid('a', 5), 4).push(bid('b', 90), 5);
        second.push({ item: 'a', most: 0 }, 6);
        first.push(bid('a', 20), 7);
        second.push({ item: 'clear', most: 1 }, 8).push({ item: 'b', most: 3 }, 9);
        first.push(bid('b', 3), 10).push(bid('b', 4), 11).watermark(100);
        second.watermark(100);
      },
      { keyOf: (text) => text[0] },
    );
    expect(test.rows.toSorted()).toEqual(
      [
        'a 50',
        'a 55',
        'b 90',
        'a 75',
        'a had 75',
        'b had 90',
        'b 3',
        'a at last 0 of 1',
        'b at last 3 of 1',
      ].toSorted(),
    );
  });

  it('has its rules in every instance, also after another parallelism', async () => {
    const test = await keyedTest(limiting, { parallelism: 3 });
    test.second.push({ item: 'a', most: 10 }).push({ item: 'b', most: 20 });
    await test.drain();
    await test.restore(undefined, 5);
    for (const item of ['a', 'b', 'c', 'd', 'e', 'f']) test.first.push(bid(item, 15));
    test.first.push(bid('a', 7));
    await test.drain();
    expect(test.rows.toSorted()).toEqual(['a 7', 'b 15', 'c 15', 'd 15', 'e 15', 'f 15']);
    await test.finish();
  });

  it('works without a key', async () => {
    const fn: BroadcastProcessFunction<Bid, Rule, string> = {
      processElement({ item, price }, context, out) {
        const rules = context.getBroadcastState(limits);
        if (!rules.contains(item)) context.output('unknown', item);
        else if (price <= rules.get(item)!) out.collect(item);
      },
      processBroadcastElement: ({ item, most }, context) =>
        context.getBroadcastState(limits).put(item, most),
    };
    const test = await inEveryMode(
      (options) =>
        testOperator2(
          (bids: Stream<Bid>, rules: Stream<Rule>) =>
            bids.connect(rules.broadcast(limits)).process(fn),
          { first: Bid, second: Rule, sideOutputs: ['unknown'], ...options },
        ),
      ({ first, second }) => {
        first.push(bid('a', 1));
        second.push({ item: 'a', most: 5 });
        first.push(bid('a', 5)).push(bid('a', 6));
      },
      { keyOf: () => 0 },
    );
    expect(test.rows).toEqual(['a']);
    expect(test.sideOutput('unknown').rows).toEqual(['a']);
  });

  it('counts broadcast state against the quota and gives its bytes back', async () => {
    const test = await keyedTest();
    test.second.push({ item: 'a', most: 10 });
    const { stateBytes } = test;
    expect(stateBytes).toBeGreaterThan(0);
    test.second.push({ item: 'a', most: 0 });
    expect(test.stateBytes).toBeLessThan(stateBytes);
    await test.finish();
    expect(test.stateBytes).toBe(0);
  });
});

describe('what a broadcast process function must not do', () => {
  const failing = async (
    fn: Partial<KeyedBroadcastProcessFunction<Bid, Rule, string, string>>,
  ): Promise<unknown> => {
    const test = await keyedTest({
      processElement: () => undefined,
      processBroadcastElement: () => undefined,
      ...fn,
    });
    try {
      test.second.push({ item: 'a', most: 1 });
      test.first.push(bid('a', 1));
      await test.drain();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('is to write rules for rows of its own', async () => {
    for (const call of ['put', 'remove', 'clear'] as const) {
      const error = await failing({
        processElement(_, context) {
          const rules = context.getBroadcastState(limits) as unknown as Record<
            string,
            (key: string, value: number) => void
          >;
          rules[call]!('a', 1);
        },
      });
      expect(error).toMatchObject({ code: 'ERR_OPERATORS_BROADCAST_READ_ONLY' });
    }
  });

  it('is to ask for rules that the stream was not broadcast with', async () => {
    const other = mapState<string, number>('other');
    const error = await failing({
      processElement: (_, context) => void context.getBroadcastState(other),
    });
    expect(error).toMatchObject({ code: 'ERR_OPERATORS_BROADCAST_STATE' });
  });

  it('is to use state or timers of a key for a broadcast row', async () => {
    const error = await failing({
      processBroadcastElement: (_, context) =>
        (context as unknown as { getState(d: typeof total): { value(): number } })
          .getState(total)
          .value(),
    });
    expect(error).toMatchObject({ code: 'ERR_OPERATORS_NO_KEY' });
  });

  it('is to broadcast with anything but map states', async () => {
    const run = testOperator2(
      (bids: Stream<Bid>, rules: Stream<Rule>) =>
        bids
          .connect(rules.broadcast(listState('list') as never))
          .process({ processElement: () => undefined, processBroadcastElement: () => undefined }),
      { first: Bid, second: Rule },
    );
    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'ERR_GRAPH_ARGUMENT' }));
  });
});
