import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Transformation } from '../../../src/operators/index.ts';
import { continuousEventTimeTriggerOf } from '../../../src/operators/window/continuous-triggers.ts';
import { countTriggerOf } from '../../../src/operators/window/count-trigger.ts';
import { countEvictorOf, timeEvictorOf } from '../../../src/operators/window/evictors.ts';
import type { WindowFold } from '../../../src/operators/window/fold.ts';
import type { Trigger } from '../../../src/operators/window/trigger.ts';
import type { ProcessWindowFunction } from '../../../src/operators/window/window-function.ts';
import { defaultTrigger } from '../../../src/operators/window/window-spec.ts';
import type { WindowSpec } from '../../../src/operators/window/window-spec.ts';
import { windowTransformation } from '../../../src/operators/window/window-transformation.ts';
import { purgingTriggerOf } from '../../../src/operators/window/wrapping-triggers.ts';
import { i32, NO_WATERMARK, record, utf8 } from '../../../src/record/index.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';
import type { HarnessOptions } from '../../support/operator-harness.ts';
import { windowEvents, windowModels } from '../../support/window-cases.ts';
import type { CaseRow } from '../../support/window-cases.ts';
import { modelWindows } from '../../support/window-model.ts';
import type { ModelFiring, WindowEvent, WindowModel } from '../../support/window-model.ts';

const Row = record('Row', { id: i32, key: utf8, gap: i32 });

const INPUTS: readonly HarnessOptions[] = [
  { inputs: [{ type: Row, keyBy: ['key'] }] },
  { inputs: [{ type: Row, keyBy: (row: CaseRow) => row.key }] },
  { inputs: [{ keyBy: ['key'] }] },
];

/** What a test sees of one firing. */
interface Fired {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly ids: readonly number[];
}

function specOf(model: WindowModel, lateTag: string | undefined, keyed = true): WindowSpec {
  const trigger = triggerOf(model);
  return {
    assigner: model.assigner,
    trigger: model.purging === true ? purgingTriggerOf(trigger) : trigger,
    evictor: evictorOf(model),
    allowedLatenessMs: model.allowedLatenessMs ?? 0,
    lateTag,
    keyed,
  };
}

function triggerOf({ assigner, trigger }: WindowModel): Trigger {
  if (trigger?.kind === 'count') return countTriggerOf(trigger.count);
  if (trigger?.kind === 'continuousEventTime') {
    return continuousEventTimeTriggerOf(trigger.intervalMs);
  }
  return defaultTrigger(assigner);
}

function evictorOf({ evictor }: WindowModel): WindowSpec['evictor'] {
  if (evictor === undefined) return undefined;
  const { after } = evictor;
  return evictor.kind === 'count'
    ? countEvictorOf(evictor.count, { after })
    : timeEvictorOf(evictor.keepMs, { after });
}

const showRows: ProcessWindowFunction<CaseRow, Fired, string> = {
  process(rows, { key, window }, out) {
    out.collect({ key, ...window, ids: rows.map(({ id }) => id) });
  },
};
const showIds: ProcessWindowFunction<readonly number[], Fired, string> = {
  process([ids], { key, window }, out) {
    out.collect({ key, ...window, ids: ids! });
  },
};

/** Ids of the rows, in each of the ways in which a window can come to them. */
const FORMS: Readonly<Record<string, (spec: WindowSpec) => Transformation>> = {
  rows: (spec) => windowTransformation(spec, { kind: 'rows' }, showRows),
  aggregate: (spec) => {
    const fold: WindowFold = {
      kind: 'aggregate',
      aggregate: {
        create: (): number[] => [],
        add: (ids: number[], row: CaseRow) => [...ids, row.id],
        merge: (a: number[], b: number[]) => [...a, ...b],
        result: (ids: number[]) => ids,
      },
    };
    return windowTransformation(spec, fold, showIds);
  },
};

/** Firings in an order of their own, since the model has none within a step. */
function canonical(firings: readonly Fired[]): string[] {
  return firings
    .map(
      ({ key, start, end, ids }) =>
        `${key} [${start}, ${end}) ${ids.toSorted((a, b) => a - b).join(' ')}`,
    )
    .toSorted();
}

function expectedAt(step: number, firings: readonly ModelFiring<CaseRow>[]): string[] {
  const now = firings.filter((firing) => firing.step === step);
  return canonical(
    now.map(({ key, start, end, rows }) => ({ key, start, end, ids: rows.map(({ id }) => id) })),
  );
}

/** Runs the events; before those of `cuts`, the operator is replaced by a fresh one with its snapshot. */
function run(
  transformation: Transformation,
  options: HarnessOptions,
  events: readonly WindowEvent<CaseRow>[],
  cuts: ReadonlySet<number>,
): { steps: Fired[][]; late: number[]; dropped: number; left: number } {
  let harness = new OperatorHarness(transformation, options);
  const steps: Fired[][] = [];
  const late: number[] = [];
  let dropped = 0;
  const take = (): void => {
    steps.push(
      harness.emitted.map(({ row, timestamp }) => {
        expect(timestamp).toBe((row as Fired).end - 1);
        return row as Fired;
      }),
    );
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
      // Watermarks are no state, but here the channels go on where they were.
      harness = new OperatorHarness(transformation, { ...options, watermark });
      harness.nowMs = nowMs;
      harness.operator.restore!({ keyed: [keyed!], operator: [] });
    }
    if (event.kind === 'row') harness.push(event.row, event.timestamp);
    else if (event.kind === 'clock') harness.advanceProcessingTime(event.nowMs);
    else harness.advance((watermark = event.watermark));
    take();
  }
  const left = harness.account.usedBytes;
  void harness.operator.close!(false);
  expect(harness.account.usedBytes).toBe(0);
  return { steps, late, dropped, left };
}

describe('the general window operator', () => {
  it.each(Object.keys(FORMS))(
    'gives what the model gives for any windows, triggers, evictors, lateness, disorder and restarts (%s)',
    (form) => {
      fc.assert(
        fc.property(
          windowModels,
          windowEvents,
          fc.constantFrom(...INPUTS),
          fc.boolean(),
          fc.array(fc.nat(60), { maxLength: 3 }),
          (model, events, options, toSide, cuts) => {
            const spec = specOf(model, toSide ? 'late' : undefined);
            const expected = modelWindows(model, events);
            const got = run(
              FORMS[form]!(spec),
              { ...options, sideOutputs: ['late'] },
              events,
              new Set(cuts),
            );
            for (const [step, fired] of got.steps.entries()) {
              expect(canonical(fired), `step ${step}`).toEqual(expectedAt(step, expected.firings));
            }
            const late = expected.late.map(({ id }) => id);
            expect(got.late).toEqual(toSide ? late : []);
            expect(got.dropped).toBe(toSide ? 0 : late.length);
          },
        ),
        { numRuns: 400 },
      );
    },
  );
});
