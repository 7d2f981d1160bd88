import { describe, expect, it } from 'vitest';

import { i32, record, utf8 } from 'millrace';
import type { CoProcessFunction, KeyedStream, ProcessFunction, Stream } from 'millrace';
import { inEveryMode, testOperator, testOperator2 } from 'millrace/testing';
import { END_OF_TIME } from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';

interface Visit {
  user: string;
  n: number;
}
const Visit: RecordType<Visit> = record('Visit', { user: utf8, n: i32 });

/** Counts the rows of its subtask in a field of its own. */
class Counting implements ProcessFunction<Visit, number> {
  #seen = 0;

  processElement(_: Visit, __: unknown, out: { collect(n: number): void }): void {
    out.collect(++this.#seen);
  }
}

describe('process', () => {
  it('sees key, timestamp and watermark of each row', async () => {
    const seen: unknown[] = [];
    const looking: ProcessFunction<Visit, never, string> = {
      processElement(row, { key, timestamp, watermark }) {
        seen.push([row.n, key, timestamp, watermark]);
      },
    };
    const test = await testOperator(
      (visits: Stream<Visit>) => visits.keyBy('user').process(looking),
      { type: Visit },
    );
    test.push({ user: 'a', n: 1 }, 10).watermark(10).push({ user: 'b', n: 2 });
    expect(seen).toEqual([
      [1, 'a', 10, Number.MIN_SAFE_INTEGER],
      [2, 'b', undefined, 10],
    ]);
    await test.cancel();
  });

  it('emits to its main and side outputs, under the timestamp of the row unless another is given', async () => {
    const sorting: ProcessFunction<number, number> = {
      processElement(n, context, out) {
        if (n < 0) context.output('negative', -n);
        else out.collect(n);
        if (n === 7) {
          out.collect(70, 700);
          context.output('negative', 7, 777);
        }
      },
    };
    const test = await inEveryMode(
      (options) =>
        testOperator((numbers: Stream<number>) => numbers.process(sorting), {
          sideOutputs: ['negative'],
          ...options,
        }),
      (script) => script.pushAll([1, -2, 7], Math.abs),
    );
    expect(test.emitted).toEqual([
      { row: 1, timestamp: 1 },
      { row: 7, timestamp: 7 },
      { row: 70, timestamp: 700 },
    ]);
    expect(test.sideOutput('negative').emitted).toEqual([
      { row: 2, timestamp: 2 },
      { row: 7, timestamp: 777 },
    ]);
  });

  it('is told of the watermark and of the end, and what it emits then goes before the watermark', async () => {
    const calls: string[] = [];
    const telling: ProcessFunction<number, string> = {
      open: (context) => void calls.push(`open ${context.operatorName}`),
      processElement: () => {},
      onWatermark: (watermark, out) => out.collect(`at ${watermark}`),
      finish: (out) => out.collect('last'),
      close: () => void calls.push('close'),
    };
    const test = await testOperator((numbers: Stream<number>) =>
      numbers.process(telling).name('telling'),
    );
    test.watermark(5);
    await test.finish();
    expect(test.events).toEqual([
      { row: 'at 5', timestamp: 5 },
      { watermark: 5 },
      { row: `at ${END_OF_TIME}`, timestamp: END_OF_TIME },
      { watermark: END_OF_TIME },
      { row: 'last', timestamp: undefined },
    ]);
    expect(calls).toEqual(['open telling', 'close']);
  });

  it.for([
    ['fields', (visits: Stream<Visit>) => visits.keyBy('user')],
    ['a function', (visits: Stream<Visit>) => visits.keyBy((visit) => visit.user)],
  ] as readonly (readonly [string, (visits: Stream<Visit>) => KeyedStream<Visit, string>])[])(
    'keeps a value per key of %s, on its quota, and gives its bytes back',
    async ([, keyed]) => {
      const counting: ProcessFunction<Visit, string, string> = {
        processElement(row, context, out) {
          const count = context.getState('count', 0);
          const names = context.getState<string[]>('names', () => []);
          names.update([...names.value(), row.user]);
          count.update(count.value() + row.n);
          out.collect(`${context.key} ${count.value()} ${names.value().length}`);
          if (count.value() > 9) count.clear();
        },
      };
      const visits = ['a', 'b', 'a', 'a'].map((user) => ({ user, n: 5 }));
      const test = await inEveryMode(
        (options) =>
          testOperator((stream: Stream<Visit>) => keyed(stream).process(counting), {
            type: Visit,
            ...options,
          }),
        (script) => script.pushAll(visits),
        { keyOf: (row) => row[0] },
      );
      expect(test.rows).toEqual(['a 5 1', 'b 5 1', 'a 10 2', 'a 5 3']);
      expect(test.stateBytes).toBe(0);
      const open = await testOperator((stream: Stream<Visit>) => keyed(stream).process(counting), {
        type: Visit,
      });
      expect(open.pushAll(visits).stateBytes).toBeGreaterThan(0);
      await open.cancel();
      expect(open.stateBytes).toBe(0);
    },
  );

  it('has no state when its input is not keyed', async () => {
    const keyless: ProcessFunction<number, number> = {
      processElement: (_, context, out) => out.collect(context.getState('n', 0).value()),
    };
    const test = await testOperator((numbers: Stream<number>) => numbers.process(keyless));
    expect(() => test.push(1)).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_NOT_KEYED' }),
    );
    await test.cancel();
  });

  it('makes an instance of its own for each subtask from a class or a maker', async () => {
    for (const provided of [Counting, () => new Counting()]) {
      const test = await testOperator((visits: Stream<Visit>) => visits.process(provided), {
        type: Visit,
        channels: 2,
        parallelism: 2,
      });
      test.first.channel(0).pushAll([1, 2].map((n) => ({ user: 'a', n })));
      test.first.channel(1).push({ user: 'a', n: 1 });
      expect(test.rows).toEqual([1, 2, 1]);
      await test.cancel();
    }
  });

  it('counts under names of its own', async () => {
    const counting: ProcessFunction<number, never> = {
      processElement: (n, context) => context.counter('odd').add(n % 2),
    };
    const test = await testOperator((numbers: Stream<number>) => numbers.process(counting));
    test.pushAll([1, 2, 3]);
    expect(test.counters).toEqual({ odd: 2 });
    await test.cancel();
  });

  it('fails when a view is kept after its call', async () => {
    let kept: Visit | undefined;
    const keeping: ProcessFunction<Visit, string> = {
      processElement(row, _, out) {
        if (kept !== undefined) out.collect(kept.user);
        kept = row;
      },
    };
    const test = await testOperator((visits: Stream<Visit>) => visits.process(keeping), {
      type: Visit,
    });
    test.push({ user: 'a', n: 1 });
    expect(() => test.push({ user: 'b', n: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_TESTING_KEPT_ROW' }),
    );
    await test.cancel();
  });
});

describe('coProcess', () => {
  it('shares the state of a key between both inputs', async () => {
    const joining: CoProcessFunction<Visit, { id: string }, string, string> = {
      processElement1(row, context, out) {
        const total = context.getState('total', 0);
        total.update(total.value() + row.n);
        out.collect(`${context.key}+${row.n}`);
      },
      processElement2(row, context, out) {
        out.collect(`${row.id}=${context.getState('total', 0).value()}`);
      },
      finish: (out) => out.collect('end'),
    };
    const test = await inEveryMode(
      (options) =>
        testOperator2(
          (visits: Stream<Visit>, ids: Stream<{ id: string }>) =>
            visits
              .connect(ids)
              .keyBy(
                (visit) => visit.user,
                (row) => row.id,
              )
              .process(joining),
          { first: Visit, ...options },
        ),
      (script) => {
        script.first.push({ user: 'a', n: 2 }, 1).push({ user: 'a', n: 3 }, 2);
        script.second.push({ id: 'a' }, 3).push({ id: 'b' }, 4);
      },
      // Each instance says the end.
      { modes: ['rowAtATime', 'batched', 'plain', 'fullOutputs', 'restored'] },
    );
    expect(test.emitted).toEqual([
      { row: 'a+2', timestamp: 1 },
      { row: 'a+3', timestamp: 2 },
      { row: 'a=5', timestamp: 3 },
      { row: 'b=0', timestamp: 4 },
      { row: 'end', timestamp: undefined },
    ]);
    expect(test.stateBytes).toBe(0);
  });
});
