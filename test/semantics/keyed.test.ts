import { describe, expect, test } from 'vitest';

import { count, f64, job, record, tumbling, utf8 } from 'millrace';
import type { KeyedStream, OperatorStream, ProcessFunction, Stream } from 'millrace';
import { inEveryMode, testOperator, testSink, testSource, TestRun } from 'millrace/testing';
import { murmur32 } from '../../src/base/index.ts';
import { keyGroupOf, keyGroupRange } from '../../src/record/index.ts';
import { a, b, over, Row } from './rows.ts';

describe('rolling results', () => {
  const rows = [a(3), b(1), a(5), a(1), a(5), a(1)];
  const numbers = async (
    fold: (rows: KeyedStream<Row, string>) => OperatorStream<Row>,
    executionMode: 'streaming' | 'batch' = 'streaming',
  ): Promise<string[]> => {
    const run = await over((stream) => fold(stream.keyBy('key')), { executionMode });
    run.pushAll(rows);
    await run.finish();
    return run.rows.map(({ key, n }) => `${key}${n}`);
  };

  test('come once per row: sum, min, max and reduce', async () => {
    expect(await numbers((k) => k.sum('n'))).toEqual(['a3', 'b1', 'a8', 'a9', 'a14', 'a15']);
    expect(await numbers((k) => k.min('n'))).toEqual(['a3', 'b1', 'a3', 'a1', 'a1', 'a1']);
    expect(await numbers((k) => k.max('n'))).toEqual(['a3', 'b1', 'a5', 'a5', 'a5', 'a5']);
    expect(await numbers((k) => k.reduce((x, y) => ({ key: x.key, n: x.n - y.n })))).toEqual(
      'a3 b1 a-2 a-3 a-8 a-9'.split(' '),
    );
  });

  test('are the last ones only in batch mode', async () => {
    for (const fold of [(k: KeyedStream<Row, string>) => k.sum('n')]) {
      expect((await numbers(fold, 'batch')).toSorted()).toEqual(['a15', 'b1']);
    }
    expect((await numbers((k) => k.maxBy('n'), 'batch')).toSorted()).toEqual(['a5', 'b1']);
  });

  test('minBy and maxBy keep the whole row, the first on ties', async () => {
    const Note = record('Note', { key: utf8, n: f64, note: utf8 });
    const notes = ['first', 'second', 'third'].map((note) => ({ key: 'a', n: 1, note }));
    for (const kind of ['minBy', 'maxBy'] as const) {
      const run = await testOperator(
        (stream: Stream<(typeof notes)[0]>) => stream.keyBy('key')[kind]('n'),
        {
          type: Note,
        },
      );
      run.pushAll(notes);
      await run.finish();
      expect(run.rows.map(({ note }) => note)).toEqual(['first', 'first', 'first']);
    }
  });
});

describe('keys', () => {
  const counted = (keyOf: (row: Row) => unknown) => (rows: Stream<Row>) =>
    rows.keyBy(keyOf as (row: Row) => number).process<string>({
      processElement(_, context, out) {
        const seen = context.getState('seen', 0);
        seen.update(seen.value() + 1);
        out.collect(`${String(context.key)}: ${seen.value()}`);
      },
    });

  test('NaN equals NaN, and -0 equals 0, by field and by function, in state and in windows', async () => {
    const values = [Number.NaN, 0, Number.NaN, -0, 0];
    const byFunction = await over(
      counted(({ n }) => n),
      { parallelism: 3 },
    );
    for (const n of values) byFunction.push(a(n), 0);
    await byFunction.finish();
    expect(byFunction.rows).toEqual(['NaN: 1', '0: 1', 'NaN: 2', '0: 2', '0: 3']);
    const windows = await over((rows) =>
      rows.keyBy('n').window(tumbling(10)).aggregate({ rows: count() }),
    );
    for (const n of values) windows.push(a(n), 0);
    await windows.finish();
    expect(
      windows.rows.map(({ n, rows }) => [n + 0, rows]).toSorted((x, y) => x[1]! - y[1]!),
    ).toEqual([
      [Number.NaN, 2],
      [0, 3],
    ]);
  });

  test('may be texts, booleans, numbers, bigints, bytes, or tuples of them', async () => {
    const keys: readonly unknown[] = ['x', true, 1.5, 7n, Uint8Array.of(1, 2), ['x', 1]];
    for (const key of keys) {
      const run = await over(counted(({ n }) => (n > 0 ? key : structuredClone(key))));
      run.push(a(1), 0).push(a(-1), 0);
      await run.finish();
      expect(run.rows.map((text) => text.slice(-1))).toEqual(['1', '2']);
    }
  });

  test.each([undefined, null, { n: 1 }])(
    'a key that is %s is an error that names the operator',
    async (key) => {
      const run = await over((rows) => counted(() => key)(rows).filter(() => true));
      expect(() => run.push(a(1), 0)).toThrow(
        expect.objectContaining({
          code: 'ERR_RECORD_KEY',
          place: expect.objectContaining({ operator: 'test-source' }) as unknown,
        }),
      );
      await run.cancel();
    },
  );

  test('the order of a key is kept per channel, whatever the batches and the parallelism', async () => {
    const ordered: ProcessFunction<Row, string, string> = {
      processElement: ({ key, n }, _, out) => out.collect(`${key}${n}`),
    };
    const test = await inEveryMode(
      (options) =>
        over((rows) => rows.keyBy('key').process(ordered), { parallelism: 2, ...options }),
      (rows) => {
        for (let n = 0; n < 40; n++) rows.push(n % 2 === 0 ? a(n) : b(n), n);
      },
      { keyOf: (text) => text[0] },
    );
    for (const key of ['a', 'b']) {
      const own = test.rows
        .filter((text) => text.startsWith(key))
        .map((text) => Number(text.slice(1)));
      expect(own).toEqual(own.toSorted((x, y) => x - y));
    }
  });
});

describe('key groups', () => {
  test('group = murmur3(hash) mod maxParallelism; subtask = group x parallelism / maxParallelism', () => {
    for (const hash of [0, 1, -1, 123_456_789, -(2 ** 31)]) {
      for (const max of [1, 128, 200]) expect(keyGroupOf(hash, max)).toBe(murmur32(hash) % max);
    }
    for (const [max, parallelism] of [
      [128, 3],
      [10, 4],
      [7, 7],
    ] as const) {
      for (let i = 0; i < parallelism; i++) {
        const [first, end] = keyGroupRange(i, max, parallelism);
        expect(first).toBe(Math.ceil((i * max) / parallelism));
        expect(end).toBe(Math.ceil(((i + 1) * max) / parallelism));
        for (let group = first; group < end; group++) {
          expect(Math.floor((group * parallelism) / max)).toBe(i);
        }
      }
    }
  });

  test('there are clamp(pow2ceil(1.5 p), 128, 32768) of them unless said otherwise', async () => {
    const plain = job('plain', (env) => {
      env.fromSource(testSource('in', Row)).sinkTo(testSink('out'));
    });
    for (const [parallelism, groups] of [
      [1, 128],
      [85, 128],
      [86, 256],
    ] as const) {
      const run = await TestRun.start(plain, { parallelism, ringBytes: 4096 });
      expect(run.plan.maxParallelism).toBe(groups);
      await run.cancel();
    }
  });
});
