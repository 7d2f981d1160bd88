/** Random input of windowed operators: rows out of order on several channels, watermarks, channels that go idle. */

import fc from 'fast-check';
import type { WindowAssigner } from '../../src/operators/window/assigner.ts';
import type { WindowEvent, WindowModel } from './window-model.ts';

/** A row of a case; `id` is its place in the input. */
export interface CaseRow {
  readonly id: number;
  readonly key: string;
  /** Milliseconds: the gap of this row, where sessions ask the row. */
  readonly gap: number;
}

type Step =
  | {
      readonly op: 'row';
      readonly channel: number;
      readonly key: string;
      readonly ahead: number;
      readonly gap: number;
    }
  | { readonly op: 'watermark'; readonly channel: number; readonly by: number }
  | { readonly op: 'idle'; readonly channel: number }
  | { readonly op: 'clock'; readonly by: number };

const CHANNELS = 3;
const KEYS = ['a', 'b', 'c'];

const channel = fc.nat(CHANNELS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('row' as const),
      channel,
      key: fc.constantFrom(...KEYS),
      ahead: fc.integer({ min: -25, max: 25 }),
      gap: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('watermark' as const),
      channel,
      by: fc.integer({ min: 0, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('idle' as const), channel }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('clock' as const), by: fc.integer({ min: 0, max: 9 }) }),
  },
);

/** The events that one operator behind these channels sees: the watermark is the minimum over those that are active. */
function combined(steps: readonly Step[], start: number): WindowEvent<CaseRow>[] {
  const marks = Array.from({ length: CHANNELS }, () => start);
  const idle = Array.from({ length: CHANNELS }, () => false);
  const events: WindowEvent<CaseRow>[] = [];
  let watermark = Number.MIN_SAFE_INTEGER;
  let nowMs = 0;
  const combine = (): void => {
    const active = marks.filter((_, i) => !idle[i]);
    const lowest = active.length === 0 ? Math.max(...marks) : Math.min(...active);
    if (lowest <= watermark) return;
    watermark = lowest;
    events.push({ kind: 'watermark', watermark });
  };
  for (const one of steps) {
    if (one.op === 'clock') {
      nowMs += one.by;
      events.push({ kind: 'clock', nowMs });
      continue;
    }
    const { channel: c } = one;
    if (one.op === 'idle') idle[c] = true;
    else {
      idle[c] = false;
      if (one.op === 'watermark') marks[c]! += one.by;
      else {
        const { key, gap } = one;
        const row = { id: events.length, key, gap };
        events.push({ kind: 'row', key, timestamp: marks[c]! + one.ahead, row });
      }
    }
    combine();
  }
  return events;
}

/** What happens to one operator; timestamps may be negative. The last event is the end of time. */
export const windowEvents: fc.Arbitrary<WindowEvent<CaseRow>[]> = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 60 }), fc.constantFrom(0, -40, 1_000_003))
  .map(([steps, start]) => [
    ...combined(steps, start),
    { kind: 'watermark', watermark: Number.MAX_SAFE_INTEGER },
  ]);

const time = fc.constantFrom('event' as const, 'event' as const, 'processing' as const);

/** Assigners whose sizes are of the order of the disorder. */
export const windowAssigners: fc.Arbitrary<WindowAssigner> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.nat(19), time)
    .map(([sizeMs, offset, by]): WindowAssigner => {
      return { kind: 'tumbling', time: by, sizeMs, offsetMs: offset % sizeMs };
    }),
  fc
    .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 12 }), fc.nat(11), time)
    .map(([sizeMs, slideMs, offset, by]): WindowAssigner => {
      return { kind: 'sliding', time: by, sizeMs, slideMs, offsetMs: -(offset % slideMs) };
    }),
  fc
    .tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: -3, max: 3 }),
      time,
    )
    .map(([stepMs, steps, offset, by]): WindowAssigner => {
      const maxSizeMs = stepMs * steps;
      return { kind: 'cumulative', time: by, stepMs, maxSizeMs, offsetMs: offset % maxSizeMs };
    }),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), time)
    .map(([gap, by]): WindowAssigner => ({ kind: 'session', time: by, gap })),
  time.map((by): WindowAssigner => {
    return { kind: 'session', time: by, gap: (row: CaseRow) => row.gap };
  }),
  fc.constant<WindowAssigner>({ kind: 'global' }),
);

const triggers: fc.Arbitrary<NonNullable<WindowModel['trigger']>> = fc.oneof(
  fc.constant({ kind: 'default' as const }),
  fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('continuousEventTime' as const),
    intervalMs: fc.integer({ min: 1, max: 15 }),
  }),
);

const evictors: fc.Arbitrary<NonNullable<WindowModel['evictor']>> = fc.oneof(
  fc.record({
    kind: fc.constant('count' as const),
    count: fc.integer({ min: 0, max: 3 }),
    after: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('time' as const),
    keepMs: fc.integer({ min: 1, max: 15 }),
    after: fc.boolean(),
  }),
);

/** Any windows that the job API allows. */
export const windowModels: fc.Arbitrary<WindowModel> = fc
  .record({
    assigner: windowAssigners,
    trigger: fc.option(triggers, { nil: undefined, freq: 2 }),
    purging: fc.boolean(),
    evictor: fc.option(evictors, { nil: undefined, freq: 3 }),
    allowedLatenessMs: fc.constantFrom(0, 0, 1, 5, 20),
  })
  .map(({ assigner, trigger, evictor, purging, allowedLatenessMs }): WindowModel => {
    const inEventTime = assigner.kind === 'global' || assigner.time === 'event';
    const timed = assigner.kind !== 'global' && assigner.time === 'event';
    return {
      assigner,
      purging,
      allowedLatenessMs: timed ? allowedLatenessMs : 0,
      ...(trigger && (inEventTime || trigger.kind !== 'continuousEventTime') ? { trigger } : {}),
      ...(evictor && { evictor }),
    };
  });
