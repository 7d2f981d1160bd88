import { describe, expect, it, vi } from 'vitest';

import { f64, i32, record, utf8 } from 'millrace';
import type { Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import type { EmittedRow, OperatorTest, OperatorTestOptions } from 'millrace/testing';
import type * as Generated from '../../src/operators/generated.ts';
import type { RecordType } from '../../src/record/index.ts';

/** Whether operators find that their host forbids generated code. */
const host = vi.hoisted(() => ({ forbids: false }));
vi.mock('../../src/operators/generated.ts', async (original) => {
  const actual = await original<typeof Generated>();
  return {
    ...actual,
    generate: (...args: Parameters<typeof Generated.generate>) =>
      host.forbids ? undefined : actual.generate(...args),
  };
});

interface Count {
  word: string;
  n: number;
}
interface Point {
  key: number;
  n: number;
}
const Count: RecordType<Count> = record('Count', { word: utf8, n: i32 });
const Point: RecordType<Point> = record('Point', { key: f64, n: i32 });

const add = (a: Count, b: Count): Count => ({ word: a.word, n: a.n + b.n });
const addPoints = (a: Point, b: Point): Point => ({ key: a.key, n: a.n + b.n });
const words: Count[] = ['to', 'be', 'or', 'not', 'to', 'be'].map((word) => ({ word, n: 1 }));

type Reduce<T> = (a: Readonly<T>, b: Readonly<T>) => T;

/** The last result of each key by its text, for runs whose keys come in no order. */
function byWord(emitted: readonly EmittedRow<Count>[]): EmittedRow<Count>[] {
  return emitted.toSorted((a, b) => (a.row.word < b.row.word ? -1 : 1));
}

interface Backend {
  readonly name: string;
  readonly typed: boolean;
  readonly key: 'word' | ((row: Count) => string);
  readonly forbids: boolean;
}
const backends: readonly Backend[] = [
  { name: 'bytes', typed: true, key: 'word', forbids: false },
  { name: 'bytes, without generated code', typed: true, key: 'word', forbids: true },
  {
    name: 'values, of typed rows and a key function',
    typed: true,
    key: (row) => row.word,
    forbids: false,
  },
  { name: 'values, of untyped rows', typed: false, key: 'word', forbids: false },
];

describe.each(backends)('a keyed reduce with state as $name', ({ typed, key, forbids }) => {
  const test = async (
    options: OperatorTestOptions<Count>,
    fn: Reduce<Count> = add,
  ): Promise<OperatorTest<Count, Count>> => {
    host.forbids = forbids;
    const build = (stream: Stream<Count>): Stream<Count> => {
      // Two calls, since a key is typed by its form.
      return typeof key === 'string'
        ? stream.keyBy(key).reduce(fn)
        : stream.keyBy((row) => key(row)).reduce(fn);
    };
    return testOperator(build, typed ? { type: Count, ...options } : options);
  };
  const keyOf = (row: Count): string => row.word;

  it('emits one result per row, with the timestamp of that row', async () => {
    const { emitted } = await inEveryMode(
      test,
      (rows) => words.forEach((row, i) => rows.push(row, 100 - i)),
      { keyOf },
    );
    expect(emitted).toEqual([
      { row: { word: 'to', n: 1 }, timestamp: 100 },
      { row: { word: 'be', n: 1 }, timestamp: 99 },
      { row: { word: 'or', n: 1 }, timestamp: 98 },
      { row: { word: 'not', n: 1 }, timestamp: 97 },
      { row: { word: 'to', n: 2 }, timestamp: 96 },
      { row: { word: 'be', n: 2 }, timestamp: 95 },
    ]);
  });

  it('emits in batch mode the last result of each key in order of first rows, with its largest timestamp', async () => {
    const { emitted } = await inEveryMode(
      (options) => test({ executionMode: 'batch', ...options }),
      (rows) => words.forEach((row, i) => rows.push(row, i === 4 ? 3 : 10 * i)),
      { keyOf },
    );
    expect(emitted).toEqual([
      { row: { word: 'to', n: 2 }, timestamp: 3 },
      { row: { word: 'be', n: 2 }, timestamp: 50 },
      { row: { word: 'or', n: 1 }, timestamp: 20 },
      { row: { word: 'not', n: 1 }, timestamp: 30 },
    ]);
  });

  it('emits rows without a timestamp when none of a key had one', async () => {
    const { emitted } = await inEveryMode(
      (options) => test({ executionMode: 'batch', ...options }),
      (rows) => rows.push(words[0]!),
    );
    expect(emitted).toEqual([{ row: { word: 'to', n: 1 }, timestamp: undefined }]);
  });

  it('has its results as its keyed state', async () => {
    const running = await test({});
    running.pushAll(words.slice(0, 5));
    expect((await running.state()).map(({ key: of, name, value }) => [of, name, value])).toEqual([
      ['be', 'row', { word: 'be', n: 1 }],
      ['not', 'row', { word: 'not', n: 1 }],
      ['or', 'row', { word: 'or', n: 1 }],
      ['to', 'row', { word: 'to', n: 2 }],
    ]);
    await running.cancel();
  });

  it('goes on from a snapshot in batch mode as a streaming job, and the other way round', async () => {
    for (const [before, after] of [
      ['batch', 'streaming'],
      ['streaming', 'batch'],
    ] as const) {
      const first = await test({ executionMode: before });
      first.pushAll(words, (_, i) => i);
      const held = await first.snapshot();
      await first.cancel();
      const second = await test({ executionMode: after });
      await second.restore(held);
      second.push({ word: 'to', n: 5 }, 50);
      await second.finish();
      const found = byWord(second.emitted).filter(({ row }) => row.word === 'to');
      expect(found).toEqual([{ row: { word: 'to', n: 7 }, timestamp: 50 }]);
    }
  });

  it('keeps either of its arguments when the function returns it', async () => {
    const { rows } = await inEveryMode(
      (options) => test(options, (a, b) => (b.n > a.n ? b : a)),
      (script) => script.pushAll([3, 1, 7, 5].map((n) => ({ word: 'x', n }))),
    );
    expect(rows.map(({ n }) => n)).toEqual([3, 3, 7, 7]);
  });

  it('refuses a result without a row', async () => {
    const running = await test({}, () => undefined as unknown as Count);
    running.push(words[0]!);
    expect(() => running.push(words[0]!)).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_RESULT' }),
    );
    await running.cancel();
  });
});

