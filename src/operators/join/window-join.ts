/**
 * Window join and coGroup: the rows of two inputs that have the same key and lie in the same window.
 *
 * Laws (test/operators/join/window-join.property.test.ts):
 *  1. When the clock of the assigner passes a window, the pairs of its left and right rows are emitted with timestamp end - 1; an
 *     outer side's rows are emitted alone where the other side has none. `coGroup` is called once for a key and window that
 *     has any row.
 *  2. A row is late when each of its windows ended `allowedLateness` ago (end - 1 + lateness ≤ watermark). A row that is late for
 *     some windows only takes part in the others. A row for a window that fired but is still kept fires it again at once.
 *  3. Sessions are made of the rows of both inputs.
 *
 * A row is kept once, whatever the number of its windows: the rows of a key are ordered by time, and a window is a range of
 * them. A session is a run whose gaps are small enough, so sessions merge by themselves.
 */

import { NO_TIMESTAMP, NO_WATERMARK, RowKind } from '../../record/index.ts';
import { NO_REF } from '../../state/index.ts';
import type { OperatorSnapshot, TimerService } from '../../state/index.ts';
import { checkInsert } from '../changelog.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from '../operator.ts';
import { assignWindows, timeOf, WindowList } from '../window/assigner.ts';
import type { SessionAssigner } from '../window/assigner.ts';
import { LATE_ROWS_DROPPED } from '../window/window-spec.ts';
import { failNoTimestamp } from './join-result.ts';
import type { JoinRows } from './join-rows.ts';
import { JoinState } from './join-state.ts';
import { gapOf, sessionAround, sessionEndingAt } from './session-runs.ts';
import { WindowFiring } from './window-firing.ts';
import { describeWindowJoin } from './window-join-spec.ts';
import type { WindowJoinResult, WindowJoinSpec } from './window-join-spec.ts';
import { keptFrom, startOfWindow } from './window-ranges.ts';

/** Namespaces of timers: a window to fire, rows to drop. */
const FIRE = 0;
const DROP = 1;

/**
 * Joins the rows of two inputs keyed alike, window by window.
 *
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, in event time, when a row has no timestamp
 * @throws ERR_OPERATORS_CHANGELOG at run time, when a row is no insert
 * @example
 * windowJoinTransformation(
 *   { assigner: { kind: 'tumbling', time: 'event', sizeMs: 1000, offsetMs: 0 }, allowedLatenessMs: 0,
 *     lateLeft: undefined, lateRight: undefined, leftOuter: false, rightOuter: false },
 *   { form: 'function', fn: (a: object, b: object) => ({ ...a, ...b }) },
 * );
 */
export function windowJoinTransformation(
  spec: WindowJoinSpec,
  result: WindowJoinResult,
): Transformation {
  return {
    kind: result.form === 'coGroup' ? 'coGroup' : 'windowJoin',
    ...describeWindowJoin(spec, result),
    keyed: true,
    stateful: true,
    needsWatermarks: timeOf(spec.assigner) === 'event',
    create: (context) => new WindowJoin(context, spec, result),
  };
}

