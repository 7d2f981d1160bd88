import { describe, expect, test } from 'vitest';

import {
  expectAnswer,
  pairs,
  parameter,
  rateOf,
  spread,
  usedParameters,
  warmUp,
  WrongAnswer,
} from '../../native-free-bench/harness.ts';

test('a parameter has its smoke value in smoke runs, and is remembered with the results', () => {
  const rows = parameter('rows', 10, 1000);
  expect(rows({ smoke: true })).toBe(10);
  expect(rows({ smoke: false })).toBe(1000);
  expect(usedParameters()).toMatchObject({ rows: 1000 });
});

describe('answers', () => {
  test('that agree pass, also bigints, structures and NaN', () => {
    expect(() => expectAnswer(5, 5)).not.toThrow();
    expect(() => expectAnswer(NaN, NaN)).not.toThrow();
    expect(() => expectAnswer({ sum: 1n, rows: [1] }, { sum: 1n, rows: [1] })).not.toThrow();
  });

  test('that differ throw, with both values', () => {
    expect(() => expectAnswer(5, 6, 'sum')).toThrow(
      new WrongAnswer('wrong sum: expected 5, got 6'),
    );
    expect(() => expectAnswer([1n], [2n])).toThrow('wrong answer: expected ["1n"], got ["2n"]');
  });
});

test('a spread is median, least and greatest', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spread([])).toThrow(RangeError);
});

test('pairs run A B B A and compare neighbours', async () => {
  const order: string[] = [];
  const figures = { A: [10, 40, 90], B: [5, 10, 30] };
  const run = (name: 'A' | 'B') => () => {
    order.push(name);
    return Promise.resolve(figures[name].shift()!);
  };
  const result = await pairs(run('A'), run('B'), 3);
  expect(order.join('')).toBe('ABBAAB');
  expect(result).toEqual({
    a: { median: 40, min: 10, max: 90 },
    b: { median: 10, min: 5, max: 30 },
    ratio: { median: 3, min: 2, max: 4 },
    pairs: 3,
  });
});

test('warm-up ends when three figures in a row agree, or the rounds are used up', async () => {
  const settling = [10, 50, 90, 100, 101, 99, 100];
  expect(await warmUp(() => settling.shift()!)).toBe(6);
  let wild = 1;
  expect(await warmUp(() => (wild *= 2), 7)).toBe(7);
});

test('a rate counts work per second', async () => {
  const rate = await rateOf(1000, () => new Promise((resolve) => setTimeout(resolve, 20)));
  expect(rate).toBeGreaterThan(0);
  expect(rate).toBeLessThan(1000 / 0.015);
});
