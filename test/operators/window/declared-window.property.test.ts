/** Law 1 of slice-combiner.ts, slices.ts and sessions.ts: windows of declared aggregates give what the model gives. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collectValues,
  count,
  distinct,
  first,
  last,
  max,
  mean,
  min,
  sum,
} from '../../../src/operators/index.ts';
import type { AggregateSpec, Transformation } from '../../../src/operators/index.ts';
import { declaredWindowTransformation } from '../../../src/operators/window/declared.ts';
import type { DeclaredWindow } from '../../../src/operators/window/declared.ts';
import type { WindowSpec } from '../../../src/operators/window/window-spec.ts';
import { i32, NO_WATERMARK, record, utf8 } from '../../../src/record/index.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';
import type { HarnessInput, HarnessOptions } from '../../support/operator-harness.ts';
import { windowAssigners, windowEvents } from '../../support/window-cases.ts';
import type { CaseRow } from '../../support/window-cases.ts';
import { modelWindows } from '../../support/window-model.ts';
import type { WindowEvent, WindowModel } from '../../support/window-model.ts';

const Row = record('Row', { id: i32, key: utf8, gap: i32 });

const INPUTS: readonly HarnessInput[] = [
  { type: Row, keyBy: ['key'] },
  { type: Row, keyBy: (row: CaseRow) => row.key },
  { keyBy: ['key'] },
];

interface Stamped extends CaseRow {
  readonly timestamp: number;
}

/** Aggregates by how their slices become windows, each with the plain answer. */
const AGGREGATES: Readonly<
  Record<
    string,
    {
      readonly spec: AggregateSpec;
      readonly answer: (rows: readonly Stamped[]) => Record<string, unknown>;
    }
  >
> = {
  invertible: {
    spec: { n: count(), odd: count({ where: isOdd }), total: sum('id') },
    answer: (rows) => ({
      n: rows.length,
      odd: rows.filter(isOdd).length,
      total: total(rows.map(({ id }) => id)),
    }),
  },
  words: {
    spec: {
      least: min('id'),
      most: max('gap', { where: isOdd }),
      middle: mean('gap'),
      latest: last('id'),
      earliest: first((row: CaseRow) => row.id),
    },
    answer: (rows) => {
      const odd = rows.filter(isOdd).map(({ gap }) => gap);
      const byTime = rows.toSorted((a, b) => a.timestamp - b.timestamp || a.id - b.id);
      return {
        least: Math.min(...rows.map(({ id }) => id)),
        most: odd.length === 0 ? null : Math.max(...odd),
        middle: total(rows.map(({ gap }) => gap)) / rows.length,
        latest: byTime.at(-1)!.id,
        earliest: byTime[0]!.id,
      };
    },
  },
  heap: {
    spec: { gaps: distinct('gap'), ids: collectValues('id'), n: count() },
    answer: (rows) => ({
      gaps: new Set(rows.map(({ gap }) => gap)).size,
      ids: rows.toSorted((a, b) => a.timestamp - b.timestamp || a.id - b.id).map(({ id }) => id),
      n: rows.length,
    }),
  },
};

