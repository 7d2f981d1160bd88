import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignWindows,
  touches,
  WindowList,
  windowStart,
} from '../../../src/operators/window/assigner.ts';
import type { WindowAssigner } from '../../../src/operators/window/assigner.ts';
import { windowAssigners } from '../../support/window-cases.ts';
import { modelWindowsOf } from '../../support/window-model.ts';

const timestamps = fc.oneof(
  fc.integer({ min: -60, max: 60 }),
  fc.constantFrom(1_700_000_000_123, -1_700_000_000_123),
);

function windowsOf(assigner: WindowAssigner, timestamp: number, gapMs = 0): [number, number][] {
  const list = new WindowList();
  assignWindows(assigner, timestamp, gapMs, list);
  return Array.from({ length: list.count }, (_, i) => [list.starts[i]!, list.ends[i]!]);
}

describe('the windows of a row', () => {
  it('are those that trying every window near it finds, the earliest first', () => {
    fc.assert(
      fc.property(
        windowAssigners,
        timestamps,
        fc.integer({ min: 1, max: 9 }),
        (assigner, t, gap) => {
          const gapMs =
            assigner.kind === 'session' && typeof assigner.gap === 'number' ? assigner.gap : gap;
          const expected = modelWindowsOf(assigner, t, gapMs)
            .map(({ start, end }): [number, number] => [start, end])
            .toSorted((a, b) => a[1] - b[1]);
          expect(windowsOf(assigner, t, gapMs)).toEqual(expected);
        },
      ),
    );
  });

  it('start at or before it, a whole number of slides from the offset, also before the epoch', () => {
    expect(windowStart(-1, 10, 0)).toBe(-10);
    expect(windowStart(-10, 10, 0)).toBe(-10);
    expect(windowStart(-11, 10, 0)).toBe(-20);
    expect(windowStart(0, 10, 3)).toBe(-7);
    expect(windowStart(3, 10, 3)).toBe(3);
    expect(windowStart(5, 10, -8)).toBe(2);
  });

  it('are ceil(size / slide) sliding ones at most, and none in a gap between windows', () => {
    const sliding = (sizeMs: number, slideMs: number): WindowAssigner => {
      return { kind: 'sliding', time: 'event', sizeMs, slideMs, offsetMs: 0 };
    };
    expect(windowsOf(sliding(10, 4), 9)).toEqual([
      [0, 10],
      [4, 14],
      [8, 18],
    ]);
    expect(windowsOf(sliding(10, 4), 11)).toEqual([
      [4, 14],
      [8, 18],
    ]);
    expect(windowsOf(sliding(3, 10), 2)).toEqual([[0, 3]]);
    expect(windowsOf(sliding(3, 10), 3)).toEqual([]);
    expect(windowsOf(sliding(3, 10), -1)).toEqual([]);
  });

  it('are the cumulative ones of one start that reach beyond it', () => {
    const assigner: WindowAssigner = {
      kind: 'cumulative',
      time: 'event',
      maxSizeMs: 30,
      stepMs: 10,
      offsetMs: 0,
    };
    expect(windowsOf(assigner, 10)).toEqual([
      [0, 20],
      [0, 30],
    ]);
    expect(windowsOf(assigner, -1)).toEqual([[-30, 0]]);
  });
});

describe('sessions', () => {
  it('are one when they overlap or touch', () => {
    const window = (start: number, end: number) => ({ start, end });
    expect(touches(window(0, 10), window(9, 12))).toBe(true);
    expect(touches(window(0, 10), window(10, 12))).toBe(true);
    expect(touches(window(10, 12), window(0, 10))).toBe(true);
    expect(touches(window(0, 10), window(11, 12))).toBe(false);
  });
});
