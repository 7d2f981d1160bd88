import fc from 'fast-check';
import { expect, test } from 'vitest';

import { i32, job, nullable, record } from 'millrace';
import type { Job, Stream } from 'millrace';
import { testSink } from 'millrace/testing';
import type { JoinWhere } from '../../../src/graph/index.ts';
import type { WindowAssigner } from '../../../src/operators/index.ts';
import { FORMS, play, runOptions, scripts, sorted, streamsOf } from './join-script.ts';
import type { Form, LeftRow, Model, RightRow } from './join-script.ts';

const Pair = record('Pair', { left: nullable(i32), right: nullable(i32) });
type Kind = 'inner' | 'left' | 'right' | 'full' | 'coGroup';
const KINDS: readonly Kind[] = ['inner', 'left', 'right', 'full', 'coGroup'];

interface Setting {
  readonly kind: Kind;
  readonly form: Form;
  readonly assigner: WindowAssigner;
  readonly lateness: number;
}

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

/** Gap of a session by row: what a function says, on both sides. */
const gapOf = (n: number): number => 3 + (n % 4) * 5;

function windowJob({ kind, form, assigner, lateness }: Setting): Job {
  return job('windows', (env) => {
    const { left, right } = streamsOf(env, form);
    const byFunction = form === 'bytes by function';
    if (kind === 'coGroup') {
      const where = left.coGroup(right);
      const keyed = byFunction
        ? where.where((row) => row.id).equalTo((row) => row.ref)
        : where.where('id').equalTo('ref');
      let grouped = keyed
        .window(assigner)
        .sideOutputLeftLateData('late-left')
        .sideOutputRightLateData('late-right');
      if (lateness > 0) grouped = grouped.allowedLateness(lateness);
      const results = grouped.apply((lefts, rights, out, window) => {
        const l = ascending(Array.from(lefts, ({ n }) => n));
        const r = ascending(Array.from(rights, ({ n }) => n));
        out.collect({ l, r, end: window.end, start: window.start });
      });
      results.sinkTo(testSink('out'));
      results.getSideOutput('late-left').sinkTo(testSink('late-left'));
      results.getSideOutput('late-right').sinkTo(testSink('late-right'));
      return;
    }
    const where = joinOf(left, right, kind);
    const keyed = byFunction
      ? where.where((row) => row.id).equalTo((row) => row.ref)
      : where.where('id').equalTo('ref');
    let joined = keyed
      .window(assigner)
      .sideOutputLeftLateData('late-left')
      .sideOutputRightLateData('late-right');
    if (lateness > 0) joined = joined.allowedLateness(lateness);
    const results = joined.apply(
      (l?: LeftRow, r?: RightRow) => ({ left: l?.n ?? null, right: r?.n ?? null }),
      Pair,
    );
    results.sinkTo(testSink('out'));
    results.getSideOutput('late-left').sinkTo(testSink('late-left'));
    results.getSideOutput('late-right').sinkTo(testSink('late-right'));
  });
}

function joinOf(
  left: Stream<LeftRow>,
  right: Stream<RightRow>,
  kind: Kind,
): JoinWhere<LeftRow, RightRow, 'full'> {
  type Any = JoinWhere<LeftRow, RightRow, 'full'>;
  if (kind === 'left') return left.leftJoin(right) as unknown as Any;
  if (kind === 'right') return left.rightJoin(right) as unknown as Any;
  if (kind === 'full') return left.fullJoin(right);
  return left.join(right) as unknown as Any;
}

interface OneWindow {
  readonly key: number;
  start: number;
  end: number;
  readonly left: number[];
  readonly right: number[];
}

