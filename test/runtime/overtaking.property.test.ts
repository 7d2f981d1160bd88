/**
 * Law: the state that a barrier finds and the rows that it overtook, restored and read before anything else, give what a run gives
 * that goes on, with any parallelism, whatever the order of steps, and however much waits for credit.
 */

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { count, i32, i64, job, record, tumbling, utf8 } from 'millrace';
import type { Job } from 'millrace';
import { testSink, testSource, TestRun } from 'millrace/testing';
import type { JobSnapshot, TestRunOptions } from 'millrace/testing';

interface Entry {
  key: number;
  n: number;
  text: string;
}
const Entry = record('Entry', { key: i32, n: i32, text: utf8 });
const Sum = record('Sum', { key: i32, n: i32 });
const Count = record('Count', { key: i32, n: i64 });
const SOME_TEXT = 'rows that fill a ring '.repeat(8);

/** Two keyed exchanges, a rebalanced one, and a row that becomes many. */
const sums: Job = job('sums', (env) => {
  env
    .fromSource(testSource('entries', Entry))
    .rebalance()
    .flatMap<Entry>(({ key, n, text }, out) => {
      for (let i = 0; i < 3; i++) out.collect({ key, n: i === 0 ? n : 0, text });
    }, Entry)
    .keyBy('key')
    .map(({ key, n, text }) => ({ key: key % 3, n, text }), Entry)
    .keyBy('key')
    .sum('n')
    .map(({ key, n }) => ({ key, n }), Sum)
    .sinkTo(testSink('out'));
});

/** Windows in event time behind two sources. */
const windows: Job = job('windows', (env) => {
  const first = env.fromSource(testSource('entries', Entry));
  const second = env.fromSource(testSource('more', Entry));
  first
    .union(second)
    .keyBy('key')
    .window(tumbling(10))
    .aggregate({ n: count() })
    .keyBy('key')
    .sum('n')
    .map(({ key, n }) => ({ key, n }), Count)
    .sinkTo(testSink('out'));
});

/** Answers that come later, and a side that every subtask gets. */
const answers: Job = job('answers', (env) => {
  env
    .fromSource(testSource('entries', Entry))
    .rebalance()
    .mapAsync(async (row) => row, { capacity: 3 }, Entry)
    .broadcast()
    .filter(({ n }) => n >= 0)
    .setParallelism(1)
    .keyBy('key')
    .sum('n')
    .map(({ key, n }) => ({ key, n }), Sum)
    .sinkTo(testSink('out'));
});

const options: fc.Arbitrary<TestRunOptions> = fc.record({
  seed: fc.integer(),
  parallelism: fc.constantFrom(1, 2, 3),
  chaining: fc.boolean(),
  codegen: fc.boolean(),
  ringBytes: fc.constant(4096),
  stepRowsMax: fc.constantFrom(1, 5, 64),
  refuseSteps: fc.boolean(),
  guardRows: fc.boolean(),
});

const rows = fc.array(fc.record({ key: fc.nat(7), n: fc.integer({ min: 0, max: 9 }) }), {
  minLength: 20,
  maxLength: 120,
  size: 'max',
});

/** The largest number of each key: what its last row says, since none is negative. */
function last(run: TestRun): Map<number, number> {
  const found = new Map<number, number>();
  for (const { key, n } of run.output<{ key: number; n: number }>('out').rows) {
    found.set(key, Math.max(Number(n), found.get(key) ?? 0));
  }
  return found;
}

function inFlightBytes({ subtasks }: JobSnapshot): number {
  return subtasks
    .flatMap(({ inFlight = [] }) => inFlight)
    .flatMap(({ pieces }) => pieces)
    .reduce((sum, { length }) => sum + length, 0);
}

/** Steps of some subtasks only: the others stand for slow ones. */
function stepSome(run: TestRun, steps: number, stalled: number): void {
  const some = run.subtasks.filter((_, id) => id % 4 !== stalled);
  for (let i = 0; i < steps && some.length > 0; i++) some[(i * 7) % some.length]!.step();
}

const modes = fc.constantFrom('unaligned' as const, 'aligned-with-timeout' as const);

