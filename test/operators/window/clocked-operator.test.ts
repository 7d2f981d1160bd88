/** Windows of the machine's time, by slices; what they hold is in declared-window.property.test.ts. */

import { describe, expect, it } from 'vitest';
import { count } from '../../../src/operators/index.ts';
import { declaredWindowTransformation } from '../../../src/operators/window/declared.ts';
import {
  NOW,
  ROWS_A_READING,
  ROWS_LEFT,
  WindowClock,
} from '../../../src/operators/window/window-clock.ts';
import { Row, specOf } from '../../support/declared-cases.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';

const ASSIGNER = { kind: 'tumbling', time: 'processing', sizeMs: 10, offsetMs: 0 } as const;

function harnessOf(mode: 'streaming' | 'batch' = 'streaming'): OperatorHarness {
  const { transformation } = declaredWindowTransformation(
    specOf({ assigner: ASSIGNER }, undefined),
    { n: count() },
    { type: Row, keyFields: ['key'] },
  );
  return new OperatorHarness(transformation, { mode, inputs: [{ type: Row, keyBy: ['key'] }] });
}

function push(harness: OperatorHarness, rows: number): void {
  for (let id = 0; id < rows; id++) harness.push({ id, key: 'a', gap: 0 });
}

describe('the clock of windows', () => {
  it('is read once for so many rows, and again when a step begins', () => {
    let nowMs = 5;
    let readings = 0;
    const clock = new WindowClock(() => {
      readings++;
      return nowMs;
    });
    const timeOfRow = (): number => {
      if (--clock.numbers[ROWS_LEFT]! < 0) clock.read();
      return clock.numbers[NOW]!;
    };
    const times = Array.from({ length: ROWS_A_READING + 1 }, (_, i) => {
      if (i === 1) nowMs = 6;
      return timeOfRow();
    });
    expect(times).toEqual([...Array.from({ length: ROWS_A_READING }, () => 5), 6]);
    expect(readings).toBe(2);
    nowMs = 7;
    clock.expire();
    expect(timeOfRow()).toBe(7);
  });

  it('does not go back before what has passed', () => {
    let nowMs = 20;
    const clock = new WindowClock(() => nowMs);
    clock.passed(19);
    nowMs = 3;
    clock.read();
    expect(clock.numbers[NOW]).toBe(20);
    clock.passed(10);
    clock.read();
    expect(clock.numbers[NOW]).toBe(20);
  });
});

describe('windows of the machine’s time', () => {
  it('fire when the clock shows their end, and not before', () => {
    const harness = harnessOf();
    harness.advanceProcessingTime(1003);
    push(harness, 3);
    expect(harness.operator.processingTimeDue!()).toBe(1010);
    harness.advanceProcessingTime(1009);
    expect(harness.rows).toEqual([]);
    harness.advanceProcessingTime(1010);
    expect(harness.rows).toEqual([{ key: 'a', windowStart: 1000, windowEnd: 1010, n: 3 }]);
    expect(harness.operator.processingTimeDue!()).toBe(Infinity);
  });

  it('lose no row when the clock jumps back, and give a window once', () => {
    const harness = harnessOf();
    harness.advanceProcessingTime(1003);
    push(harness, 1);
    harness.advanceProcessingTime(1010);
    harness.advanceProcessingTime(995);
    push(harness, 2);
    harness.advanceProcessingTime(1005);
    push(harness, 4);
    harness.advanceProcessingTime(1020);
    expect(harness.rows).toEqual([
      { key: 'a', windowStart: 1000, windowEnd: 1010, n: 1 },
      { key: 'a', windowStart: 1010, windowEnd: 1020, n: 6 },
    ]);
    expect(harness.counters['lateRowsDropped'] ?? 0).toBe(0);
  });

  it('fire at the end of a bounded batch job only', () => {
    for (const [mode, rows] of [
      ['streaming', 0],
      ['batch', 1],
    ] as const) {
      const harness = harnessOf(mode);
      push(harness, 5);
      expect(harness.operator.finish!()).toBe(true);
      expect([mode, harness.rows.length]).toEqual([mode, rows]);
    }
  });
});
