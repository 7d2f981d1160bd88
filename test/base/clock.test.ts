import { expect, test } from 'vitest';

import { Log, ManualClock, systemClock } from '../../src/base/index.ts';
import type { LogEntry } from '../../src/base/index.ts';

test('a manual clock moves only when told to, and never back', () => {
  const clock = new ManualClock(5);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([5, 5]);
  clock.advance(10);
  expect(clock.nowMs()).toBe(15);
  expect(() => clock.advance(-1)).toThrow('advance expects milliseconds ≥ 0, got -1');
});

test('monotonic time has the same origin as the wall clock, so threads can compare it', () => {
  expect(Math.abs(systemClock.monotonicMs() - systemClock.nowMs())).toBeLessThan(60_000);
  const before = systemClock.monotonicMs();
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
});

test('a log without a sink is silent, with one it passes entries on', () => {
  const entries: LogEntry[] = [];
  const log = new Log((entry) => entries.push(entry));
  log.warn('slow', { ms: 5 });
  log.debug('detail');
  expect(entries).toEqual([
    { level: 'warn', message: 'slow', fields: { ms: 5 } },
    { level: 'debug', message: 'detail', fields: {} },
  ]);
  expect([log.enabled, new Log().enabled]).toEqual([true, false]);
});
