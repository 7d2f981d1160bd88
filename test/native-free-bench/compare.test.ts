import { expect, test } from 'vitest';

import { compare } from '../../native-free-bench/compare.ts';
import type { BenchResult } from '../../native-free-bench/harness.ts';

const result = (name: string, ratio: number | null): BenchResult => {
  return { name, unit: 'rows/s', value: 1, ceiling: ratio === null ? null : 1, ratio };
};

test('ratios are judged, bare values are not', () => {
  const before = [result('a', 0.8), result('b', 0.8), result('c', 0.5), result('d', null)];
  const after = [result('a', 0.79), result('b', 0.5), result('c', 0.9), result('d', null)];
  expect(compare(before, after).map(({ name, verdict }) => [name, verdict])).toEqual([
    ['a', 'same'],
    ['b', 'worse'],
    ['c', 'better'],
    ['d', 'no ratio'],
  ]);
});

test('a threshold of its own goes before the common one', () => {
  const [one] = compare([result('a', 1)], [result('a', 0.9)], { '*': 0.5, a: 0.95 });
  expect(one).toMatchObject({ verdict: 'worse', change: 0.9 });
});

test('what only one side has is named, not judged', () => {
  expect(compare([result('gone', 1)], [result('new', 1)])).toEqual([
    { name: 'gone', before: 1, after: null, change: null, verdict: 'only before' },
    { name: 'new', before: null, after: 1, change: null, verdict: 'only after' },
  ]);
});

test('rates without a ratio are judged between documents of one kind of machine only', () => {
  const rate = (name: string, value: number): BenchResult => ({ ...result(name, null), value });
  const before = [rate('same', 100), rate('worse', 100), { ...rate('time', 100), unit: 'ms' }];
  const after = [rate('same', 80), rate('worse', 60), { ...rate('time', 10), unit: 'ms' }];
  expect(compare(before, after).map(({ verdict }) => verdict)).toEqual([
    'no ratio',
    'no ratio',
    'no ratio',
  ]);
  expect(compare(before, after, undefined, true)).toMatchObject([
    { verdict: 'same', basis: 'rate', change: 0.8 },
    { verdict: 'worse', basis: 'rate', before: 100, after: 60 },
    { verdict: 'no ratio', change: null },
  ]);
});