class WindowJoin implements Operator {
  readonly #context: OperatorContext;
  readonly #spec: WindowJoinSpec;
  readonly #state: JoinState;
  readonly #time: 'event' | 'processing' | 'none';
  readonly #timers: TimerService;
  readonly #windows: WindowList = new WindowList();
  readonly #firing: WindowFiring;
  /** From a window's end to the time of its timer: a row may still come at the clock's last millisecond of a window. */
  readonly #fromEnd: 0 | -1;
  readonly #onTimer = (id: number, namespace: number, time: number): void => {
    const end = time - this.#fromEnd;
    if (namespace === FIRE) this.#due(id, end);
    else this.#drop(id, end - this.#spec.allowedLatenessMs);
  };

  constructor(context: OperatorContext, spec: WindowJoinSpec, result: WindowJoinResult) {
    this.#context = context;
    this.#spec = spec;
    this.#state = new JoinState(context);
    this.#time = timeOf(spec.assigner);
    this.#fromEnd = this.#time === 'processing' ? 0 : -1;
    this.#timers = this.#time === 'processing' ? this.#state.clockTimers() : this.#state.timers;
    this.#firing = new WindowFiring(context, this.#state, spec, result);
  }

  process(row: unknown, timestamp: number): void {
    const { left, keyOfLeft } = this.#state;
    const id = keyOfLeft(row, this.#context.current.keyHash);
    this.#take(id, row, timestamp, left, this.#spec.lateLeft);
  }

  process2(row: unknown, timestamp: number): void {
    const { right, keyOfRight } = this.#state;
    const id = keyOfRight(row, this.#context.current.keyHash);
    this.#take(id, row, timestamp, right, this.#spec.lateRight);
  }

  onWatermark(watermark: number): boolean {
    return this.#time === 'processing' || this.#advance(watermark);
  }

  processingTimeDue(): number {
    return this.#time === 'processing' ? this.#timers.next : Infinity;
  }

  onProcessingTime(nowMs: number): boolean {
    return this.#advance(nowMs);
  }

  snapshot(): OperatorSnapshot {
    return this.#state.snapshot();
  }

  restore(state: RestoredState): void {
    this.#state.restore(state);
  }

  close(): void {
    this.#state.dispose();
  }

  #take(
    id: number,
    row: unknown,
    timestamp: number,
    rows: JoinRows,
    lateTag: string | undefined,
  ): void {
    const context = this.#context;
    const { assigner } = this.#spec;
    if (context.current.rowKind !== RowKind.insert) checkInsert(context);
    const time = this.#time === 'processing' ? context.nowMs() : timestamp;
    if (this.#time === 'event' && timestamp === NO_TIMESTAMP) failNoTimestamp(context);
    const taken =
      assigner.kind === 'session'
        ? this.#takeSession(assigner, id, row, time, rows)
        : this.#takeAligned(id, row, time, rows);
    this.#state.keys.settle(id);
    if (taken) return;
    if (lateTag === undefined) context.counter(LATE_ROWS_DROPPED).add(1);
    else context.output.emitSide(lateTag, row, timestamp);
  }

  /** The clock by which windows are late. */
  get #now(): number {
    return this.#time === 'event' ? this.#context.current.watermark : NO_WATERMARK;
  }

  /** False when the row is late for all its windows. */
  #takeAligned(id: number, row: unknown, time: number, rows: JoinRows): boolean {
    const { assigner, allowedLatenessMs } = this.#spec;
    const windows = this.#windows;
    const now = this.#now;
    assignWindows(assigner, time, 0, windows);
    const { ends, count } = windows;
    let i = 0;
    while (i < count && ends[i]! - 1 + allowedLatenessMs <= now) i++;
    // A row between two windows belongs to none.
    if (i === count) return count === 0 && time + allowedLatenessMs > now;
    rows.insert(id, row, time, 0);
    if (allowedLatenessMs > 0) {
      this.#arm(id, DROP, ends[count - 1]! + allowedLatenessMs);
    }
    for (; i < count; i++) {
      const end = ends[i]!;
      if (end - 1 > now) {
        // The windows after this one are armed when it fires.
        this.#arm(id, FIRE, end);
        break;
      }
      this.#firing.start(id, windows.starts[i]!, end);
      this.#firing.emit(Infinity);
    }
    return true;
  }

  #takeSession(
    assigner: SessionAssigner,
    id: number,
    row: unknown,
    time: number,
    rows: JoinRows,
  ): boolean {
    const { allowedLatenessMs } = this.#spec;
    const gapMs = gapOf(this.#context, assigner, row);
    // A fixed gap may not fit into a mark, and is not read from there.
    const mark = typeof assigner.gap === 'number' ? 0 : gapMs;
    const now = this.#now;
    const last = time + gapMs - 1;
    if (last > now) {
      rows.insert(id, row, time, mark);
      this.#arm(id, FIRE, time + gapMs);
    } else {
      const session = sessionAround(this.#state, assigner, id, time, time + gapMs);
      if (session.end - 1 + allowedLatenessMs <= now) return false;
      rows.insert(id, row, time, mark);
      if (session.end - 1 <= now) {
        this.#firing.start(id, session.start, session.end);
        this.#firing.emit(Infinity);
      }
    }
    if (allowedLatenessMs > 0) this.#arm(id, DROP, time + gapMs + allowedLatenessMs);
    return true;
  }

  #advance(time: number): boolean {
    const firing = this.#firing;
    for (let rows = 0; rows < FINISH_ROWS_MAX;) {
      if (!firing.active) {
        rows++;
        if (this.#timers.advance(time, 1, this.#onTimer) && !firing.active) return true;
        continue;
      }
      rows += firing.emit(FINISH_ROWS_MAX - rows);
      if (!firing.active) this.#fired(firing.id, firing.end);
    }
    return false;
  }

  /** The timer of a window that ends at `end`. */
  #due(id: number, end: number): void {
    const { assigner } = this.#spec;
    if (assigner.kind !== 'session') {
      this.#firing.start(id, startOfWindow(assigner, end), end);
      return;
    }
    const start = sessionEndingAt(this.#state, assigner, id, end);
    // Otherwise a later row made the session longer.
    if (start !== undefined) this.#firing.start(id, start, end);
    else this.#state.keys.settle(id);
  }

  /** A window was emitted: its rows go, unless they are in later windows or may still be asked for. */
  #fired(id: number, end: number): void {
    const { assigner, allowedLatenessMs } = this.#spec;
    const { left, right, keys } = this.#state;
    if (allowedLatenessMs === 0) this.#drop(id, end);
    if (assigner.kind !== 'session') {
      const from = keptFrom(assigner, end);
      const next = Math.min(firstTimeFrom(left, id, from), firstTimeFrom(right, id, from));
      if (next < Infinity) this.#armAfter(id, next, end);
    }
    keys.settle(id);
  }

  #arm(id: number, namespace: number, end: number): void {
    this.#timers.register(id, namespace, end + this.#fromEnd);
  }

  /** Arms the first window after `end` that a row of time `time` is in. */
  #armAfter(id: number, time: number, end: number): void {
    const windows = this.#windows;
    assignWindows(this.#spec.assigner, time, 0, windows);
    const { ends, count } = windows;
    for (let i = 0; i < count; i++) {
      if (ends[i]! <= end) continue;
      this.#arm(id, FIRE, ends[i]!);
      return;
    }
  }

  /** Drops the rows whose last window ends at `end` or before; of sessions, the one that ends there. */
  #drop(id: number, end: number): void {
    const { assigner } = this.#spec;
    const { left, right, keys } = this.#state;
    if (assigner.kind !== 'session') {
      const from = keptFrom(assigner, end);
      left.dropBefore(id, from);
      right.dropBefore(id, from);
    } else {
      const start = sessionEndingAt(this.#state, assigner, id, end);
      if (start !== undefined) {
        left.dropRange(id, start, end);
        right.dropRange(id, start, end);
      }
    }
    keys.settle(id);
  }
}

/** Time of the first row that is not earlier than `from`; `Infinity` when there is none. */
function firstTimeFrom(rows: JoinRows, id: number, from: number): number {
  let ref = rows.first(id);
  while (ref !== NO_REF && rows.timeOf(ref) < from) ref = rows.next(ref);
  return ref === NO_REF ? Infinity : rows.timeOf(ref);
}
