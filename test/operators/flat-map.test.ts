import { describe, expect, it } from 'vitest';
import { coFlatMapTransformation, flatMapTransformation } from '../../src/operators/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

describe('flatMap', () => {
  it('emits what the function returns as an iterable, with the timestamp of the row', () => {
    const harness = new OperatorHarness(flatMapTransformation((line: string) => line.split(' ')));
    harness.push('to be', 5);
    harness.push('', 6);
    expect(harness.emitted).toEqual([
      { row: 'to', timestamp: 5 },
      { row: 'be', timestamp: 5 },
      { row: '', timestamp: 6 },
    ]);
  });

  it('emits what the function collects, before what it returns, and under another timestamp if one is given', () => {
    const harness = new OperatorHarness(
      flatMapTransformation<number, number>(function* (n, out) {
        out.collect(n, 99);
        yield n + 1;
      }),
    );
    harness.push(1, 5);
    expect(harness.emitted).toEqual([
      { row: 1, timestamp: 99 },
      { row: 2, timestamp: 5 },
    ]);
  });

  it('may emit nothing', () => {
    const harness = new OperatorHarness(
      flatMapTransformation<number, number>((n, out) => {
        if (n > 1) out.collect(n);
      }),
    );
    harness.pushAll([1, 2]);
    expect(harness.rows).toEqual([2]);
  });

  it('refuses a result that is neither nothing nor an iterable of rows', () => {
    for (const [result, got] of [
      ['text', "'text'"],
      [7, '7'],
      [{ a: 1 }, 'an object'],
    ] as const) {
      const harness = new OperatorHarness(flatMapTransformation(() => result as never));
      expect(() => harness.push(1)).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_RESULT',
          message: expect.stringContaining(`got ${got}`) as string,
        }),
      );
    }
  });
});

it('coFlatMap sends each input through its own function', () => {
  const harness = new OperatorHarness(
    coFlatMapTransformation(
      (line: string) => line.split(' '),
      (n: number, out) => out.collect(String(n)),
    ),
    { inputs: [{}, {}] },
  );
  harness.push('a b', 1, 0);
  harness.push(3, 2, 1);
  expect(harness.emitted).toEqual([
    { row: 'a', timestamp: 1 },
    { row: 'b', timestamp: 1 },
    { row: '3', timestamp: 2 },
  ]);
});
