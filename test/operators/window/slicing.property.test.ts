import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slicingOf } from '../../../src/operators/window/slicing.ts';
import type { SliceableAssigner } from '../../../src/operators/window/slicing.ts';
import { windowAssigners } from '../../support/window-cases.ts';
import { modelWindowsOf } from '../../support/window-model.ts';

const assigners = windowAssigners.filter(
  ({ kind }) => kind === 'tumbling' || kind === 'sliding' || kind === 'cumulative',
) as fc.Arbitrary<SliceableAssigner>;
const timestamps = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_100 }),
);

describe('slices', () => {
  it('hold their timestamps, and windows hold slices whole or not at all', () => {
    fc.assert(
      fc.property(assigners, timestamps, (assigner, timestamp) => {
        const slicing = slicingOf(assigner);
        const start = slicing.startOf(timestamp);
        const windows = modelWindowsOf(assigner, timestamp, 0);
        if (Number.isNaN(start)) {
          expect(windows).toEqual([]);
          return;
        }
        const end = slicing.endOf(start);
        expect(start).toBeLessThanOrEqual(timestamp);
        expect(end).toBeGreaterThan(timestamp);
        for (const t of [start, end - 1]) {
          expect(modelWindowsOf(assigner, t, 0)).toEqual(windows);
          expect(slicing.startOf(t)).toBe(start);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('belong to the windows that the assigner gives', () => {
    fc.assert(
      fc.property(assigners, timestamps, (assigner, timestamp) => {
        const slicing = slicingOf(assigner);
        const start = slicing.startOf(timestamp);
        if (Number.isNaN(start)) return;
        const windows = modelWindowsOf(assigner, timestamp, 0);
        const ends: number[] = [];
        for (let end = start; ;) {
          end = slicing.nextEnd(start, end);
          if (end === Infinity) break;
          ends.push(end);
        }
        expect(ends).toEqual(windows.map(({ end }) => end).toSorted((a, b) => a - b));
        expect(slicing.lastEnd(start)).toBe(ends.at(-1));
        for (const window of windows) expect(slicing.windowStart(window.end)).toBe(window.start);
      }),
      { numRuns: 500 },
    );
  });

  it('are two for each slide at most, however small the common divisor is', () => {
    const sizes = { sizeMs: 60_000, slideMs: 59_999, offsetMs: 0 };
    const slicing = slicingOf({ kind: 'sliding', time: 'event', ...sizes });
    const starts = new Set<number>();
    for (let t = 0; t < 600_000; t++) starts.add(slicing.startOf(t));
    expect(starts.size).toBeLessThanOrEqual(22);
  });
});
