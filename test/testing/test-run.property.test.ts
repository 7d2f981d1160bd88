/**
 * Laws of test runs: the same job, options and calls give the same run; what a job gives depends on its input alone, also
 * when it goes on from a checkpoint whose barrier was sent at any point, with any parallelism.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { i32, job, record } from 'millrace';
import type { Job, ProcessFunction } from 'millrace';
import { testSink, testSource, TestRun } from 'millrace/testing';
import type { TestRunOptions } from 'millrace/testing';

interface Entry {
  key: number;
  n: number;
}
const Entry = record('Entry', { key: i32, n: i32 });

/** The running sum of each key. */
const summing: ProcessFunction<Entry, Entry, number> = {
  processElement({ key, n }, context, out) {
    const sum = context.getState('sum', 0);
    sum.update(sum.value() + n);
    out.collect({ key, n: sum.value() });
  },
};

const sums: Job = job('sums', (env) => {
  env
    .fromSource(testSource('entries', Entry))
    .rebalance()
    .map(({ key, n }) => ({ key, n: 2 * n }), Entry)
    .keyBy('key')
    .process(summing, Entry)
    .sinkTo(testSink('sums'));
});

const entries = fc.array(fc.record({ key: fc.nat(5), n: fc.integer({ min: -99, max: 99 }) }), {
  maxLength: 60,
  size: 'max',
});

const options: fc.Arbitrary<TestRunOptions> = fc.record({
  seed: fc.integer(),
  parallelism: fc.constantFrom(1, 2, 3),
  chaining: fc.boolean(),
  codegen: fc.boolean(),
  ringBytes: fc.constantFrom(4096, 65_536),
  stepRowsMax: fc.constantFrom(1, 5, 64),
  refuseSteps: fc.boolean(),
  guardRows: fc.boolean(),
});

/** The final sum of each key. */
function expected(rows: readonly Entry[]): Map<number, number> {
  const totals = new Map<number, number>();
  for (const { key, n } of rows) totals.set(key, (totals.get(key) ?? 0) + 2 * n);
  return totals;
}

/** The final sums in the state of a run. */
async function held(run: TestRun): Promise<Map<unknown, unknown>> {
  const state = await run.state('process');
  return new Map(state.map(({ key, value }) => [key, value]));
}

describe('a test run', () => {
  it('takes the same steps and gives the same events in the same order, every time', async () => {
    const trace = async (rows: readonly Entry[], chosen: TestRunOptions): Promise<unknown> => {
      const run = await TestRun.start(sums, chosen);
      run.source<Entry>('entries').pushAll(rows, (_, i) => i);
      run.step(7);
      run.source('entries').watermark(30).idle();
      await run.finish();
      return [run.steps, run.output('sums').events];
    };
    await fc.assert(
      fc.asyncProperty(entries, options, async (rows, chosen) => {
        expect(await trace(rows, chosen)).toEqual(await trace(rows, chosen));
      }),
      { numRuns: 15 },
    );
  });

  it('goes on from a barrier sent at any point, with any parallelism, without losing or doubling a row', async () => {
    await fc.assert(
      fc.asyncProperty(
        entries,
        options,
        options,
        fc.nat(60),
        async (rows, before, after, steps) => {
          const first = await TestRun.start(sums, before);
          first.source<Entry>('entries').pushAll(rows);
          first.step(steps);
          const snapshot = await first.checkpoint(first.barrier());
          // What happens afterwards does not change the snapshot.
          expect(await held(first)).toEqual(expected(rows));
          await first.cancel();
          const second = await TestRun.restore(sums, snapshot, after);
          await second.drain();
          expect(await held(second)).toEqual(expected(rows));
          await second.finish();
          expect(second.stateBytes).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });
});