/** Windows as lists of rows, each with its own copy, sessions merged as they touch. */
class WindowsModel implements Model {
  readonly results: unknown[] = [];
  readonly late = { left: [] as number[], right: [] as number[] };
  readonly #setting: Setting;
  #windows: OneWindow[] = [];
  #clock = Number.MIN_SAFE_INTEGER;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  row(
    side: 'left' | 'right',
    { key, n, time }: { readonly key: number; readonly n: number; readonly time: number },
    watermark: number,
    nowMs: number,
  ): void {
    const { assigner, lateness } = this.#setting;
    const processing = assigner.kind !== 'global' && assigner.time === 'processing';
    const now = processing ? Number.MIN_SAFE_INTEGER : watermark;
    const at = processing ? nowMs : time;
    const ranges = this.#ranges(at, n);
    if (ranges.length === 0) {
      if (at + lateness <= now) this.late[side].push(n);
      return;
    }
    let taken = false;
    for (const [start, end] of ranges) {
      let window: OneWindow = { key, start, end, left: [], right: [] };
      let others = this.#windows;
      if (assigner.kind === 'session') {
        const touching = others.filter((w) => w.key === key && w.start <= end && start <= w.end);
        window = {
          key,
          start: Math.min(start, ...touching.map((w) => w.start)),
          end: Math.max(end, ...touching.map((w) => w.end)),
          left: touching.flatMap((w) => w.left),
          right: touching.flatMap((w) => w.right),
        };
        others = others.filter((w) => !touching.includes(w));
      } else {
        const known = others.find((w) => w.key === key && w.start === start && w.end === end);
        window = known ?? window;
        others = others.filter((w) => w !== known);
      }
      if (window.end - 1 + lateness <= now) continue;
      taken = true;
      window[side].push(n);
      this.#windows = [...others, window];
      if (window.end - 1 <= now) this.#fire(window);
    }
    if (!taken) this.late[side].push(n);
  }

  advance(watermark: number, nowMs: number): void {
    const { assigner, lateness } = this.#setting;
    const processing = assigner.kind !== 'global' && assigner.time === 'processing';
    // By the clock a window is over when its last millisecond is.
    const now = processing ? nowMs - 1 : watermark;
    if (now <= this.#clock) return;
    for (const window of this.#windows) {
      if (window.end - 1 > this.#clock && window.end - 1 <= now) this.#fire(window);
    }
    this.#windows = this.#windows.filter(({ end }) => end - 1 + lateness > now);
    this.#clock = now;
  }

  #ranges(time: number, n: number): (readonly [number, number])[] {
    const { assigner } = this.#setting;
    const found: [number, number][] = [];
    const whole = [-200, 200] as const;
    switch (assigner.kind) {
      case 'session':
        return [[time, time + (typeof assigner.gap === 'number' ? assigner.gap : gapOf(n))]];
      case 'global':
        return [[Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]];
      case 'tumbling':
      case 'sliding': {
        const slide = assigner.kind === 'tumbling' ? assigner.sizeMs : assigner.slideMs;
        for (let k = whole[0]; k <= whole[1]; k++) {
          const start = k * slide + assigner.offsetMs;
          if (start <= time && time < start + assigner.sizeMs) {
            found.push([start, start + assigner.sizeMs]);
          }
        }
        return found;
      }
      case 'cumulative':
        for (let k = whole[0]; k <= whole[1]; k++) {
          const start = k * assigner.maxSizeMs + assigner.offsetMs;
          for (let size = assigner.stepMs; size <= assigner.maxSizeMs; size += assigner.stepMs) {
            if (start <= time && time < start + size) found.push([start, start + size]);
          }
        }
        return found;
    }
  }

  #fire({ start, end, left, right }: OneWindow): void {
    const { kind } = this.#setting;
    const timestamp = end - 1;
    const emit = (row: unknown): void => void this.results.push({ row, timestamp });
    if (kind === 'coGroup') {
      emit({ l: ascending(left), r: ascending(right), end, start });
      return;
    }
    for (const l of left) for (const r of right) emit({ left: l, right: r });
    if (right.length === 0 && (kind === 'left' || kind === 'full')) {
      for (const l of left) emit({ left: l, right: null });
    }
    if (left.length === 0 && (kind === 'right' || kind === 'full')) {
      for (const r of right) emit({ left: null, right: r });
    }
  }
}

const time = fc.constantFrom('event' as const, 'event' as const, 'processing' as const);
const size = fc.integer({ min: 1, max: 25 });
const offset = fc.integer({ min: -3, max: 3 });
const assigners: fc.Arbitrary<WindowAssigner> = fc.oneof(
  fc.record({ kind: fc.constant('tumbling' as const), time, sizeMs: size, offsetMs: offset }),
  fc.record({
    kind: fc.constant('sliding' as const),
    time,
    sizeMs: size,
    slideMs: fc.integer({ min: 1, max: 12 }),
    offsetMs: offset,
  }),
  fc
    .record({
      time,
      stepMs: fc.integer({ min: 1, max: 8 }),
      steps: fc.integer({ min: 1, max: 4 }),
      offsetMs: offset,
    })
    .map(({ steps, stepMs, ...rest }) => ({
      kind: 'cumulative' as const,
      ...rest,
      stepMs,
      maxSizeMs: steps * stepMs,
    })),
  fc.record({
    kind: fc.constant('session' as const),
    time,
    gap: fc.oneof(
      size,
      fc.constant(({ n }: { n: number }) => gapOf(n)),
    ),
  }),
  fc.constant({ kind: 'global' as const }),
);

test(
  'rows of one key and window are paired when the window is over, and late rows go aside or fire it again',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        scripts({ clock: true }),
        runOptions,
        fc.record({
          kind: fc.constantFrom(...KINDS),
          form: fc.constantFrom(...FORMS),
          assigner: assigners,
          lateness: fc.constantFrom(0, 0, 1, 10),
        }),
        async (script, options, drawn) => {
          const { assigner } = drawn;
          const event = assigner.kind !== 'global' && assigner.time === 'event';
          const setting = { ...drawn, lateness: event ? drawn.lateness : 0 };
          const model = new WindowsModel(setting);
          const settled = script.map((say) => (say.say === 'row' ? { ...say, settle: true } : say));
          const run = await play(windowJob(setting), settled, options, model);
          expect(sorted(run.output('out').emitted)).toEqual(sorted(model.results));
          for (const side of ['left', 'right'] as const) {
            const late = run.output<{ n: number }>(`late-${side}`).rows.map(({ n }) => n);
            expect(sorted(late)).toEqual(sorted(model.late[side]));
          }
        },
      ),
      { numRuns: 70 },
    );
  },
);
