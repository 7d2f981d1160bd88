/** Fires a window whenever it took in so many rows. */

import type { TimeWindow } from './assigner.ts';
import type { Trigger, TriggerContext, TriggerMergeContext, TriggerResult } from './trigger.ts';

const COUNT = 'count';

/**
 * Counts anew after each firing; what the window holds stays, unless a purging trigger is around this one.
 *
 * @param count integer ≥ 1
 */
export function countTriggerOf(count: number): Trigger {
  return Object.freeze({
    kind: 'count',
    params: { count },
    functions: {},
    timers: 'none',
    onElement(_row: unknown, _time: number, _window: TimeWindow, ctx: TriggerContext) {
      const state = ctx.getState(COUNT, 0);
      const counted = state.value() + 1;
      if (counted < count) {
        state.update(counted);
        return 'continue' as TriggerResult;
      }
      state.clear();
      return 'fire';
    },
    onMerge(_window: TimeWindow, ctx: TriggerMergeContext): void {
      ctx.mergeState<number>(COUNT, (a, b) => a + b);
    },
    clear(_window: TimeWindow, ctx: TriggerContext): void {
      ctx.getState(COUNT, 0).clear();
    },
  } satisfies Trigger);
}
