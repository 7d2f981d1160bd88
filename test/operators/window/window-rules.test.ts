import { describe, expect, it } from 'vitest';
import type { Transformation } from '../../../src/operators/index.ts';
import type { WindowAssigner } from '../../../src/operators/window/assigner.ts';
import type { WindowFold } from '../../../src/operators/window/fold.ts';
import type { ProcessWindowFunction } from '../../../src/operators/window/window-function.ts';
import type { WindowSpec } from '../../../src/operators/window/window-spec.ts';
import {
  describeWindows,
  windowFieldFold,
  windowTransformation,
} from '../../../src/operators/window/window-transformation.ts';
import { countTriggerOf } from '../../../src/operators/window/count-trigger.ts';
import { countEvictorOf } from '../../../src/operators/window/evictors.ts';
import { purgingTriggerOf } from '../../../src/operators/window/wrapping-triggers.ts';
import { END_OF_TIME, f64, i32, record, RowKind, utf8 } from '../../../src/record/index.ts';
import { errorOf } from '../../graph/errors.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';
import type { HarnessOptions } from '../../support/operator-harness.ts';

interface Bid {
  readonly key: string;
  readonly n: number;
}
const Bid = record('Bid', { key: utf8, n: i32 });
const typed: HarnessOptions = { inputs: [{ type: Bid, keyBy: ['key'] }], sideOutputs: ['late'] };

const tumbling10: WindowAssigner = { kind: 'tumbling', time: 'event', sizeMs: 10, offsetMs: 0 };
const session10: WindowAssigner = { kind: 'session', time: 'event', gap: 10 };

function specOf(assigner: WindowAssigner, change: Partial<WindowSpec> = {}): WindowSpec {
  return {
    assigner,
    trigger: undefined,
    evictor: undefined,
    allowedLatenessMs: 0,
    lateTag: undefined,
    keyed: true,
    ...change,
  };
}

const sum: WindowFold = {
  kind: 'reduce',
  reduce: (a: Bid, b: Bid) => ({ key: a.key, n: a.n + b.n }),
};
const sums = (assigner: WindowAssigner, change: Partial<WindowSpec> = {}): Transformation =>
  windowTransformation(specOf(assigner, change), sum);

const bid = (n: number, key = 'a'): Bid => ({ key, n });

/** Sums that were emitted since the last look. */
function taken(harness: OperatorHarness): number[] {
  const found = harness.rows.map((row) => (row as Bid).n);
  harness.events.length = 0;
  return found;
}