async function goesOn(made: Job, sources: readonly string[]): Promise<number> {
  let overtaken = 0;
  await fc.assert(
    fc.asyncProperty(
      rows,
      options,
      options,
      fc.nat(200),
      fc.nat(4),
      modes,
      fc.boolean(),
      async (all, before, after, steps, stalled, mode, ends) => {
        const first = await TestRun.start(made, before);
        const push = (run: TestRun, from: number, to: number): void => {
          for (let i = from; i < to; i++) {
            const source = run.source<Entry>(sources[i % sources.length]!, 0);
            source.push({ ...all[i]!, text: SOME_TEXT }, i);
            if (i % 5 === 4) for (const name of sources) run.source(name).watermark(i - 5);
          }
        };
        push(first, 0, all.length);
        if (ends) for (const name of sources) first.source(name).end();
        stepSome(first, steps, stalled);
        // Sources that ended close.
        await new Promise((resolve) => setImmediate(resolve));
        stepSome(first, 2, stalled);
        await new Promise((resolve) => setImmediate(resolve));
        const begun = first.barrier(mode);
        stepSome(first, 20, stalled);
        const snapshot = await first.checkpoint(begun);
        overtaken += inFlightBytes(snapshot);
        await first.cancel();
        const second = await TestRun.restore(made, snapshot, after, first);
        await second.finish();
        const whole = await TestRun.start(made, { seed: 1 });
        push(whole, 0, all.length);
        await whole.finish();
        expect(last(second)).toEqual(last(whole));
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
  return overtaken;
}

describe('a job restored from a barrier that overtook rows goes on as if it had not stopped', () => {
  it('with keyed and rebalanced exchanges', async () => {
    expect(await goesOn(sums, ['entries'])).toBeGreaterThan(0);
  });

  it('with windows in event time behind two sources', async () => {
    expect(await goesOn(windows, ['entries', 'more'])).toBeGreaterThan(0);
  });

  it('with requests under way and an exchange on which no barrier overtakes', async () => {
    expect(await goesOn(answers, ['entries'])).toBeGreaterThan(0);
  });
});

test.each(['aligned', 'unaligned'] as const)(
  'rows that their producer left in a ring when it finished are not lost (%s)',
  async (mode) => {
    const run = await TestRun.start(sums, { guardRows: false });
    for (let i = 0; i < 40; i++) {
      run.source<Entry>('entries').push({ key: i % 8, n: 1, text: SOME_TEXT }, i);
    }
    run.source('entries').end();
    const [source] = run.subtasks;
    for (let turns = 0; source!.state !== 'finished' && turns < 100; turns++) {
      for (let i = 0; i < 50; i++) source!.step();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(source!.state).toBe('finished');
    const snapshot = await run.checkpoint(run.barrier(mode));
    expect(inFlightBytes(snapshot) > 0).toBe(mode === 'unaligned');
    await run.cancel();
    const again = await TestRun.restore(sums, snapshot, {}, run);
    await again.finish();
    expect([...last(again)].toSorted(([x], [y]) => x - y)).toEqual([
      [0, 15],
      [1, 15],
      [2, 10],
    ]);
  },
);

describe('a barrier and a sink that takes nothing', () => {
  const passed = async (mode: 'aligned' | 'unaligned'): Promise<string[]> => {
    const run = await TestRun.start(sums, { parallelism: 2, ringBytes: 4096 });
    const names: string[] = [];
    for (const { chain } of run.subtasks) {
      const onSnapshot = chain.control.onSnapshot.bind(chain.control);
      chain.control.onSnapshot = (barrier, what) => {
        names.push(chain.plan.name);
        onSnapshot(barrier, what);
      };
    }
    for (let i = 0; i < 500; i++) {
      run.source<Entry>('entries').push({ key: i % 8, n: 1, text: SOME_TEXT }, i);
    }
    const most = run.subtasks.slice(0, -2);
    const step = (): void => {
      for (let i = 0; i < 400; i++) for (const subtask of most) subtask.step();
    };
    step();
    run.barrier(mode);
    step();
    await run.cancel();
    return names;
  };

  it('passes all subtasks before it when it overtakes', async () => {
    expect(await passed('unaligned')).toHaveLength(6);
  });

  it('waits for room when it does not', async () => {
    expect(await passed('aligned')).toEqual([]);
  });
});
