/** Laws of restarts, those of the file's header. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Restarts, restartStrategyOf } from '../../src/control/restart-strategy.ts';

const gaps = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 40 });

function delays(restarts: Restarts, gapsMs: readonly number[]): (number | undefined)[] {
  let nowMs = 0;
  return gapsMs.map((gapMs) => {
    nowMs += gapMs;
    return restarts.onFailure(nowMs);
  });
}

describe('a failed job', () => {
  test('is not started again without a strategy', () => {
    const restarts = new Restarts(restartStrategyOf({}), Math.random);
    expect(delays(restarts, [0, 1, 1_000_000])).toEqual([undefined, undefined, undefined]);
  });

  test('with a fixed delay is started as often as allowed, each time after the delay', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(5000), gaps, (attempts, delay, all) => {
        const strategy = restartStrategyOf({ strategy: 'fixed-delay', attempts, delay });
        const found = delays(new Restarts(strategy, Math.random), all);
        expect(found).toEqual(all.map((_, n) => (n < attempts ? delay : undefined)));
      }),
    );
  });

  test('with an exponential delay waits longer each time, within the jitter, and anew after a quiet time', () => {
    fc.assert(
      fc.property(
        gaps,
        fc.double({ min: 1, max: 4, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, backoffMultiplier, jitterFactor, drawn) => {
          const strategy = restartStrategyOf({
            strategy: 'exponential-delay',
            initialBackoff: 100,
            maxBackoff: 5000,
            backoffMultiplier,
            jitterFactor,
            resetBackoffThreshold: 60_000,
          });
          const restarts = new Restarts(strategy, () => drawn);
          let row = 0;
          let nowMs = 0;
          let restartedMs = -Infinity;
          for (const gapMs of all) {
            nowMs += gapMs;
            if (nowMs - restartedMs >= 60_000) row = 0;
            const plain = Math.min(5000, 100 * backoffMultiplier ** row++);
            const delay = restarts.onFailure(nowMs)!;
            expect(delay).toBeGreaterThanOrEqual(Math.floor(plain * (1 - jitterFactor)));
            expect(delay).toBeLessThanOrEqual(Math.ceil(plain * (1 + jitterFactor)));
            if (jitterFactor === 0) expect(delay).toBe(Math.round(plain));
            restartedMs = nowMs + delay;
          }
        },
      ),
    );
  });

  test('with an exponential delay and a number of attempts gives up after as many in a row', () => {
    const strategy = restartStrategyOf({
      strategy: 'exponential-delay',
      attempts: 2,
      initialBackoff: 10,
      jitterFactor: 0,
      resetBackoffThreshold: 1000,
    });
    const restarts = new Restarts(strategy, Math.random);
    // The fourth comes a quiet time after the second.
    expect(delays(restarts, [0, 100, 100, 2000])).toEqual([10, 15, undefined, 10]);
  });

  test('with a failure rate is started again unless too many failures lie within one interval', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), (all, most) => {
        const strategy = restartStrategyOf({
          strategy: 'failure-rate',
          maxFailuresPerInterval: most,
          failureRateInterval: 50_000,
          delay: 7,
        });
        const found = delays(new Restarts(strategy, Math.random), all);
        const times = all.map((_, n) => all.slice(0, n + 1).reduce((sum, gap) => sum + gap, 0));
        const within = (n: number): number =>
          times.slice(0, n + 1).filter((time) => times[n]! - time < 50_000).length;
        expect(found).toEqual(all.map((_, n) => (within(n) > most ? undefined : 7)));
      }),
    );
  });
});