describe('an event-time window', () => {
  it('fires when the watermark reaches its last timestamp, with that timestamp', () => {
    const harness = new OperatorHarness(sums(tumbling10), typed);
    harness.push(bid(1), 0);
    harness.push(bid(2), 9);
    harness.push(bid(4), 10);
    harness.advance(8);
    expect(harness.emitted).toEqual([]);
    harness.advance(9);
    expect(harness.emitted).toEqual([{ row: bid(3), timestamp: 9 }]);
    harness.advance(END_OF_TIME);
    expect(harness.emitted).toEqual([
      { row: bid(3), timestamp: 9 },
      { row: bid(4), timestamp: 19 },
    ]);
  });

  it('holds rows with negative timestamps', () => {
    const harness = new OperatorHarness(sums(tumbling10), typed);
    harness.push(bid(1), -1);
    harness.push(bid(2), -10);
    harness.push(bid(4), -11);
    harness.advance(-1);
    expect(harness.emitted.map(({ row, timestamp }) => [(row as Bid).n, timestamp])).toEqual([
      [4, -11],
      [3, -1],
    ]);
  });

  it('drops a row when its last timestamp plus the lateness is at or before the watermark, not before', () => {
    for (const allowedLatenessMs of [0, 5]) {
      const harness = new OperatorHarness(sums(tumbling10, { allowedLatenessMs }), typed);
      harness.advance(9 + allowedLatenessMs - 1);
      harness.push(bid(1), 3);
      expect(harness.counters['lateRowsDropped'] ?? 0).toBe(0);
      harness.advance(9 + allowedLatenessMs);
      taken(harness);
      harness.push(bid(1), 3);
      expect(taken(harness)).toEqual([]);
      expect(harness.counters['lateRowsDropped']).toBe(1);
      harness.push(bid(1), 10);
      expect(harness.counters['lateRowsDropped']).toBe(1);
    }
  });

  it('sends late rows to the side output with their timestamps, and does not count them', () => {
    const harness = new OperatorHarness(sums(tumbling10, { lateTag: 'late' }), typed);
    harness.advance(9);
    harness.push(bid(7), 3);
    expect(harness.sides['late']).toEqual([{ row: bid(7), timestamp: 3 }]);
    expect(harness.counters['lateRowsDropped']).toBeUndefined();
  });

  it('fires at once for each late row that is still allowed, and is empty again afterwards', () => {
    const harness = new OperatorHarness(sums(tumbling10, { allowedLatenessMs: 5 }), typed);
    harness.push(bid(1), 3);
    harness.advance(9);
    expect(taken(harness)).toEqual([1]);
    harness.push(bid(2), 4);
    expect(taken(harness)).toEqual([3]);
    harness.advance(13);
    harness.push(bid(4), 4);
    expect(taken(harness)).toEqual([7]);
    expect(harness.account.usedBytes).toBeGreaterThan(0);
    harness.advance(14);
    expect(taken(harness)).toEqual([]);
    // Only pages of timers and of the key index may stay.
    harness.push(bid(9), 4);
    expect(taken(harness)).toEqual([]);
  });

  it('does not count a row in the gap between two windows unless it is late', () => {
    const gaps: WindowAssigner = {
      kind: 'sliding',
      time: 'event',
      sizeMs: 3,
      slideMs: 10,
      offsetMs: 0,
    };
    const harness = new OperatorHarness(sums(gaps, { lateTag: 'late' }), typed);
    harness.push(bid(1), 5);
    expect(harness.sides['late']).toBeUndefined();
    harness.advance(5);
    harness.push(bid(2), 5);
    expect(harness.sides['late']).toEqual([{ row: bid(2), timestamp: 5 }]);
  });

  it('says what to do about a row without a timestamp', () => {
    const harness = new OperatorHarness(sums(tumbling10), typed);
    const error = errorOf(() => harness.push(bid(1)));
    expect(error.code).toBe('ERR_OPERATORS_NO_TIMESTAMP');
    expect(error.message).toContain('under-test');
    expect(error.hint).toContain('assignTimestamps');
  });

  it('takes inserts only', () => {
    const harness = new OperatorHarness(sums(tumbling10), typed);
    const error = errorOf(() => harness.push(bid(1), 1, 0, RowKind.delete));
    expect(error.code).toBe('ERR_OPERATORS_CHANGELOG');
  });

  it('emits at most 1,024 rows a call, and all of them in the end', () => {
    const harness = new OperatorHarness(sums(tumbling10), typed);
    for (let i = 0; i < 3000; i++) harness.push(bid(1, `k${i}`), 1);
    const perCall: number[] = [];
    let done: boolean | void = false;
    while (done === false) {
      done = harness.operator.onWatermark!(9);
      perCall.push(harness.rows.length);
      harness.events.length = 0;
    }
    expect(Math.max(...perCall)).toBeLessThanOrEqual(1024);
    expect(perCall.reduce((a, b) => a + b)).toBe(3000);
  });

  it('keeps keys apart, NaN as one and -0 as 0', () => {
    const Point = record('Point', { key: f64, n: i32 });
    const points = windowTransformation(specOf(tumbling10), windowFieldFold('sum', 'n'));
    const harness = new OperatorHarness(points, { inputs: [{ type: Point, keyBy: ['key'] }] });
    for (const key of [NaN, 0, -0, NaN, 1]) harness.push({ key, n: 1 }, 1);
    harness.advance(9);
    expect(harness.rows.map((row) => (row as Bid).n).toSorted((a, b) => a - b)).toEqual([1, 2, 2]);
  });

  it('gives final results only in batch mode, where no watermark comes before the end of time', async () => {
    const harness = new OperatorHarness(sums(tumbling10), { ...typed, mode: 'batch' });
    harness.push(bid(1), 25);
    harness.push(bid(2), 3);
    harness.push(bid(4), 4);
    await harness.end();
    expect(harness.emitted).toEqual([
      { row: bid(6), timestamp: 9 },
      { row: bid(1), timestamp: 29 },
    ]);
  });
});

