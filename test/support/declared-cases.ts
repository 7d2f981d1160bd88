/** Declared aggregates over random windows: the aggregates with their plain answers, and how operators are run. */

import { expect } from 'vitest';
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
} from '../../src/operators/index.ts';
import type { AggregateSpec, Transformation } from '../../src/operators/index.ts';
import type { DeclaredWindow } from '../../src/operators/window/declared.ts';
import type { WindowSpec } from '../../src/operators/window/window-spec.ts';
import { i32, NO_WATERMARK, record, utf8 } from '../../src/record/index.ts';
import { OperatorHarness } from './operator-harness.ts';
import type { HarnessInput, HarnessOptions } from './operator-harness.ts';
import type { CaseRow } from './window-cases.ts';
import { modelWindows } from './window-model.ts';
import type { WindowEvent, WindowModel } from './window-model.ts';

export const Row = record('Row', { id: i32, key: utf8, gap: i32 });

export const INPUTS: readonly HarnessInput[] = [
  { type: Row, keyBy: ['key'] },
  { type: Row, keyBy: (row: CaseRow) => row.key },
  { keyBy: ['key'] },
];

interface Stamped extends CaseRow {
  readonly timestamp: number;
}

/** Aggregates by how their slices become windows, each with the plain answer. */
export const AGGREGATES: Readonly<
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

export function specOf(model: WindowModel, lateTag: string | undefined): WindowSpec {
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

export function expectedSteps(
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
export function run(
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

/** Rows through a local fold, and what it emits through the operator that merges it, as one chain and one edge would. */
export function runFolded(
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
