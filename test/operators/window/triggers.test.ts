import { describe, expect, it } from 'vitest';
import type { WindowAssigner } from '../../../src/operators/window/assigner.ts';
import {
  continuousEventTimeTriggerOf,
  continuousProcessingTimeTriggerOf,
} from '../../../src/operators/window/continuous-triggers.ts';
import { countTriggerOf } from '../../../src/operators/window/count-trigger.ts';
import { deltaTriggerOf } from '../../../src/operators/window/delta-trigger.ts';
import { deltaEvictorOf } from '../../../src/operators/window/evictors.ts';
import {
  END_OF_STREAM_TRIGGER,
  EVENT_TIME_TRIGGER,
  NEVER_TRIGGER,
  PROCESSING_TIME_TRIGGER,
} from '../../../src/operators/window/time-triggers.ts';
import { canMerge } from '../../../src/operators/window/trigger.ts';
import type { Trigger } from '../../../src/operators/window/trigger.ts';
import type { WindowSpec } from '../../../src/operators/window/window-spec.ts';
import {
  usesEventTimers,
  windowTransformation,
} from '../../../src/operators/window/window-transformation.ts';
import {
  processingTimeoutTriggerOf,
  purgingTriggerOf,
} from '../../../src/operators/window/wrapping-triggers.ts';
import { END_OF_TIME, i32, record, utf8 } from '../../../src/record/index.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';
import type { HarnessOptions } from '../../support/operator-harness.ts';

interface Bid {
  readonly key: string;
  readonly n: number;
}
const Bid = record('Bid', { key: utf8, n: i32 });

const global: WindowAssigner = { kind: 'global' };
const hour: WindowAssigner = { kind: 'tumbling', time: 'event', sizeMs: 100, offsetMs: 0 };
const clockHour: WindowAssigner = {
  kind: 'tumbling',
  time: 'processing',
  sizeMs: 100,
  offsetMs: 0,
};
const session10: WindowAssigner = { kind: 'session', time: 'event', gap: 10 };

/** An operator that emits how many rows its window holds. */
function counting(
  assigner: WindowAssigner,
  trigger: Trigger<Bid>,
  change: Partial<WindowSpec> = {},
  options: Partial<HarnessOptions> = {},
): OperatorHarness {
  const spec: WindowSpec = {
    assigner,
    trigger: trigger as Trigger,
    evictor: undefined,
    allowedLatenessMs: 0,
    lateTag: undefined,
    keyed: true,
    ...change,
  };
  const transformation = windowTransformation<Bid, number, string>(
    spec,
    { kind: 'rows' },
    { process: (rows, _, out) => out.collect(rows.length) },
  );
  return new OperatorHarness(transformation, {
    inputs: [{ type: Bid, keyBy: ['key'] }],
    ...options,
  });
}

function taken(harness: OperatorHarness): unknown[] {
  const { rows } = harness;
  harness.events.length = 0;
  return rows;
}

const bid = (n: number): Bid => ({ key: 'a', n });

describe('the continuous event-time trigger', () => {
  it('fires at every multiple of its interval that the watermark passes, and at the end', () => {
    const harness = counting(hour, continuousEventTimeTriggerOf(30));
    harness.push(bid(1), 10);
    harness.advance(29);
    expect(taken(harness)).toEqual([]);
    harness.advance(30);
    expect(taken(harness)).toEqual([1]);
    harness.push(bid(2), 40);
    harness.advance(95);
    expect(taken(harness)).toEqual([2, 2]);
    harness.advance(99);
    expect(taken(harness)).toEqual([2]);
  });

  it('counts multiples from the epoch also before it', () => {
    const harness = counting(hour, continuousEventTimeTriggerOf(30));
    harness.push(bid(1), -45);
    harness.advance(-31);
    expect(taken(harness)).toEqual([]);
    harness.advance(-30);
    expect(taken(harness)).toEqual([1]);
  });

  it('fires the global window once at the end of time', () => {
    const harness = counting(global, continuousEventTimeTriggerOf(10));
    harness.push(bid(1), 5);
    harness.advance(END_OF_TIME);
    expect(taken(harness)).toEqual([1]);
  });
});

