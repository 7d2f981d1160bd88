/** Laws of local-aggregate.ts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateFunction, Transformation } from '../../../src/operators/index.ts';
import { aggregatedWindowTransformation } from '../../../src/operators/window/aggregated.ts';
import {
  LocalAggregateOperator,
  PART_BYTES_MAX,
} from '../../../src/operators/window/local-aggregate.ts';
import type { SliceableAssigner } from '../../../src/operators/window/slicing.ts';
import type { ProcessWindowFunction } from '../../../src/operators/window/window-function.ts';
import type { WindowSpec } from '../../../src/operators/window/window-spec.ts';
import { RowKind } from '../../../src/record/index.ts';
import { Row } from '../../support/declared-cases.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';
import { windowAssigners, windowEvents } from '../../support/window-cases.ts';
import type { CaseRow } from '../../support/window-cases.ts';
import type { WindowEvent } from '../../support/window-model.ts';

/** The ids of the rows, and the largest gap. */
interface Seen {
  ids: number[];
  gap: number;
}

const seen: AggregateFunction<CaseRow, Seen, Seen> = {
  create: () => ({ ids: [], gap: 0 }),
  add: (all, { id, gap }) => {
    all.ids.push(id);
    return gap > all.gap ? { ids: all.ids, gap } : all;
  },
  merge: (a, b) => {
    // It may change what it is given.
    a.ids.push(...b.ids);
    a.gap = Math.max(a.gap, b.gap);
    return a;
  },
  result: (all) => all,
};

const show: ProcessWindowFunction<Seen, unknown> = {
  process: ([all], { window }, out) => {
    out.collect({ ...window, ids: [...all!.ids], gap: all!.gap });
  },
};

interface Shown {
  readonly start: number;
  readonly ids: readonly number[];
}

const sliceable = windowAssigners.filter(
  (assigner) =>
    (assigner.kind === 'sliding' && assigner.slideMs <= assigner.sizeMs) ||
    assigner.kind === 'tumbling' ||
    assigner.kind === 'cumulative',
);

function specOf(assigner: WindowSpec['assigner'], allowedLatenessMs: number): WindowSpec {
  const plain = { trigger: undefined, evictor: undefined, lateTag: undefined };
  return { assigner, ...plain, allowedLatenessMs, keyed: false };
}

function windowsOf(spec: WindowSpec, choice: 'on' | 'off'): Transformation {
  return aggregatedWindowTransformation(spec, seen as AggregateFunction, show as never, choice)
    .transformation;
}

/** What is emitted at each event, and how many rows were late. */
function run(
  events: readonly WindowEvent<CaseRow>[],
  spec: WindowSpec,
  fold: OperatorHarness | undefined,
  flushes: ReadonlySet<number>,
): { readonly steps: Shown[][]; readonly late: number } {
  const { local } = aggregatedWindowTransformation(
    spec,
    seen as AggregateFunction,
    undefined,
    'on',
  );
  const type = fold === undefined ? Row : local!.type;
  const windows = new OperatorHarness(windowsOf(spec, fold === undefined ? 'off' : 'on'), {
    inputs: [{ type }],
  });
  const steps = events.map((event, i) => {
    const first = fold ?? windows;
    if (event.kind === 'row') first.push(event.row, event.timestamp);
    else if (event.kind === 'watermark') first.advance(event.watermark);
    if (fold !== undefined) {
      if (flushes.has(i)) fold.operator.flush!();
      for (const one of fold.events) {
        if ('row' in one) windows.push(one.row, one.timestamp);
        else windows.advance(one.watermark);
      }
      fold.events.length = 0;
    }
    const shown = windows.rows as Shown[];
    windows.events.length = 0;
    return shown.toSorted((a, b) => a.start - b.start || a.ids.length - b.ids.length);
  });
  void fold?.operator.close!(false);
  expect(fold?.account.usedBytes ?? 0).toBe(0);
  void windows.operator.close!(false);
  expect(windows.account.usedBytes).toBe(0);
  return { steps, late: windows.counters['lateRowsDropped'] ?? 0 };
}

function foldOf(assigner: WindowSpec['assigner'], compile: boolean): OperatorHarness {
  const { local } = aggregatedWindowTransformation(
    specOf(assigner, 0),
    seen as AggregateFunction,
    undefined,
    'on',
  );
  const transformation: Transformation = {
    ...local!.transformation,
    create: (context) =>
      new LocalAggregateOperator(
        context,
        assigner as SliceableAssigner,
        seen as AggregateFunction,
        compile,
      ),
  };
  return new OperatorHarness(transformation, { inputs: [{ type: Row }] });
}

