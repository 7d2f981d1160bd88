/**
 * Law: a job that is stopped at any point and goes on at 1, 4 and 2 subtasks, with its operators chained otherwise, gives what
 * it gives uninterrupted: windows are open, timers set, requests under way, tables half made, sources half read.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  boundedOutOfOrderness,
  count,
  i32,
  job,
  record,
  session,
  sliding,
  sum,
  timestamp,
  tumbling,
} from 'millrace';
import type { Job, KeyedStream, ProcessFunction, Stream } from 'millrace';
import { generator } from 'millrace/connectors';
import { testSink, testSource, TestRun } from 'millrace/testing';
import type { TestRunOptions } from 'millrace/testing';

interface Entry {
  key: number;
  n: number;
  time: number;
}
const Entry = record('Entry', { key: i32, n: i32, time: timestamp });

/** Says at the end of each hundred how many rows there were up to then. */
const counting: ProcessFunction<Entry, unknown, number> = {
  processElement({ time }, context) {
    const times = context.getState<number[]>('times', () => []);
    times.update([...times.value(), time]);
    context.timerService().registerEventTimeTimer(Math.ceil((time + 1) / 100) * 100);
  },
  onTimer(time, context, out) {
    const times = context.getState<number[]>('times', () => []).value();
    out.collect({ key: context.key, rows: times.filter((one) => one < time).length, time });
  },
};

type Keyed = KeyedStream<Entry, number>;
/** Keyed parts of a job; each gives the same whatever the order of the rows between two watermarks. */
const KEYED: Readonly<Record<string, (rows: Keyed) => Stream<never> | Stream<unknown>>> = {
  tumbling: (rows) => rows.window(tumbling('100ms')).aggregate({ rows: count(), total: sum('n') }),
  sliding: (rows) =>
    rows.window(sliding('200ms', '50ms')).aggregate({ rows: count(), total: sum('n') }),
  session: (rows) => rows.window(session('30ms')).aggregate({ rows: count(), total: sum('n') }),
  panes: (rows) =>
    rows
      .window(tumbling('150ms'))
      .reduce((a, b) => ({ key: a.key, n: a.n + b.n, time: Math.max(a.time, b.time) })),
  timers: (rows) => rows.process(counting),
  joined: (rows) =>
    rows
      .intervalJoin(rows.filter(({ n }) => n % 3 === 0).keyBy('key'))
      .between('-20ms', '20ms')
      .select('Pair', { key: 'left.key', a: 'left.n', b: 'right.n', time: 'right.time' }),
  topN: (rows) => rows.topN(2, { by: 'n', withRank: true }),
  aggregated: (rows) =>
    rows.aggregate({ rows: count(), total: sum('n') }, { miniBatch: { keys: 2 } }),
};

interface Shape {
  readonly keyed: readonly string[];
  readonly asked: 'no' | 'ordered' | 'unordered';
  readonly generated: boolean;
  readonly rows: readonly Entry[];
}

/** Rows go through requests to outside, then into each of the keyed parts. */
function jobOf({ keyed, asked, generated, rows }: Shape): Job {
  return job('parts', (env) => {
    // Splits are read one after the other: no time ends before the input does.
    const times = boundedOutOfOrderness<Entry>(({ time }) => time, '1h');
    const entries: Stream<Entry> = generated
      ? env.fromSource(
          generator({ type: Entry, count: rows.length, splits: 5, row: (n) => rows[n]! }),
          times,
        )
      : env.fromSource(testSource('entries', Entry, { subtasks: 2 }));
    const answered =
      asked === 'no'
        ? entries.map(({ key, n, time }) => ({ key, n, time }), Entry)
        : entries.mapAsync(
            async (row) => {
              const copy = { key: row.key, n: row.n, time: row.time };
              await new Promise((resolve) => setImmediate(resolve));
              return copy;
            },
            { ordered: asked === 'ordered', capacity: 7 },
            Entry,
          );
    for (const name of keyed) {
      const out = KEYED[name]!(answered.name('answered').keyBy('key')) as Stream<unknown>;
      out.sinkTo(testSink(name));
    }
  });
}

