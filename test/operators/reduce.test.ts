import { describe, expect, it } from 'vitest';
import { plainReduce } from '../../src/operators/reduce.ts';
import { reduceTransformation } from '../../src/operators/index.ts';
import type { OperatorContext, Transformation } from '../../src/operators/index.ts';
import { keyedRows } from '../../src/operators/keyed-rows.ts';
import { f64, i32, record, utf8 } from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessOptions } from '../support/operator-harness.ts';

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

const add = reduceTransformation<Count>((a, b) => ({ word: a.word, n: a.n + b.n }));
const addPoints = reduceTransformation<Point>((a, b) => ({ key: a.key, n: a.n + b.n }));
const words: Count[] = ['to', 'be', 'or', 'not', 'to', 'be'].map((word) => ({ word, n: 1 }));

/** The operator without generated code. */
function interpreted(fn: (a: never, b: never) => unknown): Transformation {
  return {
    ...add,
    create: (context: OperatorContext) => {
      const rows = keyedRows(context)!;
      return {
        process: plainReduce(context, rows, fn as (a: unknown, b: unknown) => unknown),
        finish: () => rows.finish(context),
      };
    },
  };
}

const backends: readonly [string, Transformation, HarnessOptions][] = [
  ['bytes', add, { inputs: [{ type: Count, keyBy: ['word'] }] }],
  [
    'bytes, interpreted',
    interpreted((a: Count, b: Count) => ({ word: a.word, n: a.n + b.n })),
    { inputs: [{ type: Count, keyBy: ['word'] }] },
  ],
  [
    'heap, typed rows and a key function',
    add,
    { inputs: [{ type: Count, keyBy: (r: Count) => r.word }] },
  ],
  ['heap, untyped rows', add, { inputs: [{ keyBy: ['word'] }] }],
];

describe.each(backends)('a keyed reduce with state as %s', (_, transformation, options) => {
  it('emits one result per row, with the timestamp of that row', async () => {
    const harness = new OperatorHarness(transformation, options);
    words.forEach((row, i) => harness.push(row, 100 - i));
    await harness.end();
    expect(harness.emitted).toEqual([
      { row: { word: 'to', n: 1 }, timestamp: 100 },
      { row: { word: 'be', n: 1 }, timestamp: 99 },
      { row: { word: 'or', n: 1 }, timestamp: 98 },
      { row: { word: 'not', n: 1 }, timestamp: 97 },
      { row: { word: 'to', n: 2 }, timestamp: 96 },
      { row: { word: 'be', n: 2 }, timestamp: 95 },
    ]);
  });

  it('emits in batch mode the last result of each key in order of first rows, with its largest timestamp', async () => {
    const harness = new OperatorHarness(transformation, { ...options, mode: 'batch' });
    words.forEach((row, i) => harness.push(row, i === 4 ? 3 : 10 * i));
    await harness.end();
    expect(harness.emitted).toEqual([
      { row: { word: 'to', n: 2 }, timestamp: 3 },
      { row: { word: 'be', n: 2 }, timestamp: 50 },
      { row: { word: 'or', n: 1 }, timestamp: 20 },
      { row: { word: 'not', n: 1 }, timestamp: 30 },
    ]);
  });

  it('emits rows without a timestamp when none of a key had one', async () => {
    const harness = new OperatorHarness(transformation, { ...options, mode: 'batch' });
    harness.pushAll(words.slice(0, 1));
    await harness.end();
    expect(harness.emitted).toEqual([{ row: { word: 'to', n: 1 }, timestamp: undefined }]);
  });
});

