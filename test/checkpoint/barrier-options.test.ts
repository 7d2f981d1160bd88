/** Laws of src/checkpoint/barrier-options.ts, and the bounds of the settings. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  ALIGNED_TIMEOUT_MS_MAX,
  asOvertaking,
  barrierOptions,
  checkpointSettings,
  overtakesAfterMs,
  packOptions,
  unpackOptions,
} from '../../src/checkpoint/index.ts';

const kind = fc.constantFrom('checkpoint', 'savepoint', 'suspend', 'drain');
const mode = fc.constantFrom('aligned', 'aligned-with-timeout', 'unaligned', 'at-least-once');
const timeout = fc.integer({ min: 0, max: ALIGNED_TIMEOUT_MS_MAX });

describe('what a barrier says', () => {
  test('comes back from an int32 that is not negative', () => {
    fc.assert(
      fc.property(kind, mode, timeout, (k, m, alignedTimeoutMs) => {
        const options = barrierOptions(k, checkpointSettings({ mode: m, alignedTimeoutMs }));
        const packed = packOptions(options);
        expect(packed).toBe(packed | 0);
        expect(packed).toBeGreaterThanOrEqual(0);
        expect(unpackOptions(packed)).toEqual(options);
      }),
    );
  });

  test('lets barriers overtake at once, after a time, or never', () => {
    fc.assert(
      fc.property(kind, mode, timeout, (k, m, alignedTimeoutMs) => {
        const options = barrierOptions(k, checkpointSettings({ mode: m, alignedTimeoutMs }));
        const packed = packOptions(options);
        const after = { unaligned: 0, 'aligned-with-timeout': alignedTimeoutMs }[
          options.mode as 'unaligned'
        ];
        expect(overtakesAfterMs(packed)).toBe(after ?? Infinity);
        expect(overtakesAfterMs(asOvertaking(packed))).toBe(0);
        expect(unpackOptions(asOvertaking(packed)).kind).toBe(options.kind);
      }),
    );
  });

  test('is aligned for savepoints of a job whose barriers overtake rows', () => {
    const settings = checkpointSettings({ mode: 'aligned-with-timeout', alignedTimeoutMs: 500 });
    const overtaking = { mode: 'aligned-with-timeout', alignedTimeoutMs: 500 };
    const aligned = { mode: 'aligned', alignedTimeoutMs: 0 };
    expect(barrierOptions('checkpoint', settings)).toMatchObject(overtaking);
    expect(barrierOptions('savepoint', settings)).toMatchObject(aligned);
    expect(barrierOptions('drain', checkpointSettings({ mode: 'at-least-once' }))).toMatchObject({
      mode: 'at-least-once',
    });
  });
});

describe('settings', () => {
  test.for([
    ['intervalMs', { intervalMs: 5 }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['minPauseMs', { minPauseMs: Number.NaN }],
    ['concurrentMax', { concurrentMax: 0 }],
    ['concurrentMax', { concurrentMax: 2, mode: 'unaligned' }],
    ['failuresTolerated', { failuresTolerated: -1 }],
    ['retained', { retained: 0.5 }],
    ['alignedTimeoutMs', { alignedTimeoutMs: 2 ** 30 }],
  ] as const)('out of bounds are an error that names %s', ([setting, given]) => {
    expect(() => checkpointSettings(given)).toThrow(
      expect.objectContaining({
        code: 'ERR_CHECKPOINT_SETTING',
        details: expect.objectContaining({ setting }),
      }),
    );
  });
});