/** What came of the run by output: rows and how often, less those that were taken back. */
function resultsOf(run: TestRun): Record<string, Record<string, number>> {
  const all = run.outputs.map((name) => {
    const counts: Record<string, number> = {};
    for (const { row, change = 'insert' } of run.output(name).emitted) {
      const text = JSON.stringify(row, (_, value: unknown) => value ?? null);
      const sign = change === 'insert' || change === 'updateAfter' ? 1 : -1;
      counts[text] = (counts[text] ?? 0) + sign;
      if (counts[text] === 0) delete counts[text];
    }
    return [name, counts] as const;
  });
  return Object.fromEntries(all);
}

/** Says a part of the rows to the test source, and that time went on; each part is later than the ones before. */
function tell(run: TestRun, { rows, generated }: Shape, part: number, parts: number): void {
  if (generated) return;
  const from = Math.floor((rows.length * part) / parts);
  const to = Math.floor((rows.length * (part + 1)) / parts);
  rows.slice(from, to).forEach((row, i) => {
    run.source<Entry>('entries', i % 2).push(row, row.time);
  });
}

const options: fc.Arbitrary<TestRunOptions> = fc.record({
  seed: fc.integer(),
  chaining: fc.boolean(),
  codegen: fc.boolean(),
  ringBytes: fc.constantFrom(4096, 65_536),
  stepRowsMax: fc.constantFrom(1, 5, 64),
  operatorParallelism: fc.constantFrom({}, { answered: 3 }),
});

const shape: fc.Arbitrary<Shape> = fc.record({
  keyed: fc.uniqueArray(fc.constantFrom(...Object.keys(KEYED)), { minLength: 1, maxLength: 3 }),
  asked: fc.constantFrom('no', 'ordered', 'unordered'),
  generated: fc.boolean(),
  rows: fc
    .array(fc.record({ key: fc.nat(9), n: fc.nat(99), gap: fc.nat(12) }), {
      minLength: 1,
      maxLength: 60,
      size: 'max',
    })
    .map((all) => {
      let time = 0;
      // No two are alike: ranks do not depend on the order.
      return all.map(({ key, n, gap }, i) => ({ key, n: 64 * n + i, time: (time += gap) }));
    }),
});

/** The watermark behind a part, smaller than all that follows. */
function watermarkBehind({ rows }: Shape, part: number, parts: number): number {
  const next = rows[Math.floor((rows.length * (part + 1)) / parts)];
  return (next?.time ?? 1_000_000) - 1;
}

describe('a job that goes on at 1, 4 and 2 subtasks', () => {
  it('gives what it gives uninterrupted', async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.tuple(options, options, options, options),
        fc.tuple(fc.nat(120), fc.nat(120), fc.nat(120)),
        async (drawn, [plain, ...chosen], steps) => {
          const whole = await TestRun.start(jobOf(drawn), { ...plain, parallelism: 1 });
          for (let part = 0; part < 3; part++) {
            tell(whole, drawn, part, 3);
            if (!drawn.generated) {
              whole.source('entries').watermark(watermarkBehind(drawn, part, 3));
            }
          }
          await whole.finish();

          let run: TestRun | undefined;
          for (const [part, parallelism] of [1, 4, 2].entries()) {
            const settings = { ...chosen[part]!, parallelism };
            if (run === undefined) run = await TestRun.start(jobOf(drawn), settings);
            else {
              const snapshot = await run.checkpoint(run.barrier());
              await run.cancel();
              run = await TestRun.restore(jobOf(drawn), snapshot, settings, run);
            }
            tell(run, drawn, part, 3);
            run.step(steps[part]!);
            if (!drawn.generated) {
              run.source('entries').watermark(watermarkBehind(drawn, part, 3));
            }
            // Some answers come, the others are under way.
            await new Promise((resolve) => setImmediate(resolve));
            run.step(steps[2 - part]!);
          }
          await run!.finish();
          expect(resultsOf(run!)).toEqual(resultsOf(whole));
        },
      ),
      { numRuns: Number(process.env['RESCALED_RUNS'] ?? 15) },
    );
  });
});
