/** Laws of the watchdog's watch over one beat, see src/control/watchdog.ts. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BeatWatch, lookIntervalMs } from '../../src/control/watchdog.ts';

const timeouts = fc.integer({ min: 100, max: 100_000 });

describe('a beat', () => {
  test('that changes from look to look is never reported, however late the looks are', () => {
    fc.assert(
      fc.property(timeouts, fc.array(fc.integer({ min: 0, max: 1_000_000 })), (timeout, pauses) => {
        const watch = new BeatWatch(timeout, lookIntervalMs(timeout));
        let nowMs = 0;
        pauses.forEach((pauseMs, beat) => {
          nowMs += pauseMs;
          expect(watch.look(beat, nowMs, true)).toBeUndefined();
        });
      }),
    );
  });

  test('that stands still is reported once, at the first look after the timeout, and again when it goes on', () => {
    fc.assert(
      fc.property(timeouts, fc.integer({ min: 0, max: 1000 }), (timeout, turns) => {
        const interval = lookIntervalMs(timeout);
        const watch = new BeatWatch(timeout, interval);
        let nowMs = 0;
        for (let beat = 0; beat <= turns; beat++) watch.look(beat, (nowMs += interval), true);
        const stillFromMs = nowMs;
        const seen = Array.from({ length: 40 }, () => ({
          atMs: (nowMs += interval),
          said: watch.look(turns, nowMs, true),
        })).filter(({ said }) => said !== undefined);
        expect(seen.map(({ said }) => said!.kind)).toEqual(
          timeout > 40 * interval ? [] : ['stuck'],
        );
        for (const { atMs, said } of seen) {
          expect(said!.ms).toBeCloseTo(atMs - stillFromMs, 3);
          expect(said!.ms).toBeGreaterThanOrEqual(timeout - 1e-6);
          expect(said!.ms).toBeLessThan(timeout + interval);
        }
        const free = watch.look(turns + 1, nowMs + interval, true);
        expect(free?.kind).toBe(seen.length === 0 ? undefined : 'free');
      }),
    );
  });

  test('is not reported for a pause in which nobody looked', () => {
    fc.assert(
      fc.property(timeouts, fc.integer({ min: 0, max: 10_000_000 }), (timeout, suspendedMs) => {
        const interval = lookIntervalMs(timeout);
        const watch = new BeatWatch(timeout, interval);
        watch.look(7, 0, true);
        expect(watch.look(7, suspendedMs, true)).toBeUndefined();
      }),
    );
  });

  test('is not reported of a thread that took the place of another one', () => {
    const watch = new BeatWatch(800, lookIntervalMs(800));
    for (let nowMs = 0; nowMs < 700; nowMs += 100) watch.look(7, nowMs, true);
    watch.reset();
    for (let nowMs = 700; nowMs < 1400; nowMs += 100) {
      expect(watch.look(7, nowMs, true)).toBeUndefined();
    }
  });

  test('may stand still for three times as long outside a step', () => {
    const watch = new BeatWatch(800, lookIntervalMs(800));
    const seen = [100, 900, 1700, 2300, 2600].map((untilMs) => {
      let said: unknown;
      for (let nowMs = untilMs - 800; nowMs < untilMs; nowMs += 100) {
        said ??= watch.look(7, Math.max(0, nowMs), false);
      }
      return said !== undefined;
    });
    expect(seen.filter(Boolean)).toHaveLength(1);
    expect(seen.indexOf(true)).toBeGreaterThan(1);
  });
});