describe('the continuous processing-time trigger', () => {
  it('fires at every multiple of its interval by the clock', () => {
    const harness = counting(clockHour, continuousProcessingTimeTriggerOf(30));
    harness.nowMs = 10;
    harness.push(bid(1));
    harness.advanceProcessingTime(30);
    expect(taken(harness)).toEqual([]);
    harness.advanceProcessingTime(31);
    harness.push(bid(2));
    harness.advanceProcessingTime(61);
    harness.advanceProcessingTime(100);
    expect(taken(harness)).toEqual([1, 2, 2, 2]);
  });

  it('merges with the sessions it stands on', () => {
    const session: WindowAssigner = { kind: 'session', time: 'processing', gap: 50 };
    const harness = counting(session, continuousProcessingTimeTriggerOf(30));
    harness.push(bid(1));
    harness.advanceProcessingTime(20);
    harness.push(bid(2));
    harness.advanceProcessingTime(31);
    expect(taken(harness)).toEqual([2]);
    harness.advanceProcessingTime(70);
    expect(taken(harness)).toEqual([2, 2]);
    expect(harness.operator.processingTimeDue!()).toBe(Infinity);
  });

  it('fires the global window once when a batch job ends', async () => {
    const trigger = continuousProcessingTimeTriggerOf(30);
    const harness = counting(global, trigger, {}, { mode: 'batch' });
    harness.push(bid(1));
    await harness.end();
    expect(taken(harness)).toEqual([1]);
  });
});

describe('the end-of-stream trigger', () => {
  it('fires the global window when the input ends', () => {
    const harness = counting(global, END_OF_STREAM_TRIGGER);
    harness.push(bid(1));
    harness.push(bid(2), 5);
    harness.advance(1_700_000_000_000);
    expect(taken(harness)).toEqual([]);
    harness.advance(END_OF_TIME);
    expect(taken(harness)).toEqual([2]);
  });
});

describe('the delta trigger', () => {
  const trigger = deltaTriggerOf<Bid>(5, (from, to) => to.n - from.n);

  it('fires when a row is further than the threshold from that of the last firing', () => {
    const harness = counting(global, trigger);
    for (const n of [1, 6, 7, 12, 13]) harness.push(bid(n));
    // 1 is where it begins; 7 is 6 further; 13 is 6 further again.
    expect(taken(harness)).toEqual([3, 5]);
  });

  it('remembers the row over a restart', () => {
    const harness = counting(global, trigger);
    harness.push(bid(1));
    const { keyed } = harness.operator.snapshot!();
    const after = counting(global, trigger);
    after.operator.restore!({ keyed: [keyed!], operator: [] });
    after.push(bid(7));
    expect(taken(after)).toEqual([2]);
  });
});

describe('the processing-time-out trigger', () => {
  it('fires when nothing came for so long, and starts its wait anew with every row', () => {
    const harness = counting(global, processingTimeoutTriggerOf(countTriggerOf(3), 50));
    harness.push(bid(1));
    harness.advanceProcessingTime(40);
    harness.push(bid(2));
    harness.advanceProcessingTime(90);
    expect(taken(harness)).toEqual([]);
    harness.advanceProcessingTime(91);
    expect(taken(harness)).toEqual([2]);
    harness.advanceProcessingTime(1000);
    expect(taken(harness)).toEqual([]);
  });

  it('forgets what the nested trigger counted, or not', () => {
    for (const clearOnTimeout of [true, false]) {
      const trigger = processingTimeoutTriggerOf(countTriggerOf(3), 50, { clearOnTimeout });
      const harness = counting(global, trigger);
      harness.push(bid(1));
      harness.push(bid(2));
      harness.advanceProcessingTime(51);
      expect(taken(harness)).toEqual([2]);
      harness.push(bid(3));
      expect(taken(harness)).toEqual(clearOnTimeout ? [] : [3]);
    }
  });

  it('waits from the first row on when rows do not reset it', () => {
    const trigger = processingTimeoutTriggerOf(countTriggerOf(9), 50, { resetOnElement: false });
    const harness = counting(global, trigger);
    harness.push(bid(1));
    harness.advanceProcessingTime(40);
    harness.push(bid(2));
    harness.advanceProcessingTime(51);
    expect(taken(harness)).toEqual([2]);
  });

  it('does not take the clean-up of an event-time window with it', () => {
    const trigger = processingTimeoutTriggerOf(EVENT_TIME_TRIGGER as Trigger<Bid>, 50);
    const harness = counting(hour, trigger);
    harness.push(bid(1), 10);
    harness.advanceProcessingTime(51);
    expect(taken(harness)).toEqual([1]);
    harness.advance(99);
    expect(taken(harness)).toEqual([]);
    expect(harness.operator.snapshot!().keyed!.groups).toEqual([]);
  });
});