describe('a keyed reduce', () => {
  it('takes NaN as equal to NaN, and -0 as equal to 0, as keys', () => {
    for (const inputs of [[{ type: Point, keyBy: ['key'] }], [{ keyBy: ['key'] }]]) {
      const harness = new OperatorHarness(addPoints, { inputs });
      harness.pushAll([NaN, 0, NaN, -0].map((key) => ({ key, n: 1 })));
      expect(harness.rows.map((row) => (row as Point).n)).toEqual([1, 1, 2, 2]);
    }
  });

  it('keeps either of its arguments when the function returns it', () => {
    const larger = reduceTransformation<Count>((a, b) => (b.n > a.n ? b : a));
    const rows = [3, 1, 7, 5].map((n) => ({ word: 'x', n }));
    for (const input of [{ type: Count, keyBy: ['word'] }, { keyBy: ['word'] }]) {
      const harness = new OperatorHarness(larger, { inputs: [input] });
      harness.pushAll(rows);
      expect(harness.rows.map((row) => (row as Count).n)).toEqual([3, 3, 7, 7]);
    }
  });

  it('stores results of growing length, also when their texts come from the state itself', () => {
    const Log = record('Log', { key: i32, text: utf8 });
    const append = reduceTransformation<{ key: number; text: string }>((a, b) => ({
      key: a.key,
      text: `${a.text}${b.text}`,
    }));
    const harness = new OperatorHarness(append, { inputs: [{ type: Log, keyBy: ['key'] }] });
    let expected = '';
    for (let i = 0; i < 200; i++) {
      harness.push({ key: i % 2, text: `<${i}>` });
      if (i % 2 === 0) expected += `<${i}>`;
    }
    expect(harness.rows[198]).toEqual({ key: 0, text: expected });
  });

  it('folds a stream that is not keyed into one row', () => {
    const joined = reduceTransformation<string>((all, word) => `${all} ${word}`);
    const untyped = new OperatorHarness(joined);
    untyped.pushAll(['to', 'be', 'or']);
    expect(untyped.rows).toEqual(['to', 'to be', 'to be or']);

    const total = reduceTransformation<Point>((a, b) => ({ key: b.key, n: a.n + b.n }));
    const typed = new OperatorHarness(total, { inputs: [{ type: Point }] });
    typed.pushAll([1, 2, 3].map((key) => ({ key, n: key })));
    expect(typed.rows).toEqual([
      { key: 1, n: 1 },
      { key: 2, n: 3 },
      { key: 3, n: 6 },
    ]);
  });

  it('refuses a result without a row', () => {
    const nothing = reduceTransformation<Count>(() => undefined as unknown as Count);
    for (const input of [{ type: Count, keyBy: ['word'] }, { keyBy: ['word'] }]) {
      const harness = new OperatorHarness(nothing, { inputs: [input] });
      harness.push(words[0]);
      expect(() => harness.push(words[0])).toThrow(
        expect.objectContaining({ code: 'ERR_OPERATORS_RESULT' }),
      );
    }
  });

  it('refuses a result with another key when the key is read from the row', () => {
    const renamed = reduceTransformation<Count>((a) => ({ word: `${a.word}!`, n: 1 }));
    const text = new OperatorHarness(renamed, { inputs: [{ type: Count, keyBy: ['word'] }] });
    text.push(words[0]);
    expect(() => text.push(words[0])).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_KEY_CHANGED',
        message: expect.stringContaining("before 'to', after 'to!'") as string,
      }),
    );
    const moved = reduceTransformation<Point>((a) => ({ key: a.key + 1, n: 1 }));
    const fixed = new OperatorHarness(moved, { inputs: [{ type: Point, keyBy: ['key'] }] });
    fixed.push({ key: 1, n: 1 });
    expect(() => fixed.push({ key: 1, n: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_KEY_CHANGED' }),
    );
  });

  it('lets a result have another key when a function gives the key, as the key is kept apart', () => {
    const renamed = reduceTransformation<Count>((a, b) => ({ word: `${a.word}!`, n: a.n + b.n }));
    const harness = new OperatorHarness(renamed, {
      inputs: [{ type: Count, keyBy: (row: Count) => row.word }],
    });
    harness.pushAll([words[0], words[0], words[0]]);
    expect(harness.rows[2]).toEqual({ word: 'to!!', n: 3 });
  });

  it('stops at its quota, and gives its bytes back when it is closed', async () => {
    const harness = new OperatorHarness(addPoints, {
      inputs: [{ type: Point, keyBy: ['key'] }],
      stateBytes: 40_000,
    });
    const fill = (): void => {
      for (let key = 0; key < 10_000; key++) harness.push({ key, n: 1 });
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'ERR_STATE_QUOTA' }));
    expect(harness.account.usedBytes).toBeLessThanOrEqual(40_000);
    await harness.operator.close?.(true);
    expect(harness.account.usedBytes).toBe(0);
  });
});
