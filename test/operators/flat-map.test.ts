import { describe, expect, it } from 'vitest';

import type { FlatMapFunction, Stream } from 'millrace';
import { inEveryMode, testOperator, testOperator2 } from 'millrace/testing';
import type { EmittedRow } from 'millrace/testing';

async function emitted<T, U>(
  fn: FlatMapFunction<Readonly<T>, U>,
  rows: readonly (readonly [T, number | undefined])[],
): Promise<EmittedRow<U>[]> {
  const test = await inEveryMode(
    (options) => testOperator((stream: Stream<T>) => stream.flatMap(fn), options),
    (script) => rows.forEach(([row, timestamp]) => script.push(row, timestamp)),
  );
  return test.emitted;
}

describe('flatMap', () => {
  it('emits what the function returns as an iterable, with the timestamp of the row', async () => {
    const split = (line: string): string[] => line.split(' ');
    expect(
      await emitted(split, [
        ['to be', 5],
        ['', 6],
      ]),
    ).toEqual([
      { row: 'to', timestamp: 5 },
      { row: 'be', timestamp: 5 },
      { row: '', timestamp: 6 },
    ]);
  });

  it('emits what the function collects, before what it returns, and under another timestamp if one is given', async () => {
    const both: FlatMapFunction<number, number> = function* (n, out) {
      out.collect(n, 99);
      yield n + 1;
    };
    expect(await emitted(both, [[1, 5]])).toEqual([
      { row: 1, timestamp: 99 },
      { row: 2, timestamp: 5 },
    ]);
  });

  it('may emit nothing', async () => {
    const large: FlatMapFunction<number, number> = (n, out) => {
      if (n > 1) out.collect(n);
    };
    const rows = await emitted(large, [
      [1, undefined],
      [2, undefined],
    ]);
    expect(rows.map(({ row }) => row)).toEqual([2]);
  });

  it('refuses a result that is neither nothing nor an iterable of rows', async () => {
    for (const [result, got] of [
      ['text', "'text'"],
      [7, '7'],
      [{ a: 1 }, 'an object'],
    ] as const) {
      const test = await testOperator((stream: Stream<number>) =>
        stream.flatMap(() => result as never),
      );
      expect(() => test.push(1)).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_RESULT',
          message: expect.stringContaining(`got ${got}`) as string,
        }),
      );
      await test.cancel();
    }
  });
});

it('coFlatMap sends each input through its own function', async () => {
  const test = await inEveryMode(
    (options) =>
      testOperator2(
        (lines: Stream<string>, numbers: Stream<number>) =>
          lines.connect(numbers).flatMap<string>(
            (line) => line.split(' '),
            (n, out) => out.collect(String(n)),
          ),
        options,
      ),
    (script) => {
      script.first.push('a b', 1);
      script.second.push(3, 2);
    },
  );
  expect(test.emitted).toEqual([
    { row: 'a', timestamp: 1 },
    { row: 'b', timestamp: 1 },
    { row: '3', timestamp: 2 },
  ]);
});
