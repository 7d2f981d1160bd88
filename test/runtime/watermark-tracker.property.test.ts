/**
 * Laws of combined watermarks: the minimum over the active channels; idle channels are left out; when all are idle it is
 * the maximum of their watermarks; it only ever advances; a channel that turns active again takes part once it caught up.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { END_OF_TIME, NO_WATERMARK } from '../../src/record/index.ts';
import { WatermarkTracker } from '../../src/runtime/watermark-tracker.ts';

type Said =
  | { readonly kind: 'watermark'; readonly channel: number; readonly at: number }
  | { readonly kind: 'status'; readonly channel: number; readonly idle: boolean }
  | { readonly kind: 'end'; readonly channel: number };

/** The laws, word by word, with nothing kept but what every channel said. */
class NaiveTracker {
  readonly channels: { watermark: number; idle: boolean; takesPart: boolean }[];
  current: number = NO_WATERMARK;

  constructor(channels: number) {
    this.channels = Array.from({ length: channels }, () => ({
      watermark: NO_WATERMARK,
      idle: false,
      takesPart: true,
    }));
  }

  take(said: Said): void {
    const channel = this.channels[said.channel]!;
    if (said.kind === 'watermark') {
      // What an idle channel says is not heard: it must say that it is active first.
      if (channel.idle) return;
      channel.watermark = Math.max(channel.watermark, said.at);
    } else if (said.kind === 'end') {
      channel.watermark = END_OF_TIME;
      channel.idle = false;
    } else {
      channel.idle = said.idle;
      if (said.idle) channel.takesPart = false;
    }
    if (!channel.idle && channel.watermark >= this.current) channel.takesPart = true;
    const all = this.channels.map(({ watermark }) => watermark);
    const active = this.channels.filter(({ takesPart }) => takesPart);
    const allIdle = this.channels.every(({ idle }) => idle);
    if (allIdle) this.current = Math.max(this.current, ...all);
    else if (active.length > 0) {
      const least = Math.min(...active.map(({ watermark }) => watermark));
      this.current = Math.max(this.current, least);
    }
  }
}

const CHANNELS = 3;
const said: fc.Arbitrary<Said> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('watermark' as const),
      channel: fc.nat(CHANNELS - 1),
      at: fc.integer({ min: -20, max: 60 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('status' as const),
      channel: fc.nat(CHANNELS - 1),
      idle: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('end' as const), channel: fc.nat(CHANNELS - 1) }),
  },
);

function tell(tracker: WatermarkTracker, one: Said): boolean {
  if (one.kind === 'watermark') return tracker.onWatermark(one.channel, one.at);
  if (one.kind === 'status') return tracker.onStatus(one.channel, one.idle);
  return tracker.onEnd(one.channel);
}

describe('a combined watermark', () => {
  test('is that of the naive model, and says so when it advances', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 60 }), (story) => {
        const tracker = new WatermarkTracker(CHANNELS);
        const naive = new NaiveTracker(CHANNELS);
        const ended = new Set<number>();
        for (const one of story) {
          // Nothing follows the end of a channel.
          if (ended.has(one.channel)) continue;
          if (one.kind === 'end') ended.add(one.channel);
          const before = tracker.current;
          const advanced = tell(tracker, one);
          naive.take(one);
          expect(tracker.current).toBe(naive.current);
          expect(advanced).toBe(tracker.current > before);
          expect(tracker.current).toBeGreaterThanOrEqual(before);
          expect(tracker.idle).toBe(naive.channels.every(({ idle }) => idle));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is the minimum over channels that are all active', () => {
    const tracker = new WatermarkTracker(2);
    expect(tracker.onWatermark(0, 10)).toBe(false);
    expect(tracker.current).toBe(NO_WATERMARK);
    expect(tracker.onWatermark(1, 5)).toBe(true);
    expect(tracker.current).toBe(5);
    expect(tracker.holdingChannel).toBe(1);
  });

  test('leaves out an idle channel, which comes back only when it caught up', () => {
    const tracker = new WatermarkTracker(2);
    tracker.onWatermark(0, 10);
    tracker.onWatermark(1, 5);
    expect(tracker.onStatus(1, true)).toBe(true);
    expect(tracker.current).toBe(10);
    tracker.onStatus(1, false);
    tracker.onWatermark(1, 7);
    expect(tracker.onWatermark(0, 20)).toBe(true);
    expect(tracker.current).toBe(20);
    tracker.onWatermark(1, 20);
    tracker.onWatermark(0, 30);
    expect(tracker.current).toBe(20);
  });

  test('is that of the one that comes back, when no other takes part', () => {
    const tracker = new WatermarkTracker(3);
    tracker.onWatermark(0, 10);
    tracker.onWatermark(1, 10);
    tracker.onWatermark(2, 50);
    tracker.onStatus(2, true);
    tracker.onStatus(1, true);
    tracker.onWatermark(0, 12);
    // Active again, but behind: it takes no part.
    tracker.onStatus(1, false);
    tracker.onStatus(0, true);
    expect(tracker.current).toBe(12);
    expect(tracker.onStatus(2, false)).toBe(true);
    expect(tracker.current).toBe(50);
  });

  test('is the maximum when all are idle', () => {
    const tracker = new WatermarkTracker(2);
    tracker.onWatermark(0, 10);
    tracker.onWatermark(1, 5);
    tracker.onStatus(0, true);
    expect(tracker.current).toBe(5);
    expect(tracker.idle).toBe(false);
    tracker.onStatus(1, true);
    expect(tracker.current).toBe(10);
    expect(tracker.idle).toBe(true);
  });

  test('is the end of time when every channel ended', () => {
    const tracker = new WatermarkTracker(2);
    tracker.onEnd(0);
    tracker.onWatermark(1, 5);
    expect(tracker.current).toBe(5);
    tracker.onEnd(1);
    expect(tracker.current).toBe(END_OF_TIME);
  });
});
