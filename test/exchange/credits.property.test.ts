/** The laws in the header of src/exchange/credits.ts. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  gateBudget,
  inFlightTarget,
  nextLimit,
  shareWindows,
  smoothThroughput,
  sumOfTerms,
  windowFloor,
} from '../../src/exchange/credits.ts';
import type { ChannelDemand } from '../../src/exchange/credits.ts';

const bytes = (max: number): fc.Arbitrary<number> => fc.nat(max / 8).map((n) => n * 8);
const demand: fc.Arbitrary<ChannelDemand> = fc.record({
  usableBytes: fc.constantFrom(3072, 64_512, 1_047_552),
  backlogBytes: bytes(1_048_576),
  minimumBytes: fc.oneof(fc.constant(0), bytes(1_000_000)),
});
const gate = fc.record({
  channels: fc.array(demand, { minLength: 1, maxLength: 20 }),
  exclusiveBytes: bytes(131_072).map((n) => n + 8),
  inFlightBytes: bytes(4_194_304),
});

test('law 1: the windows sum to at most max(in-flight bytes, sum of the floors)', () => {
  fc.assert(
    fc.property(gate, ({ channels, exclusiveBytes, inFlightBytes }) => {
      const windows = shareWindows(channels, exclusiveBytes, inFlightBytes);
      const sum = windows.reduce((total, window) => total + window, 0);
      const floors = channels.reduce((total, c) => total + windowFloor(c, exclusiveBytes), 0);
      expect(sum).toBeLessThanOrEqual(Math.max(inFlightBytes, floors) + 1e-6);
    }),
  );
});

test('law 2: every window is at least its floor, a multiple of 8, and at most what its ring can hold', () => {
  fc.assert(
    fc.property(gate, ({ channels, exclusiveBytes, inFlightBytes }) => {
      const windows = shareWindows(channels, exclusiveBytes, inFlightBytes);
      for (const [i, channel] of channels.entries()) {
        expect(windows[i]).toBeGreaterThanOrEqual(windowFloor(channel, exclusiveBytes));
        expect(windows[i]).toBeLessThanOrEqual(channel.usableBytes);
        expect(windows[i]! % 8).toBe(0);
      }
    }),
  );
});

test('law 3: a limit never moves back, whatever the windows do', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.record({ read: bytes(65_536), window: bytes(1_048_576) }), { maxLength: 50 }),
      (start, steps) => {
        let pos = start;
        let limit = start;
        for (const { read, window } of steps) {
          // The consumer reads no further than it granted.
          pos = (pos + Math.min(read, (limit - pos) | 0)) | 0;
          const next = nextLimit(limit, pos, window);
          expect((next - limit) | 0).toBeGreaterThanOrEqual(0);
          expect((next - pos) | 0).toBeGreaterThanOrEqual(window);
          limit = next;
        }
      },
    ),
  );
});

test('law 4: among channels with the same ring and floor, one with more backlog never gets a smaller window', () => {
  fc.assert(
    fc.property(
      fc.array(bytes(1_048_576), { minLength: 2, maxLength: 20 }),
      bytes(4_194_304),
      (backlogs, inFlightBytes) => {
        const channels = backlogs.map((backlogBytes) => ({
          usableBytes: 1_047_552,
          backlogBytes,
          minimumBytes: 0,
        }));
        const windows = shareWindows(channels, 65_536, inFlightBytes);
        const byBacklog = windows.map((window, i) => ({ window, backlog: backlogs[i]! }));
        byBacklog.sort((a, b) => a.backlog - b.backlog || a.window - b.window);
        for (let i = 1; i < byBacklog.length; i++) {
          // 8: rounding of a share that comes to the same either way.
          expect(byBacklog[i]!.window + 8).toBeGreaterThanOrEqual(byBacklog[i - 1]!.window);
        }
      },
    ),
  );
});

test('nothing is kept back while rings have room: the windows use the in-flight bytes up to rounding', () => {
  fc.assert(
    fc.property(gate, ({ channels, exclusiveBytes, inFlightBytes }) => {
      const windows = shareWindows(channels, exclusiveBytes, inFlightBytes);
      const sum = windows.reduce((total, window) => total + window, 0);
      const room = channels.reduce((total, c) => total + c.usableBytes, 0);
      expect(sum).toBeGreaterThanOrEqual(Math.min(inFlightBytes, room) - 8 * (channels.length + 1));
    }),
  );
});

test('the budget is the sum of its terms and never more than the rings can hold', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(3072, 64_512, 1_047_552), { minLength: 1, maxLength: 20 }),
      bytes(131_072),
      bytes(4_194_304),
      (usable, exclusiveBytes, floatingBytes) => {
        const terms = gateBudget(usable, { exclusiveBytes, floatingBytes, targetMs: 100 });
        expect(terms.map((term) => term.name)).toEqual(['exclusive', 'floating']);
        for (const term of terms) expect(term.bytes).toBeGreaterThanOrEqual(0);
        const room = usable.reduce((total, n) => total + n, 0);
        expect(sumOfTerms(terms)).toBeLessThanOrEqual(room);
      },
    ),
  );
});

test('a slow consumer shrinks the target to what it drains in time, small changes are ignored, an idle one relaxes it', () => {
  const budget = 1_048_576;
  let throughput = 0;
  let target = budget;
  for (let i = 0; i < 30; i++) {
    throughput = smoothThroughput(throughput, 1_000_000, 1000);
    target = inFlightTarget(target, throughput, 100, budget);
  }
  expect(target).toBeCloseTo(100_000, 3);
  expect(inFlightTarget(target, 1100, 100, budget)).toBe(target);
  expect(inFlightTarget(target, 2000, 100, budget)).toBe(200_000);
  expect(inFlightTarget(target, 0, 100, budget)).toBe(budget);
  expect(smoothThroughput(5, 100, 0)).toBe(5);
});
