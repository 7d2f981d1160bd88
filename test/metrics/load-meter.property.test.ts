import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LoadMeter, LoadState } from '../../src/metrics/index.ts';

const states = fc.constantFrom(LoadState.idle, LoadState.busy, LoadState.backpressured);

test('law: busyMs + idleMs + backpressuredMs = last t − t0', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.array(fc.tuple(states, fc.nat(10_000))), (start, moves) => {
      const meter = new LoadMeter();
      meter.start(start);
      let now = start;
      for (const [state, ms] of moves) meter.enter(state, (now += ms));
      expect(meter.busyMs + meter.idleMs + meter.backpressuredMs).toBe(now - start);
    }),
  );
});

test('time belongs to the state it was spent in', () => {
  const meter = new LoadMeter();
  meter.start(100);
  meter.enter(LoadState.busy, 110);
  meter.enter(LoadState.backpressured, 140);
  meter.enter(LoadState.idle, 141);
  meter.enter(LoadState.idle, 151);
  expect([meter.idleMs, meter.busyMs, meter.backpressuredMs]).toEqual([20, 30, 1]);
});

test('a clock that steps back adds nothing and takes nothing away', () => {
  const meter = new LoadMeter();
  meter.start(100);
  meter.enter(LoadState.busy, 90);
  meter.enter(LoadState.idle, 105);
  expect([meter.idleMs, meter.busyMs]).toEqual([0, 5]);
});
