import { describe, expect, it } from 'vitest';

import { f64, record, utf8 } from 'millrace';
import type { OnTimerContext, ProcessFunction, Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import type { OperatorTest, OperatorTestSettings } from 'millrace/testing';
import { END_OF_TIME } from '../../src/record/index.ts';

interface Ask {
  key: string;
  /** `event`, `clock`, `unevent`, `unclock` and a time. */
  what: string;
  time: number;
}
const Ask = record('Ask', { key: utf8, what: utf8, time: f64 });

/** Does what the rows ask for, and says what fired. */
const asking: ProcessFunction<Ask, string, string> = {
  processElement({ what, time }, context) {
    const timers = context.timerService();
    if (what === 'event') timers.registerEventTimeTimer(time);
    else if (what === 'clock') timers.registerProcessingTimeTimer(time);
    else if (what === 'unevent') timers.deleteEventTimeTimer(time);
    else timers.deleteProcessingTimeTimer(time);
  },
  onTimer(timestamp, { key, timeDomain, timestamp: own }, out) {
    out.collect(`${key} ${timeDomain} ${timestamp} ${own}`);
  },
};

function testOf(
  fn: ProcessFunction<Ask, string, string>,
  options: OperatorTestSettings = {},
): Promise<OperatorTest<Ask, string>> {
  return testOperator((asks: Stream<Ask>) => asks.keyBy('key').process(fn), {
    type: Ask,
    ...options,
  });
}

const ask = (key: string, what: string, time: number): Ask => ({ key, what, time });

describe('timers of process functions', () => {
  it('fire in the order of time, once each, with their time as the timestamp of what they emit', async () => {
    const test = await inEveryMode(
      (options) => testOf(asking, options),
      (asks) => {
        asks
          .push(ask('a', 'event', 30))
          .push(ask('a', 'event', 10))
          .push(ask('a', 'event', 10));
        asks
          .push(ask('a', 'event', -5))
          .push(ask('b', 'event', 20))
          .watermark(-6);
        asks
          .watermark(19)
          .push(ask('a', 'event', 12))
          .watermark(29)
          .watermark(30);
      },
      { keyOf: (text) => text[0] },
    );
    expect(test.emitted.map(({ row, timestamp }) => [row, timestamp])).toEqual([
      ['a event -5 -5', -5],
      ['a event 10 10', 10],
      ['a event 12 12', 12],
      ['b event 20 20', 20],
      ['a event 30 30', 30],
    ]);
  });

  it('fire at the watermark that reaches them, and not one millisecond before', async () => {
    const test = await testOf(asking);
    test.push(ask('a', 'event', 100)).watermark(99);
    expect(test.rows).toEqual([]);
    test.watermark(100);
    expect(test.events).toEqual([
      { watermark: 99 },
      { row: 'a event 100 100', timestamp: 100 },
      { watermark: 100 },
    ]);
    await test.finish();
  });

  it('can be taken back', async () => {
    const test = await inEveryMode(
      (options) => testOf(asking, options),
      (asks) => {
        asks
          .push(ask('a', 'event', 10))
          .push(ask('b', 'event', 10))
          .push(ask('a', 'event', 11));
        asks
          .push(ask('a', 'unevent', 10))
          .push(ask('a', 'unevent', 99))
          .watermark(50);
        asks
          .push(ask('a', 'clock', 70))
          .push(ask('a', 'unclock', 70))
          .advanceProcessingTime(99);
      },
      { keyOf: (text) => text[0] },
    );
    expect(test.rows).toEqual(['b event 10 10', 'a event 11 11']);
  });

  it('wait for the clock in processing time, and give rows without a timestamp', async () => {
    const test = await testOf(asking);
    const now = test.run.nowMs;
    test.push(ask('a', 'clock', now + 100), 5);
    test.push(ask('a', 'event', now + 50)).advanceProcessingTime(99);
    expect(test.emitted).toEqual([]);
    test.advanceProcessingTime(1);
    expect(test.emitted).toEqual([
      { row: `a processing ${now + 100} ${now + 100}`, timestamp: undefined },
    ]);
    await test.finish();
  });

  it('are those of an aligned time for many keys at once, emitted piece by piece through small rings', async () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`);
    const test = await testOf(asking, { ringBytes: 4096, refuseSteps: true, batched: true });
    test.pushAll(keys.map((key) => ask(key, 'event', 60)));
    test.watermark(60);
    await test.drain();
    expect(test.rows).toHaveLength(3000);
    expect(test.events.at(-1)).toEqual({ watermark: 60 });
    await test.finish();
    expect(test.stateBytes).toBe(0);
  });

  it('may register more timers, which fire as well when they are due', async () => {
    const test = await inEveryMode(
      (options) =>
        testOf(
          {
            processElement: ({ time }, context) => {
              context.timerService().registerEventTimeTimer(time);
            },
            onTimer(timestamp, context, out) {
              out.collect(`${context.key} ${timestamp}`);
              // One that is due already, one that is not, and the past.
              if (timestamp === 10) {
                context.timerService().registerEventTimeTimer(15);
                context.timerService().registerEventTimeTimer(25);
                context.timerService().registerEventTimeTimer(5);
              }
              if (timestamp === 15) context.timerService().deleteEventTimeTimer(18);
            },
          },
          options,
        ),
      (asks) => {
        asks
          .push(ask('a', '', 10))
          .push(ask('a', '', 18))
          .push(ask('b', '', 19));
        asks.watermark(20).watermark(24).watermark(25);
      },
      { keyOf: (text) => text[0] },
    );
    expect(test.rows).toEqual(['a 10', 'a 5', 'a 15', 'b 19', 'a 25']);
  });

  it('see the times of the operator', async () => {
    const seen: unknown[] = [];
    const test = await testOf({
      processElement(_, context) {
        const timers = context.timerService();
        seen.push([timers.currentWatermark(), timers.currentProcessingTime()]);
      },
    });
    test
      .push(ask('a', '', 0))
      .watermark(7)
      .advanceProcessingTime(40)
      .push(ask('a', '', 0));
    const now = test.run.nowMs;
    expect(seen).toEqual([
      [Number.MIN_SAFE_INTEGER, now - 40],
      [7, now],
    ]);
    await test.finish();
  });

  it('fire at the end of a bounded input, in batch mode those of the clock too', async () => {
    for (const executionMode of ['streaming', 'batch'] as const) {
      const test = await testOf(asking, { executionMode });
      test.push(ask('a', 'event', 10)).push(ask('a', 'clock', 2_000_000_000));
      await test.finish();
      const clock = executionMode === 'batch' ? ['a processing 2000000000 2000000000'] : [];
      expect(test.rows).toEqual(['a event 10 10', ...clock]);
    }
  });

  it('come before onWatermark of the same watermark', async () => {
    const test = await testOf({
      ...asking,
      onWatermark: (watermark, out) => {
        if (watermark < END_OF_TIME) out.collect(`watermark ${watermark}`);
      },
    });
    test.push(ask('a', 'event', 3)).watermark(5);
    expect(test.rows).toEqual(['a event 3 3', 'watermark 5']);
    await test.finish();
  });

  it('let state of the key be used, and the key be forgotten', async () => {
    const test = await inEveryMode(
      (options) =>
        testOf(
          {
            processElement({ time }, context) {
              const count = context.getState('count', 0);
              count.update(count.value() + 1);
              context.timerService().registerEventTimeTimer(time);
            },
            onTimer(_, context: OnTimerContext<string>, out) {
              const count = context.getState('count', 0);
              out.collect(`${context.key} ${count.value()}`);
              count.clear();
            },
          },
          options,
        ),
      (asks) => {
        asks
          .push(ask('a', '', 10))
          .push(ask('a', '', 10))
          .push(ask('b', '', 12))
          .watermark(11);
        asks.push(ask('a', '', 20)).watermark(20);
      },
      { keyOf: (text) => text[0] },
    );
    expect(test.rows).toEqual(['a 2', 'b 1', 'a 1']);
  });
});

describe('timers that cannot be', () => {
  const failing = async (fn: ProcessFunction<Ask, string, string>): Promise<unknown> => {
    const test = await testOf(fn);
    try {
      test.push(ask('a', '', 0));
      await test.drain();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('are an error without onTimer', async () => {
    const error = await failing({
      processElement: (_, context) => context.timerService().registerEventTimeTimer(1),
    });
    expect(error).toMatchObject({ code: 'ERR_OPERATORS_NO_ON_TIMER' });
  });

  it('are an error at a time that is no integer', async () => {
    for (const time of [0.5, NaN, Infinity, '7' as unknown as number]) {
      const error = await failing({
        ...asking,
        processElement: (_, context) => context.timerService().registerProcessingTimeTimer(time),
      });
      expect(error).toMatchObject({ code: 'ERR_OPERATORS_TIMER' });
    }
  });
});