describe('a trigger that never fires', () => {
  it('leaves an event-time window to its clean-up', () => {
    const harness = counting(hour, NEVER_TRIGGER);
    harness.push(bid(1), 10);
    harness.advance(END_OF_TIME);
    expect(taken(harness)).toEqual([]);
    expect(harness.operator.snapshot!().keyed!.groups).toEqual([]);
  });
});

describe('a purging trigger', () => {
  it('starts the window again from empty', () => {
    const harness = counting(hour, purgingTriggerOf(continuousEventTimeTriggerOf(30)));
    harness.push(bid(1), 10);
    harness.advance(30);
    harness.push(bid(2), 40);
    harness.push(bid(3), 41);
    harness.advance(99);
    expect(taken(harness)).toEqual([1, 2]);
  });
});

describe('a custom trigger', () => {
  /** Fires at a row with n = 0, at timers a row asked for, and when sessions with four rows in all merged. */
  const custom: Trigger<Bid> = {
    onElement(row, timestamp, _, ctx) {
      const rows = ctx.getState('rows', 0);
      rows.update(rows.value() + 1);
      if (row.n > 10) ctx.registerEventTimeTimer(timestamp + row.n);
      if (row.n > 20) ctx.deleteEventTimeTimer(timestamp + row.n);
      return row.n === 0 || rows.value() > 3 ? 'fire' : 'continue';
    },
    onEventTime: (time) => (time % 10 === 1 ? 'fireAndPurge' : 'continue'),
    onMerge(_, ctx) {
      ctx.mergeState<number>('rows', (a, b) => a + b);
    },
  };

  it('keeps state by window, registers and deletes timers', () => {
    const harness = counting(hour, custom);
    harness.push(bid(1), 1);
    harness.push(bid(0), 1);
    expect(taken(harness)).toEqual([2]);
    harness.push(bid(20), 11);
    harness.push(bid(30), 21);
    taken(harness);
    harness.advance(31);
    expect(taken(harness)).toEqual([4]);
    harness.advance(98);
    expect(taken(harness)).toEqual([]);
  });

  it('merges its state with the windows', () => {
    const harness = counting(session10, custom);
    harness.push(bid(1), 0);
    harness.push(bid(1), 20);
    harness.push(bid(1), 25);
    expect(taken(harness)).toEqual([]);
    harness.push(bid(1), 10);
    expect(taken(harness)).toEqual([4]);
  });

  it('may purge without firing', () => {
    const trigger: Trigger<Bid> = { onElement: (row) => (row.n === 0 ? 'purge' : 'fire') };
    const harness = counting(hour, trigger);
    for (const n of [1, 1, 0, 1]) harness.push(bid(n), 5);
    expect(taken(harness)).toEqual([1, 2, 1]);
  });
});

describe('the delta evictor', () => {
  it('keeps rows whose difference from the last one is below the threshold', () => {
    const evictor = deltaEvictorOf<Bid>(3, (a, b) => Math.abs(a.n - b.n));
    const harness = counting(global, countTriggerOf(4) as Trigger<Bid>, {
      evictor: evictor as WindowSpec['evictor'],
    });
    for (const n of [1, 5, 8, 7]) harness.push(bid(n));
    expect(taken(harness)).toEqual([3]);
  });
});

describe('what triggers say of themselves', () => {
  it('says which can stand on sessions', () => {
    const merging = [
      EVENT_TIME_TRIGGER,
      PROCESSING_TIME_TRIGGER,
      END_OF_STREAM_TRIGGER,
      NEVER_TRIGGER,
      countTriggerOf(1),
      continuousEventTimeTriggerOf(1),
      continuousProcessingTimeTriggerOf(1),
      purgingTriggerOf(countTriggerOf(1)),
    ];
    expect(merging.map(canMerge)).toEqual(merging.map(() => true));
    const delta = deltaTriggerOf(1, () => 0);
    const others = [
      delta,
      purgingTriggerOf(delta),
      processingTimeoutTriggerOf(countTriggerOf(1), 1),
    ];
    expect(others.map((trigger) => canMerge(trigger as Trigger))).toEqual([false, false, false]);
  });

  it('says which wait for watermarks, also inside others', () => {
    const waiting = [
      EVENT_TIME_TRIGGER,
      purgingTriggerOf(continuousEventTimeTriggerOf(1)),
      processingTimeoutTriggerOf(EVENT_TIME_TRIGGER, 1),
    ];
    expect(waiting.map(usesEventTimers)).toEqual([true, true, true]);
    expect(usesEventTimers(purgingTriggerOf(PROCESSING_TIME_TRIGGER))).toBe(false);
  });
});
