/** What jobs give on real threads, against models in plain loops. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';
import { expectedBags, expectedFinals } from './jobs/model.ts';
import type { Digest, Setting } from './programs/results.ts';

const ROWS = 120;

interface Strained {
  readonly state: string;
  readonly subtasks: number;
  readonly rows: readonly { readonly key: number; readonly value: number }[];
}

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/results.ts', import.meta.url));
}, 90_000);

/** The last value of each key. */
function finals(rows: Strained['rows']): Map<number, number> {
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** Sum of `value(i)` by `i % keys`, for i below `count`. */
function sums(count: number, keys: number, value: (i: number) => number): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < count; i++) found.set(i % keys, (found.get(i % keys) ?? 0) + value(i));
  return found;
}

const text = (row: unknown): string =>
  JSON.stringify(
    Object.entries(row as object).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );

describe.each([
  ['generated drivers', 'generated'],
  ['interpreted drivers', 'interpreted'],
])('a job with every kind of operator, with %s', (_, name) => {
  const settings = [true, false].flatMap((chaining) =>
    [1, 2, 4].flatMap((parallelism) =>
      // As in `typings` of the program, which cannot be imported without running it.
      (parallelism === 2 ? [true, false] : [chaining === (parallelism === 1)]).map((typed) => ({
        chaining,
        parallelism,
        typed,
      })),
    ),
  );

  test.each(settings)(
    'gives the rows of the model with chaining $chaining, parallelism $parallelism, typed $typed',
    (wanted) => {
      const runs = program.value<{ setting: Setting; digest: Digest }[]>(name);
      const run = runs.find(({ setting }) =>
        Object.entries(wanted).every(([key, value]) => setting[key as keyof Setting] === value),
      );
      const { bags, finals: folded, counts } = run!.digest;
      for (const [sink, rows] of Object.entries(expectedBags(ROWS))) {
        expect(bags[sink], sink).toEqual(rows.map(text).toSorted());
      }
      expect(folded).toEqual(expectedFinals(ROWS));
      expect(counts).toEqual({ sum: 96, min: 96, max: 96, minBy: 96, reduced: 96 });
    },
  );
});

describe('real threads', () => {
  test('run 32 subtasks on two workers and lose no row', () => {
    const { state, subtasks, rows } = program.value<Strained>('wide');
    expect(state).toBe('finished');
    expect(subtasks).toBe(32);
    expect(rows).toHaveLength(4000);
    // The sums grow, so the largest of a key is its last, in whatever order the ten subtasks arrive.
    const largest = new Map<number, number>();
    for (const { key, value } of rows) largest.set(key, Math.max(value, largest.get(key) ?? 0));
    expect(largest).toEqual(sums(4000, 13, (i) => 2 * i));
  });

  test('survive a flatMap of one row to ten thousand', () => {
    const { rows } = program.value<Strained>('burst');
    expect(rows).toHaveLength(30_000);
    expect(finals(rows)).toEqual(new Map([0, 1, 2, 3, 4].map((key) => [key, 2000 * 6])));
  });

  test.each([
    ['in rings of the usual size', 'diamond', 5000],
    ['in rings of 4 KiB', 'tinyRings', 3000],
  ])('join a diamond without a deadlock %s', (_, name, count) => {
    const { rows } = program.value<Strained>(name);
    expect(rows).toHaveLength(count);
    expect(finals(rows)).toEqual(sums(count, 13, (i) => (i % 2 === 0 ? i : -i)));
  });

  test('run 1 to 4 to 1', () => {
    const { rows, subtasks } = program.value<Strained>('hourglass');
    expect(subtasks).toBe(1 + 4 + 1);
    expect(rows).toHaveLength(5000);
    expect(finals(rows)).toEqual(sums(5000, 13, (i) => i + 1));
  });

  test('run several jobs at once, and one after the other, and keep none', () => {
    expect(program.value('manyJobs')).toEqual({
      running: 3,
      ids: 3,
      beside: [300, 400, 500],
      after: Array.from({ length: 30 }, () => 50),
      jobsLeft: 0,
    });
  });
});

describe('rows that come back', () => {
  test('wait for a slow reader: the job runs no further ahead than a few batches', () => {
    const { first, made, count, inOrder, last } = program.value<{
      first: unknown[];
      made: number;
      count: number;
      inOrder: boolean;
      last: number;
    }>('slowReader');
    expect(first).toEqual([0, 1, 2].map((value) => ({ key: value, value })));
    // Four batches of 1024 under way, one being filled, one step of rows in the chain.
    expect(made).toBeLessThanOrEqual(6 * 1024 + 3);
    expect(count).toBe(200_000);
    expect(inOrder).toBe(true);
    expect(last).toBe(199_999);
  });

  test('are kept when a reader leaves early, and the job goes on', () => {
    expect(program.value('readerThatLeaves')).toEqual({
      taken: 1500,
      state: 'finished',
      rest: 48_499,
      next: 1501,
    });
  });

  test('are shared by two readers', () => {
    expect(program.value('twoReaders')).toBe(20_000);
  });

  test('are printed line by line in order', () => {
    expect(program.value('prints')).toEqual({
      count: 3000,
      first: 'print|stdout|row 0',
      last: 'print|stdout|row 2999',
    });
  });
});

describe('the process', () => {
  test('ends by itself, and nothing was left unhandled', () => {
    expect(program.exitCode).toBe(0);
    expect(program.value('unhandled')).toEqual([]);
  });
});