describe('a session', () => {
  it('ends a gap after its last row; rows a gap apart are one session, a millisecond more are two', () => {
    const harness = new OperatorHarness(sums(session10), typed);
    harness.push(bid(1), 0);
    harness.push(bid(2), 10);
    harness.push(bid(4), 21);
    harness.advance(END_OF_TIME);
    expect(harness.emitted).toEqual([
      { row: bid(3), timestamp: 19 },
      { row: bid(4), timestamp: 30 },
    ]);
  });

  it('fires anew when a late row that is allowed merges into it', () => {
    const harness = new OperatorHarness(sums(session10, { allowedLatenessMs: 20 }), typed);
    harness.push(bid(1), 0);
    harness.advance(15);
    expect(taken(harness)).toEqual([1]);
    harness.push(bid(2), 3);
    expect(taken(harness)).toEqual([3]);
    harness.push(bid(4), 9);
    expect(taken(harness)).toEqual([]);
    harness.advance(18);
    expect(harness.emitted).toEqual([{ row: bid(7), timestamp: 18 }]);
  });

  it('takes a row that would be late alone, while the window that it merges into is alive', () => {
    const harness = new OperatorHarness(sums(session10), typed);
    harness.push(bid(1), 9);
    harness.advance(12);
    // [2, 12) is past, but touches [9, 19).
    harness.push(bid(2), 2);
    harness.push(bid(4), -9);
    expect(harness.counters['lateRowsDropped']).toBe(1);
    harness.advance(END_OF_TIME);
    expect(taken(harness)).toEqual([3]);
  });

  it('merges what the count trigger counted', () => {
    const harness = new OperatorHarness(sums(session10, { trigger: countTriggerOf(4) }), typed);
    harness.push(bid(1), 0);
    harness.push(bid(2), 20);
    harness.push(bid(4), 25);
    expect(taken(harness)).toEqual([]);
    harness.push(bid(8), 10);
    expect(taken(harness)).toEqual([15]);
  });

  it('may take its gap from the row, and says so when that is no integer above 0', () => {
    const byRow: WindowAssigner = { kind: 'session', time: 'event', gap: (row: Bid) => row.n };
    const harness = new OperatorHarness(sums(byRow), typed);
    harness.push(bid(3), 0);
    harness.push(bid(100), 2);
    harness.advance(101);
    expect(harness.emitted).toEqual([{ row: bid(103), timestamp: 101 }]);
    expect(errorOf(() => harness.push(bid(0), 200)).code).toBe('ERR_OPERATORS_WINDOW_GAP');
  });
});

describe('a processing-time window', () => {
  const clock10: WindowAssigner = { kind: 'tumbling', time: 'processing', sizeMs: 10, offsetMs: 0 };

  it('fires once the clock has passed its last millisecond; rows need no timestamps', () => {
    const harness = new OperatorHarness(sums(clock10), typed);
    harness.nowMs = 5;
    harness.push(bid(1));
    expect(harness.operator.processingTimeDue!()).toBe(10);
    harness.advanceProcessingTime(9);
    harness.push(bid(2));
    expect(taken(harness)).toEqual([]);
    harness.advanceProcessingTime(10);
    expect(harness.emitted).toEqual([{ row: bid(3), timestamp: 9 }]);
    expect(harness.operator.processingTimeDue!()).toBe(Infinity);
  });

  it('fires at the end of a batch job, and not at the end of a stream', async () => {
    for (const mode of ['streaming', 'batch'] as const) {
      const harness = new OperatorHarness(sums(clock10), { ...typed, mode });
      harness.push(bid(1));
      await harness.end();
      expect(taken(harness)).toEqual(mode === 'batch' ? [1] : []);
    }
  });
});

