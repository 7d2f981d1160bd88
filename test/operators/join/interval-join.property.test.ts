import fc from 'fast-check';
import { expect, test } from 'vitest';

import { i32, job, record } from 'millrace';
import type { Job } from 'millrace';
import { testSink } from 'millrace/testing';
import { FORMS, play, runOptions, scripts, sorted, streamsOf } from './join-script.ts';
import type { Form, Model } from './join-script.ts';

const Pair = record('Pair', { left: i32, right: i32 });

interface Bounds {
  readonly lower: number;
  readonly upper: number;
  readonly lowerExclusive: boolean;
  readonly upperExclusive: boolean;
}

function intervalJob(form: Form, bounds: Bounds, how: 'function' | 'process' | 'select'): Job {
  return job('interval', (env) => {
    const { left, right } = streamsOf(env, form);
    const joined =
      form === 'bytes by function'
        ? left.keyBy((row) => row.id).intervalJoin(right.keyBy((row) => row.ref))
        : left.keyBy('id').intervalJoin(right.keyBy('ref'));
    let builder = joined.between(bounds.lower, `${bounds.upper}ms`);
    if (bounds.lowerExclusive) builder = builder.lowerBoundExclusive();
    if (bounds.upperExclusive) builder = builder.upperBoundExclusive();
    builder = builder.sideOutputLeftLateData('late-left').sideOutputRightLateData('late-right');
    const pairs =
      how === 'select' && form !== 'values'
        ? builder.select('Pair', { left: 'left.n', right: 'right.n' })
        : how === 'process'
          ? builder.process<{ left: number; right: number }>(
              {
                processElement: (a, b, context, out) => {
                  expect(context.timestamp).toBe(
                    Math.max(context.leftTimestamp, context.rightTimestamp),
                  );
                  out.collect({ left: a.n, right: b.n });
                },
              },
              Pair,
            )
          : builder.process((a, b) => ({ left: a.n, right: b.n }), Pair);
    pairs.sinkTo(testSink('out'));
    pairs.getSideOutput('late-left').sinkTo(testSink('late-left'));
    pairs.getSideOutput('late-right').sinkTo(testSink('late-right'));
  });
}

/** Keeps every row that is not late, and compares all with all. */
class IntervalModel implements Model {
  readonly kept = {
    left: [] as { key: number; n: number; time: number }[],
    right: [] as { key: number; n: number; time: number }[],
  };
  readonly late = { left: [] as number[], right: [] as number[] };

  row(
    side: 'left' | 'right',
    { key, n, time }: { readonly key: number; readonly n: number; readonly time: number },
    watermark: number,
  ): void {
    if (time < watermark) this.late[side].push(n);
    else this.kept[side].push({ key, n, time });
  }

  advance(): void {}

  results({ lower, upper, lowerExclusive, upperExclusive }: Bounds): unknown[] {
    return this.kept.left.flatMap((a) =>
      this.kept.right
        .filter((b) => {
          const apart = b.time - a.time;
          const above = lowerExclusive ? apart > lower : apart >= lower;
          const below = upperExclusive ? apart < upper : apart <= upper;
          return a.key === b.key && above && below;
        })
        .map((b) => ({ row: { left: a.n, right: b.n }, timestamp: Math.max(a.time, b.time) })),
    );
  }
}

test(
  'the results are the pairs of rows that were not late within the bounds, whatever the order, and late rows go aside',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        scripts({}),
        runOptions,
        fc.constantFrom(...FORMS),
        fc.integer({ min: -15, max: 10 }),
        fc.integer({ min: 2, max: 25 }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('function' as const, 'process' as const, 'select' as const),
        async (script, options, form, lower, width, lowerExclusive, upperExclusive, how) => {
          const bounds = { lower, upper: lower + width, lowerExclusive, upperExclusive };
          if (bounds.upper < 0) return;
          const model = new IntervalModel();
          const run = await play(intervalJob(form, bounds, how), script, options, model);
          expect(sorted(run.output('out').emitted)).toEqual(sorted(model.results(bounds)));
          for (const side of ['left', 'right'] as const) {
            const late = run.output<{ n: number }>(`late-${side}`).rows.map(({ n }) => n);
            expect(sorted(late)).toEqual(sorted(model.late[side]));
          }
        },
      ),
      { numRuns: 60 },
    );
  },
);