function isOdd({ id }: Readonly<CaseRow>): boolean {
  return id % 2 === 1;
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function specOf(model: WindowModel, lateTag: string | undefined): WindowSpec {
  return {
    assigner: model.assigner,
    trigger: undefined,
    evictor: undefined,
    allowedLatenessMs: model.allowedLatenessMs ?? 0,
    lateTag,
    keyed: true,
  };
}

/** Results in an order of their own, since the model has none within a step. */
function canonical(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

function expectedSteps(
  model: WindowModel,
  events: readonly WindowEvent<CaseRow>[],
  keyName: string,
  answer: (rows: readonly Stamped[]) => Record<string, unknown>,
): { steps: string[][]; late: number[] } {
  const stamps = new Map(
    events.flatMap((event) => (event.kind === 'row' ? [[event.row.id, event.timestamp]] : [])),
  );
  const { firings, late } = modelWindows(model, events);
  const steps = events.map((_, step) =>
    canonical(
      firings
        .filter((firing) => firing.step === step)
        .map(({ key, start, end, rows }) => ({
          [keyName]: key,
          windowStart: start,
          windowEnd: end,
          ...answer(rows.map((row) => ({ ...row, timestamp: stamps.get(row.id)! }))),
        })),
    ),
  );
  return { steps, late: late.map(({ id }) => id) };
}

/** Runs the events; before those of `cuts`, the operator is replaced by fresh ones with its snapshot. */
function run(
  transformation: Transformation,
  options: HarnessOptions,
  events: readonly WindowEvent<CaseRow>[],
  cuts: ReadonlySet<number>,
): { steps: string[][]; late: number[]; dropped: number } {
  let harness = new OperatorHarness(transformation, options);
  const steps: string[][] = [];
  const late: number[] = [];
  let dropped = 0;
  const take = (): void => {
    for (const { row, timestamp } of harness.emitted) {
      expect(timestamp).toBe((row as { windowEnd: number }).windowEnd - 1);
    }
    steps.push(canonical(harness.rows));
    late.push(...(harness.sides['late'] ?? []).map(({ row }) => (row as CaseRow).id));
    dropped += harness.counters['lateRowsDropped'] ?? 0;
    harness.events.length = 0;
    harness.sides['late'] = [];
    harness.counters['lateRowsDropped'] = 0;
  };
  let watermark = NO_WATERMARK;
  for (const [i, event] of events.entries()) {
    if (cuts.has(i)) {
      const { keyed } = harness.operator.snapshot!();
      const { nowMs } = harness;
      void harness.operator.close!(true);
      expect(harness.account.usedBytes).toBe(0);
      harness = new OperatorHarness(transformation, { ...options, watermark });
      harness.nowMs = nowMs;
      harness.operator.restore!({ keyed: [keyed!], operator: [] });
    }
    if (event.kind === 'row') harness.push(event.row, event.timestamp);
    else if (event.kind === 'clock') harness.advanceProcessingTime(event.nowMs);
    else harness.advance((watermark = event.watermark));
    take();
  }
  void harness.operator.close!(false);
  expect(harness.account.usedBytes).toBe(0);
  return { steps, late, dropped };
}

const windows = windowAssigners.filter(({ kind }) => kind !== 'global');

describe('windows of declared aggregates', () => {
  it.each(Object.keys(AGGREGATES))(
    'give what the model gives for any windows, lateness, disorder and restarts (%s)',
    (form) => {
      const { spec, answer } = AGGREGATES[form]!;
      fc.assert(
        fc.property(
          windows,
          fc.constantFrom(0, 0, 1, 5, 20),
          windowEvents,
          fc.constantFrom(...INPUTS),
          fc.boolean(),
          fc.array(fc.nat(60), { maxLength: 3 }),
          (assigner, lateness, events, input, toSide, cuts) => {
            const inEventTime = assigner.kind === 'global' || assigner.time === 'event';
            const model: WindowModel = {
              assigner,
              allowedLatenessMs: inEventTime ? lateness : 0,
            };
            const keyFields = Array.isArray(input.keyBy) ? ['key'] : undefined;
            const { transformation } = declaredWindowTransformation(
              specOf(model, toSide ? 'late' : undefined),
              spec,
              { type: input.type, keyFields },
            );
            const expected = expectedSteps(model, events, 'key', answer);
            const options = { inputs: [input], sideOutputs: ['late'] };
            const got = run(transformation, options, events, new Set(cuts));
            for (const [step, rows] of got.steps.entries()) {
              expect(rows, `step ${step}`).toEqual(expected.steps[step]);
            }
            expect(got.late).toEqual(toSide ? expected.late : []);
            expect(got.dropped).toBe(toSide ? 0 : expected.late.length);
          },
        ),
        { numRuns: Number(process.env['WINDOW_RUNS'] ?? 150) },
      );
    },
  );
});

/** Rows through a local fold, and what it emits through the operator that merges it, as one chain and one edge would. */
function runFolded(
  { local, transformation }: DeclaredWindow,
  events: readonly WindowEvent<CaseRow>[],
  flushes: ReadonlySet<number>,
): { steps: string[][]; dropped: number } {
  const fold = new OperatorHarness(local!.transformation, { inputs: [{ type: Row }] });
  const inputs = [{ type: local!.type, keyBy: ['key'] }];
  const merge = new OperatorHarness(transformation, { inputs });
  const steps: string[][] = [];
  for (const [i, event] of events.entries()) {
    if (event.kind === 'row') fold.push(event.row, event.timestamp);
    else if (event.kind === 'watermark') fold.advance(event.watermark);
    if (flushes.has(i)) fold.operator.flush!();
    for (const one of fold.events) {
      if ('row' in one) merge.push(one.row, one.timestamp);
      else merge.advance(one.watermark);
    }
    fold.events.length = 0;
    steps.push(canonical(merge.rows));
    merge.events.length = 0;
  }
  void fold.operator.close!(false);
  expect(fold.account.usedBytes).toBe(0);
  return { steps, dropped: merge.counters['lateRowsDropped'] ?? 0 };
}

describe('rows folded before they are spread by key', () => {
  it.each(['invertible', 'words'])(
    'give the windows of the rows themselves, and the same rows are late (%s)',
    (form) => {
      const { spec, answer } = AGGREGATES[form]!;
      const sliceable = windowAssigners.filter(
        (assigner) =>
          (assigner.kind === 'sliding' && assigner.slideMs <= assigner.sizeMs) ||
          assigner.kind === 'tumbling' ||
          assigner.kind === 'cumulative',
      );
      fc.assert(
        fc.property(
          sliceable,
          fc.constantFrom(0, 0, 1, 5, 20),
          windowEvents,
          fc.array(fc.nat(60), { maxLength: 3 }),
          (assigner, allowedLatenessMs, events, flushes) => {
            const model = { assigner: { ...assigner, time: 'event' } as const, allowedLatenessMs };
            const input = { type: Row, keyFields: ['key'] };
            const windowed = specOf(model as WindowModel, undefined);
            const declared = declaredWindowTransformation(windowed, spec, input, 'on');
            const expected = expectedSteps(model as WindowModel, events, 'key', answer);
            const got = runFolded(declared, events, new Set(flushes));
            for (const [step, rows] of got.steps.entries()) {
              expect(rows, `step ${step}`).toEqual(expected.steps[step]);
            }
            expect(got.dropped).toBe(expected.late.length);
          },
        ),
        { numRuns: Number(process.env['WINDOW_RUNS'] ?? 100) },
      );
    },
  );
});