describe('the global window', () => {
  const global: WindowAssigner = { kind: 'global' };

  it('by count and purging is a window of so many rows, and keeps nothing of a key in between', () => {
    const trigger = purgingTriggerOf(countTriggerOf(2));
    const harness = new OperatorHarness(sums(global, { trigger }), {
      inputs: [{ keyBy: ['key'] }],
    });
    const rows = [1, 2, 4, 8, 16].map((n) => bid(n));
    for (const row of rows.slice(0, 4)) harness.push(row);
    expect(taken(harness)).toEqual([3, 12]);
    expect(harness.operator.snapshot!().keyed!.groups).toEqual([]);
    harness.push(rows[4]);
    expect(taken(harness)).toEqual([]);
    expect(harness.operator.snapshot!().keyed!.groups.length).toBe(1);
  });

  it('by count with an evictor is the last rows, every so many rows', () => {
    const change = { trigger: countTriggerOf(2), evictor: countEvictorOf(3) };
    const harness = new OperatorHarness(sums(global, change), typed);
    for (const n of [1, 2, 4, 8, 16, 32]) harness.push(bid(n));
    expect(taken(harness)).toEqual([3, 14, 56]);
  });
});

describe('a window function', () => {
  const seen: ProcessWindowFunction<Bid, unknown, string> = {
    process(rows, context, out) {
      const fired = context.windowState().getState('fired', 0);
      const total = context.globalState().getState('total', 0);
      fired.update(fired.value() + 1);
      total.update(total.value() + rows.length);
      out.collect({
        key: context.key,
        ...context.window,
        watermark: context.currentWatermark(),
        rows: rows.map(({ n }) => n),
        fired: fired.value(),
        total: total.value(),
      });
      context.output('late', rows.length);
    },
    clear(context) {
      context.output('late', `cleared ${context.window.end}`);
    },
  };
  const rows: WindowFold = { kind: 'rows' };

  it('sees key, window, watermark and all rows; keeps state by window and by key', () => {
    const spec = specOf(tumbling10, { allowedLatenessMs: 5 });
    const harness = new OperatorHarness(windowTransformation(spec, rows, seen), typed);
    harness.push(bid(1), 1);
    harness.push(bid(2), 2);
    harness.advance(9);
    harness.push(bid(4), 3);
    harness.push(bid(8), 11);
    harness.advance(19);
    const of = { key: 'a', start: 0, end: 10 };
    expect(harness.rows).toEqual([
      { ...of, watermark: 9, rows: [1, 2], fired: 1, total: 2 },
      { ...of, watermark: 9, rows: [1, 2, 4], fired: 2, total: 5 },
      { key: 'a', start: 10, end: 20, watermark: 19, rows: [8], fired: 1, total: 6 },
    ]);
    expect(harness.sides['late']).toEqual([
      { row: 2, timestamp: 9 },
      { row: 3, timestamp: 9 },
      { row: 'cleared 10', timestamp: 9 },
      { row: 1, timestamp: 19 },
    ]);
  });

  it('finds its state again after a restore', () => {
    const transformation = windowTransformation(specOf(tumbling10), rows, seen);
    const before = new OperatorHarness(transformation, typed);
    before.push(bid(1), 1);
    before.advance(9);
    const { keyed } = before.operator.snapshot!();
    const after = new OperatorHarness(transformation, typed);
    after.operator.restore!({ keyed: [keyed!], operator: [] });
    after.push(bid(2), 11);
    after.advance(19);
    expect(after.rows).toMatchObject([{ total: 2, fired: 1 }]);
  });

  it('has no state by window where windows merge', () => {
    const transformation = windowTransformation(specOf(session10), rows, seen);
    const harness = new OperatorHarness(transformation, typed);
    harness.push(bid(1), 1);
    expect(errorOf(() => harness.advance(END_OF_TIME)).code).toBe('ERR_OPERATORS_WINDOW_STATE');
  });

  it('follows a fold with the one value that rows were folded into', () => {
    const after: ProcessWindowFunction<Bid, unknown, string> = {
      process([folded, ...others], { key, window }, out) {
        expect(others).toEqual([]);
        out.collect({ key, end: window.end, n: folded!.n }, 42);
      },
    };
    const harness = new OperatorHarness(
      windowTransformation(specOf(tumbling10), sum, after),
      typed,
    );
    harness.push(bid(1), 1);
    harness.push(bid(2), 2);
    harness.advance(9);
    expect(harness.emitted).toEqual([{ row: { key: 'a', end: 10, n: 3 }, timestamp: 42 }]);
  });

  it('of a stream that is not keyed sees no key and all rows', () => {
    const spec = specOf(tumbling10, { keyed: false });
    const harness = new OperatorHarness(windowTransformation(spec, rows, seen), {
      inputs: [{ type: Bid }],
      sideOutputs: ['late'],
    });
    harness.push(bid(1, 'a'), 1);
    harness.push(bid(2, 'b'), 2);
    harness.advance(9);
    expect(harness.rows).toMatchObject([{ key: undefined, rows: [1, 2] }]);
  });
});

