/**
 * Scripts of what two sources say, run through a whole job: rows and watermarks of several channels, idleness, restores.
 *
 * The model of a test is told the same in the same order, with the watermark that the join had reached by then.
 */

import fc from 'fast-check';

import { i32, record, utf8 } from 'millrace';
import type { Job, RecordType, Stream } from 'millrace';
import { testSource, TestRun } from 'millrace/testing';
import type { Change, TestRunOptions } from 'millrace/testing';
import type { JobEnvironment } from 'millrace';

export interface LeftRow {
  readonly id: number;
  readonly n: number;
  readonly name: string;
}
export interface RightRow {
  readonly n: number;
  readonly ref: number;
}
export const Left: RecordType<LeftRow> = record('Left', { id: i32, n: i32, name: utf8 });
export const Right: RecordType<RightRow> = record('Right', { n: i32, ref: i32 });

/** How rows are kept: as bytes, as bytes under keys of the heap, as values of the heap. */
export type Form = 'bytes' | 'bytes by function' | 'values';
export const FORMS: readonly Form[] = ['bytes', 'bytes by function', 'values'];

/** One thing that a source says, or that is done to the job. */
export type Say =
  | {
      readonly say: 'row';
      readonly side: 'left' | 'right';
      readonly key: number;
      readonly time: number;
      readonly change: Change;
      /** Which of the rows of its key, for rows that are to be equal. */
      readonly which: number;
      /** Whether the job comes to rest before the next row. */
      readonly settle: boolean;
    }
  | {
      readonly say: 'watermark';
      readonly side: 'left' | 'right';
      readonly channel: number;
      readonly time: number;
    }
  | { readonly say: 'idle'; readonly side: 'left' | 'right'; readonly channel: number }
  | { readonly say: 'clock'; readonly ms: number }
  | { readonly say: 'restore'; readonly parallelism: number };

/** What a test compares with. */
export interface Model {
  row(
    side: 'left' | 'right',
    row: {
      readonly key: number;
      readonly n: number;
      readonly time: number;
      readonly change: Change;
    },
    watermark: number,
    nowMs: number,
  ): void;
  /** The watermark of the join, or the clock, advanced. */
  advance(watermark: number, nowMs: number): void;
}

/** The two streams of a job in one of the forms; a job keys them by `id` and `ref`. */
export function streamsOf(
  env: JobEnvironment,
  form: Form,
): { readonly left: Stream<LeftRow>; readonly right: Stream<RightRow> } {
  if (form === 'values') {
    return {
      left: env.fromSource(testSource<LeftRow>('left')),
      right: env.fromSource(testSource<RightRow>('right')),
    };
  }
  return {
    left: env.fromSource(testSource('left', Left)),
    right: env.fromSource(testSource('right', Right)),
  };
}

/** Scripts of any length up to `maxLength`. */
export function scripts(options: {
  readonly changes?: boolean;
  readonly clock?: boolean;
  readonly maxLength?: number;
}): fc.Arbitrary<readonly Say[]> {
  const side = fc.constantFrom('left' as const, 'right' as const);
  const time = fc.integer({ min: -20, max: 60 });
  const channel = fc.nat(5);
  const row = fc.record({
    say: fc.constant('row' as const),
    side,
    key: fc.nat(2),
    time,
    change: options.changes
      ? fc.constantFrom<Change>('insert', 'insert', 'delete', 'updateAfter', 'updateBefore')
      : fc.constant<Change>('insert'),
    which: fc.nat(2),
    settle: fc.boolean(),
  });
  const watermark = fc.record({ say: fc.constant('watermark' as const), side, channel, time });
  const idle = fc.record({ say: fc.constant('idle' as const), side, channel });
  const restore = fc.record({
    say: fc.constant('restore' as const),
    parallelism: fc.integer({ min: 1, max: 3 }),
  });
  const clock = fc.record({ say: fc.constant('clock' as const), ms: fc.nat(30) });
  const ticks = options.clock ? [{ arbitrary: clock, weight: 2 }] : [];
  const { maxLength = 40 } = options;
  // A channel that was idle is not told again what it missed, so a restore could let the watermark go back.
  const withIdle = fc.array(
    fc.oneof(
      { arbitrary: row, weight: 8 },
      { arbitrary: watermark, weight: 4 },
      { arbitrary: idle, weight: 1 },
      ...ticks,
    ),
    { maxLength },
  );
  const withRestore = fc.array(
    fc.oneof(
      { arbitrary: row, weight: 8 },
      { arbitrary: watermark, weight: 4 },
      { arbitrary: restore, weight: 1 },
      ...ticks,
    ),
    { maxLength },
  );
  return fc.oneof(withIdle, withRestore) as fc.Arbitrary<readonly Say[]>;
}

/** How a script is run: everything that must not change its results. */
export const runOptions: fc.Arbitrary<TestRunOptions> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  parallelism: fc.integer({ min: 1, max: 3 }),
  codegen: fc.boolean(),
  refuseSteps: fc.boolean(),
  stepRowsMax: fc.constantFrom(1, 3, 64),
  ringBytes: fc.constantFrom(4096, 65_536),
});

/** Runs a script to its end; gives the run, whose outputs are to be compared with what the model expects. */
export async function play(
  job: Job,
  script: readonly Say[],
  options: TestRunOptions,
  model: Model,
  changes = false,
): Promise<TestRun> {
  let run = await TestRun.start(job, options);
  let parallelism = options.parallelism ?? 1;
  const told = new Map<string, number>();
  let watermark = run.output('out').watermark;
  let n = 0;
  const settle = (): void => {
    run.settle();
    watermark = run.output('out').watermark;
    model.advance(watermark, run.nowMs);
  };
  for (const say of script) {
    switch (say.say) {
      case 'row': {
        const { side, key, time, change } = say;
        const number = changes ? say.which : n++;
        const row =
          side === 'left'
            ? { id: key, n: number, name: `left ${number}`.repeat(1 + (number % 3)) }
            : { n: number, ref: key };
        const feed = run.source(side);
        if (change === 'insert') feed.push(row, time);
        else feed.pushChange(change, row, time);
        model.row(side, { key, n: number, time, change }, watermark, run.nowMs);
        // Rows of a changelog are ordered; rows of others may meet in any order between two watermarks.
        if (say.settle || changes) settle();
        break;
      }
      case 'watermark': {
        run.settle();
        const name = `${say.side} ${say.channel % parallelism}`;
        if (say.time <= (told.get(name) ?? -Infinity)) break;
        told.set(name, say.time);
        run.source(say.side, say.channel % parallelism).watermark(say.time);
        settle();
        break;
      }
      case 'idle':
        run.settle();
        run.source(say.side, say.channel % parallelism).idle();
        settle();
        break;
      case 'clock':
        run.settle();
        run.advanceProcessingTime(say.ms);
        settle();
        break;
      case 'restore': {
        const snapshot = await run.checkpoint();
        await run.cancel();
        parallelism = say.parallelism;
        run = await TestRun.restore(job, snapshot, { ...options, parallelism }, run);
        told.clear();
        for (const side of ['left', 'right']) {
          // What the channels are told again is not less than the least of what they were told before.
          for (let i = 0; i < parallelism; i++) told.set(`${side} ${i}`, watermark);
        }
        settle();
      }
    }
  }
  await run.finish();
  model.advance(Number.MAX_SAFE_INTEGER, run.nowMs);
  return run;
}

/** Rows with timestamps as texts, sorted: for results without an order. */
export function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}
