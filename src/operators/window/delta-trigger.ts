/** Fires a window when a row differs from that of the last firing by more than a threshold. */

import { keepRow } from '../kept-row.ts';
import type { TimeWindow } from './assigner.ts';
import type { Trigger, TriggerContext, TriggerResult } from './trigger.ts';

/** How far the second row is from the first. */
export type DeltaFunction<T> = (from: T, to: T) => number;

const LAST = 'last';
const NONE: null = null;

/** The first row of a window is where the difference is measured from at first. Cannot be used with sessions. */
export function deltaTriggerOf<T>(threshold: number, delta: DeltaFunction<T>): Trigger<T> {
  return Object.freeze({
    kind: 'delta',
    params: { threshold },
    functions: { delta },
    timers: 'none',
    onElement(row: T, _time: number, _window: TimeWindow, ctx: TriggerContext) {
      const state = ctx.getState<{ row: T } | null>(LAST, NONE);
      const last = state.value();
      if (last !== NONE && !(delta(last.row, row) > threshold)) return 'continue' as TriggerResult;
      state.update({ row: keepRow(row) as T });
      return last === NONE ? 'continue' : 'fire';
    },
    clear(_window: TimeWindow, ctx: TriggerContext): void {
      ctx.getState<{ row: T } | null>(LAST, NONE).clear();
    },
  } satisfies Trigger<T>);
}