describe('field folds', () => {
  it.each([
    ['sum', { key: 'a', n: 9 }],
    ['min', { key: 'a', n: 1 }],
    ['max', { key: 'a', n: 5 }],
    ['minBy', { key: 'a', n: 1 }],
    ['maxBy', { key: 'a', n: 5 }],
  ] as const)('%s', (kind, expected) => {
    const transformation = windowTransformation(specOf(session10), windowFieldFold(kind, 'n'));
    const harness = new OperatorHarness(transformation, typed);
    harness.push(bid(3), 0);
    harness.push(bid(1), 16);
    harness.push(bid(5), 8);
    harness.advance(END_OF_TIME);
    expect(harness.rows).toEqual([expected]);
  });
});

describe('state', () => {
  it('of several instances is restored into instances that own other key groups', () => {
    const transformation = sums(tumbling10);
    const whole = new OperatorHarness(transformation, typed);
    for (let i = 0; i < 50; i++) whole.push(bid(i, `k${i}`), 1);
    const { keyed } = whole.operator.snapshot!();
    const halves = [
      { first: 0, last: 63 },
      { first: 64, last: 127 },
    ].map((keyGroups) => {
      const half = new OperatorHarness(transformation, { ...typed, keyGroups });
      half.operator.restore!({ keyed: [keyed!], operator: [] });
      return half;
    });
    const again = new OperatorHarness(transformation, typed);
    const snapshots = halves.map((half) => half.operator.snapshot!().keyed!);
    again.operator.restore!({ keyed: snapshots, operator: [] });
    for (const half of halves) half.advance(9);
    again.advance(9);
    const all = halves.flatMap((half) => taken(half));
    const expected = Array.from({ length: 50 }, (_, i) => i);
    expect(all.toSorted((a, b) => a - b)).toEqual(expected);
    expect(taken(again).toSorted((a, b) => a - b)).toEqual(expected);
  });
});

describe('the plan', () => {
  it('says everything but functions, and names those by role', () => {
    const gap = (row: Bid): number => row.n;
    const spec = specOf(
      { kind: 'session', time: 'event', gap },
      { trigger: purgingTriggerOf(countTriggerOf(3)), evictor: countEvictorOf(2), lateTag: 'late' },
    );
    const { params, functions, needsWatermarks } = describeWindows(spec);
    expect(params).toEqual({
      windows: {
        assigner: { kind: 'session', time: 'event', gapMs: 'by row' },
        trigger: { kind: 'purging', nested: { kind: 'count', count: 3 } },
        evictor: { kind: 'count', count: 2, after: false },
        allowedLatenessMs: 0,
        lateTag: 'late',
        keyed: true,
      },
    });
    expect(functions).toEqual({ gap });
    expect(needsWatermarks).toBe(true);
    expect(JSON.parse(JSON.stringify(params))).toEqual(params);
  });

  it('names the methods of a custom trigger', () => {
    const trigger = { onElement: () => 'fire' as const, clear: () => undefined };
    const { params, functions } = describeWindows(specOf({ kind: 'global' }, { trigger }));
    expect(params).toMatchObject({ windows: { trigger: { kind: 'custom' } } });
    expect(Object.keys(functions)).toEqual(['trigger.onElement', 'trigger.clear']);
  });
});
