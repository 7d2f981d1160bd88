/** Law of slice-combiner.ts; laws of slices.ts, sessions.ts and pre-aggregate.ts as far as results show them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declaredWindowTransformation } from '../../../src/operators/window/declared.ts';
import {
  AGGREGATES,
  expectedSteps,
  INPUTS,
  Row,
  run,
  runFolded,
  specOf,
} from '../../support/declared-cases.ts';
import { windowAssigners, windowEvents } from '../../support/window-cases.ts';
import type { WindowModel } from '../../support/window-model.ts';

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
