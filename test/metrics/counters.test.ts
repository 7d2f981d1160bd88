import { describe, expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import {
  createCounterRegion,
  NO_VALUE,
  readCounters,
  SubtaskCounters,
} from '../../src/metrics/counters.ts';
import {
  BLOCK_ALIGNMENT,
  blockBytes,
  CUSTOM_COUNTERS_MAX,
  namesOffset,
  SUBTASK_FIELDS,
} from '../../src/metrics/counters-layout.ts';

describe('a counter region', () => {
  test('reads zeros and no watermark before anything is published', () => {
    const [block] = readCounters(createCounterRegion(1, 2));
    expect(block).toMatchObject({ recordsIn: 0, stateBytes: 0, watermark: NO_VALUE, custom: [] });
    expect(block!.operators).toEqual([
      { rowsIn: 0, rowsOut: 0 },
      { rowsIn: 0, rowsOut: 0 },
    ]);
  });

  test('shows nothing that is not published', () => {
    const region = createCounterRegion(1, 1);
    const counters = new SubtaskCounters(region, 0);
    counters.recordsIn = 5;
    expect(readCounters(region)[0]!.recordsIn).toBe(0);
    counters.publish();
    expect(readCounters(region)[0]!.recordsIn).toBe(5);
  });

  test('carries every named field to its own place', () => {
    const region = createCounterRegion(1, 1);
    const counters = new SubtaskCounters(region, 0);
    SUBTASK_FIELDS.forEach((field, i) => (counters[field] = 1000.5 + i));
    counters.publish();
    const [block] = readCounters(region);
    expect(SUBTASK_FIELDS.map((field) => block![field])).toEqual(
      SUBTASK_FIELDS.map((_, i) => 1000.5 + i),
    );
  });

  test('keeps subtasks apart by at least a pair of cache lines', () => {
    expect(blockBytes(3) % BLOCK_ALIGNMENT).toBe(0);
    expect(blockBytes(3)).toBeGreaterThan(namesOffset(3));
  });

  test('does not let one subtask write into another, whatever it fills', () => {
    const region = createCounterRegion(3, 4);
    const middle = new SubtaskCounters(region, 1);
    for (const field of SUBTASK_FIELDS) middle[field] = -7;
    middle.operatorRowsIn.fill(-7);
    middle.operatorRowsOut.fill(-7);
    for (let i = 0; i < CUSTOM_COUNTERS_MAX; i++)
      middle.custom(i % 4, `c${i}`.padEnd(45, 'x')).add(-7);
    middle.publish();
    const [before, , after] = readCounters(region);
    const [untouched] = readCounters(createCounterRegion(1, 4));
    expect(before).toEqual(untouched);
    expect(after).toEqual(untouched);
  });

  test('refuses a subtask it has no block for, with the range', () => {
    const region = createCounterRegion(2, 1);
    expect(() => new SubtaskCounters(region, 2)).toThrow('subtask expects 0 .. 1, got 2');
    expect(() => createCounterRegion(1.5, 1)).toThrow('subtasks expects an integer ≥ 0, got 1.5');
  });
});

describe('a custom counter', () => {
  test('is read with its operator and name', () => {
    const region = createCounterRegion(1, 300);
    const counters = new SubtaskCounters(region, 0);
    counters.custom(0, 'cacheMisses').add(2);
    counters.custom(299, 'cacheMisses').add(3);
    counters.publish();
    expect(readCounters(region)[0]!.custom).toEqual([
      { operator: 0, name: 'cacheMisses', value: 2 },
      { operator: 299, name: 'cacheMisses', value: 3 },
    ]);
  });

  test('is the same one for the same operator and name', () => {
    const region = createCounterRegion(1, 1);
    const counters = new SubtaskCounters(region, 0);
    counters.custom(0, 'retries').add(1);
    counters.custom(0, 'retries').add(1);
    counters.publish();
    expect(readCounters(region)[0]!.custom).toEqual([{ operator: 0, name: 'retries', value: 2 }]);
  });

  test('needs a short identifier for a name', () => {
    const counters = new SubtaskCounters(createCounterRegion(1, 1), 0);
    for (const name of ['', 'two words', 'x'.repeat(46), 'ünicode']) {
      expect(() => counters.custom(0, name)).toThrow(EngineError);
    }
    expect(() => counters.custom(0, 'x'.repeat(45))).not.toThrow();
  });

  test('is refused beyond the sixteenth, by name', () => {
    const counters = new SubtaskCounters(createCounterRegion(1, 1), 0);
    for (let i = 0; i < CUSTOM_COUNTERS_MAX; i++) counters.custom(0, `c${i}`);
    expect(() => counters.custom(0, 'oneMore')).toThrow(
      expect.objectContaining({
        code: 'ERR_METRICS_COUNTERS_FULL',
        message: 'Expected at most 16 custom counters in one subtask, got one more: oneMore',
      }),
    );
  });
});