describe('a reduce', () => {
  it('takes NaN as equal to NaN, and -0 as equal to 0, as keys', async () => {
    for (const type of [{ type: Point }, {}]) {
      const { rows } = await inEveryMode(
        (options) =>
          testOperator((stream: Stream<Point>) => stream.keyBy('key').reduce(addPoints), {
            ...type,
            ...options,
          }),
        (script) => script.pushAll([NaN, 0, NaN, -0].map((key) => ({ key, n: 1 }))),
      );
      expect(rows.map(({ n }) => n)).toEqual([1, 1, 2, 2]);
    }
  });

  it('stores results of growing length, also when their texts come from the state itself', async () => {
    interface Log {
      key: number;
      text: string;
    }
    const Log = record('Log', { key: i32, text: utf8 });
    const { rows } = await inEveryMode(
      (options) =>
        testOperator(
          (stream: Stream<Log>) =>
            stream.keyBy('key').reduce((a, b) => ({ key: a.key, text: `${a.text}${b.text}` })),
          { type: Log, ...options },
        ),
      (script) => {
        for (let i = 0; i < 100; i++) script.push({ key: i % 2, text: `<${i}>` });
      },
      { keyOf: ({ key }) => key, modes: ['rowAtATime', 'batched', 'plain', 'fullOutputs'] },
    );
    const even = Array.from({ length: 50 }, (_, i) => `<${2 * i}>`);
    expect(rows[98]).toEqual({ key: 0, text: even.join('') });
  });

  it('folds a stream that is not keyed into one row', async () => {
    const untyped = await inEveryMode(
      (options) =>
        testOperator(
          (stream: Stream<string>) => stream.reduce((all, word) => `${all} ${word}`),
          options,
        ),
      (script) => script.pushAll(['to', 'be', 'or']),
    );
    expect(untyped.rows).toEqual(['to', 'to be', 'to be or']);
    const typed = await inEveryMode(
      (options) =>
        testOperator(
          (stream: Stream<Point>) => stream.reduce((a, b) => ({ key: b.key, n: a.n + b.n })),
          { type: Point, ...options },
        ),
      (script) => script.pushAll([1, 2, 3].map((key) => ({ key, n: key }))),
    );
    expect(typed.rows).toEqual([
      { key: 1, n: 1 },
      { key: 2, n: 3 },
      { key: 3, n: 6 },
    ]);
  });

  it('refuses a result with another key when the key is read from the row', async () => {
    const text = await testOperator(
      (stream: Stream<Count>) => stream.keyBy('word').reduce((a) => ({ word: `${a.word}!`, n: 1 })),
      { type: Count },
    );
    text.push(words[0]!);
    expect(() => text.push(words[0]!)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_KEY_CHANGED',
        message: expect.stringContaining("before 'to', after 'to!'") as string,
      }),
    );
    const fixed = await testOperator(
      (stream: Stream<Point>) => stream.keyBy('key').reduce((a) => ({ key: a.key + 1, n: 1 })),
      { type: Point },
    );
    fixed.push({ key: 1, n: 1 });
    expect(() => fixed.push({ key: 1, n: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_KEY_CHANGED' }),
    );
    await Promise.all([text.cancel(), fixed.cancel()]);
  });

  it('lets a result have another key when a function gives the key, as the key is kept apart', async () => {
    const { rows } = await inEveryMode(
      (options) =>
        testOperator(
          (stream: Stream<Count>) =>
            stream
              .keyBy((row) => row.word)
              .reduce((a, b) => ({ word: `${a.word}!`, n: a.n + b.n })),
          { type: Count, ...options },
        ),
      (script) => script.pushAll([words[0]!, words[0]!, words[0]!]),
    );
    expect(rows[2]).toEqual({ word: 'to!!', n: 3 });
  });

  it('stops at its quota, and gives its bytes back when it is closed', async () => {
    const test = await testOperator(
      (stream: Stream<Point>) => stream.keyBy('key').reduce(addPoints),
      { type: Point, stateBytes: 40_000 },
    );
    const fill = (): void => {
      for (let key = 0; key < 10_000; key++) test.push({ key, n: 1 });
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'ERR_STATE_QUOTA' }));
    expect(test.stateBytes).toBeLessThanOrEqual(40_000);
    await test.cancel();
    expect(test.stateBytes).toBe(0);
  });
});