describe('accumulators folded where rows are produced', () => {
  it.each([
    ['generated', true],
    ['plain', false],
  ] as const)('merge to the windows of the rows themselves (%s)', (_, compile) => {
    fc.assert(
      fc.property(
        sliceable,
        fc.constantFrom(0, 0, 1, 5, 20),
        windowEvents,
        fc.array(fc.nat(60), { maxLength: 3 }),
        (windows, allowedLatenessMs, events, flushes) => {
          const assigner = { ...windows, time: 'event' } as WindowSpec['assigner'];
          const spec = specOf(assigner, allowedLatenessMs);
          const expected = run(events, spec, undefined, new Set());
          const got = run(events, spec, foldOf(assigner, compile), new Set(flushes));
          expect(got.late).toBe(expected.late);
          const inOrder = assigner.kind === 'tumbling';
          const sorted = (steps: Shown[][]): Shown[][] =>
            steps.map((rows) =>
              rows.map((row) => ({ ...row, ids: row.ids.toSorted((a, b) => a - b) })),
            );
          if (inOrder) expect(got.steps).toEqual(expected.steps);
          else expect(sorted(got.steps)).toEqual(sorted(expected.steps));
        },
      ),
      { numRuns: Number(process.env['WINDOW_RUNS'] ?? 100) },
    );
  });

  const TUMBLING = { kind: 'tumbling', time: 'event', sizeMs: 10, offsetMs: 0 } as const;

  it('leave early when they grow large', () => {
    const fold = foldOf(TUMBLING, true);
    const rows = PART_BYTES_MAX / 4 + 1;
    for (let id = 0; id < rows; id++) fold.push({ id, key: 'a', gap: 1 }, 0);
    const early = fold.emitted.length;
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(10);
    expect(fold.account.usedBytes).toBeLessThan(PART_BYTES_MAX);
    fold.advance(9);
    expect(fold.emitted.length).toBe(early + 1);
    expect(fold.account.usedBytes).toBe(0);
  });

  it('leave before a barrier', () => {
    const fold = foldOf(TUMBLING, true);
    fold.push({ id: 1, key: 'a', gap: 1 }, 0);
    fold.push({ id: 2, key: 'a', gap: 1 }, 30);
    expect(fold.operator.prepareSnapshot!()).toBe(true);
    expect(fold.emitted.map(({ timestamp }) => timestamp)).toEqual([0, 30]);
  });

  it('refuse rows without a timestamp, changes, and what no clone can be made of', () => {
    const fold = foldOf(TUMBLING, true);
    expect(() => fold.push({ id: 1, key: 'a', gap: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_NO_TIMESTAMP' }),
    );
    expect(() => fold.push({ id: 1, key: 'a', gap: 1 }, 0, 0, RowKind.delete)).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_CHANGELOG' }),
    );
    const functions: AggregateFunction = { ...seen, add: () => ({ call: () => 1 }) } as never;
    const { local } = aggregatedWindowTransformation(
      specOf(TUMBLING, 0),
      functions,
      undefined,
      'on',
    );
    const broken = new OperatorHarness(local!.transformation, { inputs: [{ type: Row }] });
    broken.push({ id: 1, key: 'a', gap: 1 }, 0);
    expect(() => broken.advance(9)).toThrow(
      expect.objectContaining({ code: 'ERR_RECORD_UNCLONEABLE' }),
    );
  });

  it('are not made where rows have to come as they are', () => {
    const localOf = (spec: WindowSpec, choice: 'on' | 'auto' | 'off'): unknown =>
      aggregatedWindowTransformation(spec, seen as AggregateFunction, undefined, choice).local;
    const spec = specOf(TUMBLING, 0);
    expect(localOf(spec, 'on')).toBeDefined();
    expect(localOf(spec, 'auto')).toBeUndefined();
    expect(localOf(spec, 'off')).toBeUndefined();
    expect(localOf({ ...spec, keyed: true }, 'on')).toBeUndefined();
    expect(localOf({ ...spec, lateTag: 'late' }, 'on')).toBeUndefined();
    expect(localOf(specOf({ ...TUMBLING, time: 'processing' }, 0), 'on')).toBeUndefined();
    expect(localOf(specOf({ kind: 'session', time: 'event', gap: 5 }, 0), 'on')).toBeUndefined();
    const gaps = { kind: 'sliding', time: 'event', sizeMs: 5, slideMs: 7, offsetMs: 0 } as const;
    expect(localOf(specOf(gaps, 0), 'on')).toBeUndefined();
  });
});
