/**
 * Sessions over the rows of both sides of a join: a session is a run of rows, each of which comes before the end of those
 * before it or at it. The mark of a row is its gap.
 */

import { EngineError } from '../../base/index.ts';
import { NO_REF } from '../../state/index.ts';
import { describeGot } from '../kept-row.ts';
import type { OperatorContext } from '../operator.ts';
import type { SessionAssigner, TimeWindow } from '../window/assigner.ts';
import type { JoinState } from './join-state.ts';

/** Largest gap that depends on a row: it is kept in 32 bits. */
const GAP_MAX = 0x7fffffff;

/** The gap of a row. @throws ERR_OPERATORS_RESULT when the user's function gives no duration */
export function gapOf(context: OperatorContext, assigner: SessionAssigner, row: unknown): number {
  const { gap } = assigner;
  if (typeof gap === 'number') return gap;
  const gapMs = gap(row as never);
  if (Number.isInteger(gapMs) && gapMs > 0 && gapMs <= GAP_MAX) return gapMs;
  const { operatorName: operator } = context;
  throw new EngineError(
    'ERR_OPERATORS_RESULT',
    {
      operator,
      expected: `a session gap of 1 .. ${GAP_MAX} integer milliseconds`,
      got: describeGot(gapMs),
    },
    { place: { operator } },
  );
}

/** The sessions of a key, earliest first; a session may be looked at only until `each` returns. */
function eachSession(
  state: JoinState,
  fixedGap: number | undefined,
  id: number,
  each: (start: number, end: number) => boolean,
): void {
  const { left, right } = state;
  let l = left.first(id);
  let r = right.first(id);
  let start = 0;
  let end = -Infinity;
  while (l !== NO_REF || r !== NO_REF) {
    const leftTime = l === NO_REF ? Infinity : left.timeOf(l);
    const rightTime = r === NO_REF ? Infinity : right.timeOf(r);
    let time = leftTime;
    let gap = 0;
    if (leftTime <= rightTime) {
      gap = fixedGap ?? left.markOf(l);
      l = left.next(l);
    } else {
      time = rightTime;
      gap = fixedGap ?? right.markOf(r);
      r = right.next(r);
    }
    if (time > end) {
      if (end > -Infinity && each(start, end)) return;
      start = time;
    }
    end = Math.max(end, time + gap);
  }
  if (end > -Infinity) each(start, end);
}

/** The window [start, end) together with the sessions that it overlaps or touches. */
export function sessionAround(
  state: JoinState,
  assigner: SessionAssigner,
  id: number,
  start: number,
  end: number,
): TimeWindow {
  const merged = { start, end };
  eachSession(state, fixedGapOf(assigner), id, (from, until) => {
    if (from <= end && start <= until) {
      merged.start = Math.min(merged.start, from);
      merged.end = Math.max(merged.end, until);
    }
    return from > end;
  });
  return merged;
}

/** Start of the session that ends at `end`; undefined when none does. */
export function sessionEndingAt(
  state: JoinState,
  assigner: SessionAssigner,
  id: number,
  end: number,
): number | undefined {
  const fixedGap = fixedGapOf(assigner);
  if (fixedGap !== undefined) {
    // A look at the last rows spares the way through a session that goes on.
    const { left, right } = state;
    const l = left.lastUntil(id, end);
    const r = right.lastUntil(id, end);
    const leftTime = l === NO_REF ? -Infinity : left.timeOf(l);
    const rightTime = r === NO_REF ? -Infinity : right.timeOf(r);
    if (Math.max(leftTime, rightTime) + fixedGap !== end) return undefined;
  }
  let found: number | undefined;
  eachSession(state, fixedGap, id, (from, until) => {
    if (until === end) found = from;
    return until >= end;
  });
  return found;
}

function fixedGapOf(assigner: SessionAssigner): number | undefined {
  return typeof assigner.gap === 'number' ? assigner.gap : undefined;
}
