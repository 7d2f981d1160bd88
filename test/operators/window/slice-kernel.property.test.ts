/** Law of slice-kernel.ts and session-kernel.ts: where code generation is forbidden, the plain twins give the same. */

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
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

// As `generate` answers on a host that forbids code generation.
vi.mock('../../../src/operators/generated.ts', async (original) => ({
  ...(await original<object>()),
  generate: () => undefined,
}));

const inEventTime = windowAssigners.filter(
  (assigner) => assigner.kind !== 'global' && assigner.time === 'event',
);

describe('windows of declared aggregates without generated code', () => {
  it.each(Object.keys(AGGREGATES))('give what the model gives (%s)', (form) => {
    const { spec, answer } = AGGREGATES[form]!;
    fc.assert(
      fc.property(
        inEventTime,
        fc.constantFrom(0, 5),
        windowEvents,
        fc.constantFrom(...INPUTS),
        (assigner, allowedLatenessMs, events, input) => {
          const model: WindowModel = { assigner, allowedLatenessMs };
          const keyFields = Array.isArray(input.keyBy) ? ['key'] : undefined;
          const { transformation } = declaredWindowTransformation(specOf(model, undefined), spec, {
            type: input.type,
            keyFields,
          });
          const expected = expectedSteps(model, events, 'key', answer);
          const got = run(transformation, { inputs: [input] }, events, new Set());
          expect(got.steps).toEqual(expected.steps);
          expect(got.dropped).toBe(expected.late.length);
        },
      ),
      { numRuns: Number(process.env['WINDOW_RUNS'] ?? 60) },
    );
  });

  it('give what the model gives when rows are folded before they are spread', () => {
    const { spec, answer } = AGGREGATES['words']!;
    fc.assert(
      fc.property(windowEvents, fc.integer({ min: 1, max: 20 }), (events, sizeMs) => {
        const assigner = { kind: 'tumbling', time: 'event', sizeMs, offsetMs: 0 } as const;
        const model: WindowModel = { assigner };
        const input = { type: Row, keyFields: ['key'] };
        const declared = declaredWindowTransformation(specOf(model, undefined), spec, input, 'on');
        const expected = expectedSteps(model, events, 'key', answer);
        expect(runFolded(declared, events, new Set()).steps).toEqual(expected.steps);
      }),
      { numRuns: Number(process.env['WINDOW_RUNS'] ?? 60) },
    );
  });
});
