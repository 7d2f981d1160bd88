/**
 * The general window operator: any assigner, trigger and evictor, rows folded as they come or kept, by Flink's rules.
 *
 * A window of a key is a pane on the heap (window-part.ts). Its timers, those of the trigger and the one of its clean-up, have
 * the window's end as their namespace. A row that is late for a window does not reach it; a pane is dropped when the
 * watermark reaches end - 1 + allowed lateness (in processing time, when the clock has passed its end), and until then
 * its trigger is called for late rows too. The sliced operators are many times faster where they can be used.
 */

import { EngineError } from '../../base/index.ts';
import { END_OF_TIME, NO_TIMESTAMP, RowKind } from '../../record/index.ts';
import { createTimerService } from '../../state/index.ts';
import type {
  KeyedBackend,
  KeyResolver,
  OperatorSnapshot,
  TimerService,
} from '../../state/index.ts';
import { failChangelog } from '../changelog.ts';
import { keyedBackend } from '../keyed-backend.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState } from '../operator.ts';
import { assignWindows, timeOf, WindowList } from './assigner.ts';
import type { TimeWindow } from './assigner.ts';
import type { RowFold } from './fold.ts';
import { PaneFunctionContext } from './function-context.ts';
import { GlobalStatePart } from './global-state.ts';
import { PaneContext } from './pane-context.ts';
import type { Cleanup } from './pane-context.ts';
import { PaneResults } from './pane-results.ts';
import type { Trigger, TriggerResult } from './trigger.ts';
import type { ProcessWindowFunction } from './window-function.ts';
import { WindowPart } from './window-part.ts';
import type { NamedState, Pane } from './window-part.ts';
import { defaultTrigger, LATE_ROWS_DROPPED } from './window-spec.ts';
import type { WindowSpec } from './window-spec.ts';

/** Timers that one call fires at most before it looks at what was emitted. */
const TIMERS_AT_ONCE = 32;
/** Timers that one call of the runtime fires at most: most emit nothing when they only clean up. */
const TIMERS_MAX = 4096;

/** One instance. Owner: the subtask's worker. */
export class WindowOperator implements Operator, Cleanup {
  readonly #context: OperatorContext;
  readonly #spec: WindowSpec;
  readonly #time: 'event' | 'processing' | 'none';
  readonly #merging: boolean;
  readonly #needsTimestamps: boolean;
  readonly #trigger: Trigger;
  readonly #backend: KeyedBackend;
  readonly #resolve: KeyResolver;
  readonly #part: WindowPart;
  readonly #eventTimers: TimerService;
  readonly #processingTimers: TimerService;
  readonly #triggers: PaneContext;
  readonly #results: PaneResults;
  readonly #late: { add(n: number): void };
  readonly #windows: WindowList = new WindowList();
  readonly #onEventTimer: (id: number, namespace: number, time: number) => void;
  readonly #onProcessingTimer: (id: number, namespace: number, time: number) => void;

  /** @param fold undefined when rows are kept for `fn` */
  constructor(
    context: OperatorContext,
    spec: WindowSpec,
    fold: RowFold | undefined,
    fn: ProcessWindowFunction<unknown, unknown, unknown> | undefined,
  ) {
    this.#context = context;
    this.#spec = spec;
    this.#time = timeOf(spec.assigner);
    this.#merging = spec.assigner.kind === 'session';
    this.#trigger = spec.trigger ?? defaultTrigger(spec.assigner);
    this.#needsTimestamps = this.#time === 'event' || this.#trigger.needsTimestamps === true;
    const backend = keyedBackend(context);
    this.#backend = backend;
    this.#resolve = backend.keys.resolver(0);
    this.#part = new WindowPart(backend.keys, backend.account('windows'));
    const globals = new GlobalStatePart(backend.keys, backend.account('global-state'));
    const account = backend.account('timers');
    const { keys } = backend;
    this.#eventTimers = createTimerService({ name: 'event-timers', keys, account });
    this.#processingTimers = createTimerService({ name: 'processing-timers', keys, account });
    for (const part of [this.#part, globals, this.#eventTimers, this.#processingTimers]) {
      backend.register(part);
    }
    this.#triggers = new PaneContext(
      context,
      this.#part,
      this.#eventTimers,
      this.#processingTimers,
      this,
    );
    const seen = new PaneFunctionContext(context, keys, this.#part, globals, this.#triggers, {
      keyed: spec.keyed,
      merging: this.#merging,
    });
    this.#results = new PaneResults(context.output, this.#part, seen, fold, fn, spec.evictor);
    this.#late = context.counter(LATE_ROWS_DROPPED);
    this.#onEventTimer = (id, end, time) => {
      this.#onTimer('onEventTime', id, end, time);
    };
    this.#onProcessingTimer = (id, end, time) => {
      this.#onTimer('onProcessingTime', id, end, time);
    };
  }

  open(): void | Promise<void> {
    return this.#results.open();
  }

  process(row: unknown, timestamp: number): void {
    const { current } = this.#context;
    if (current.rowKind !== RowKind.insert) failChangelog(this.#context);
    if (timestamp === NO_TIMESTAMP && this.#needsTimestamps) this.#failTimestamp();
    const { assigner, keyed } = this.#spec;
    const time = this.#time === 'processing' ? this.#context.nowMs() : timestamp;
    const gapMs = assigner.kind === 'session' ? this.#gapOf(assigner.gap, row) : 0;
    const windows = this.#windows;
    assignWindows(assigner, time, gapMs, windows);
    const id = this.#resolve(row, keyed ? current.keyHash : 0);
    let taken = false;
    for (let i = 0; i < windows.count; i++) {
      const pane = this.#paneFor(id, windows.starts[i]!, windows.ends[i]!);
      if (pane === undefined) continue;
      taken = true;
      this.#results.add(pane, row, timestamp);
      const context = this.#triggers.at(id, pane);
      const result = this.#trigger.onElement(row, timestamp, pane.window, context);
      pane.silenced = false;
      if (result !== 'continue') this.#act(id, pane, result);
    }
    if (!taken) this.#untaken(row, timestamp);
    this.#backend.keys.settle(id);
  }

  onWatermark(watermark: number): boolean {
    return this.#advance(this.#eventTimers, watermark, this.#onEventTimer);
  }

  processingTimeDue(): number {
    // A clock that shows t has passed t - 1 only: a row of the millisecond t may still come.
    return this.#processingTimers.next + 1;
  }

  onProcessingTime(nowMs: number): boolean {
    return this.#advance(this.#processingTimers, nowMs - 1, this.#onProcessingTimer);
  }

  /** A bounded batch job has all its rows: what waits for the clock need not wait any longer. */
  finish(): boolean {
    if (this.#context.executionMode !== 'batch') return true;
    this.#triggers.endMs = END_OF_TIME;
    return this.#advance(this.#processingTimers, END_OF_TIME, this.#onProcessingTimer);
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore(state: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(state.keyed, first, last);
  }

  close(): void | Promise<void> {
    this.#backend.dispose();
    return this.#results.close();
  }

  eventTime(pane: Pane): number {
    if (this.#time !== 'event') return Infinity;
    return Math.min(pane.window.end - 1 + this.#spec.allowedLatenessMs, END_OF_TIME);
  }

  processingTime(pane: Pane): number {
    return this.#time === 'processing' ? pane.window.end - 1 : Infinity;
  }

  /** The pane that takes a row of this window; undefined when the row is late for it. */
  #paneFor(id: number, start: number, end: number): Pane | undefined {
    const part = this.#part;
    if (this.#merging) {
      const from = part.placeOf(id, start);
      const panes = part.panesOf(id);
      let to = from;
      while (to < panes.length && panes[to]!.window.start <= end) to++;
      if (to > from) return this.#merge(id, from, to, start, end);
    } else {
      const pane = part.find(id, end);
      if (pane !== undefined) return pane;
    }
    // A pane that is here is not past its clean-up, nor is what it merges with.
    if (this.#time === 'event' && this.#isPast(end - 1)) return undefined;
    return this.#addPane(id, part.placeOf(id, end), 0, start, end);
  }

  /** The session that a row's window becomes part of, with those it joins. */
  #merge(id: number, from: number, to: number, start: number, end: number): Pane {
    const joined = this.#part.panesOf(id).slice(from, to);
    const first = Math.min(start, joined[0]!.window.start);
    const last = Math.max(end, joined.at(-1)!.window.end);
    const [only] = joined;
    if (joined.length === 1 && only!.window.start === first && only!.window.end === last) {
      return only!;
    }
    const trigger = this.#trigger;
    const remembered: NamedState[] = [];
    // The merged window may end where one of the joined ends: their timers go before it registers its own.
    for (const pane of joined) {
      if (pane.triggerState !== undefined) remembered.push(new Map(pane.triggerState));
      trigger.clear?.(pane.window, this.#triggers.at(id, pane));
      this.#eventTimers.delete(id, pane.window.end, this.eventTime(pane));
      this.#processingTimers.delete(id, pane.window.end, this.processingTime(pane));
    }
    const merged = this.#addPane(id, from, joined.length, first, last);
    for (const pane of joined) this.#results.merge(merged, pane);
    trigger.onMerge?.(merged.window, this.#triggers.at(id, merged, remembered));
    return merged;
  }

  #addPane(id: number, place: number, removed: number, start: number, end: number): Pane {
    const window: TimeWindow = Object.freeze({ start, end });
    const pane = this.#part.replace(id, place, removed, window);
    if (this.#time === 'event') this.#eventTimers.register(id, end, this.eventTime(pane));
    else if (this.#time === 'processing') this.#processingTimers.register(id, end, end - 1);
    return pane;
  }

  /** Whether the watermark has come so far that a window (or row) with this last timestamp is late. */
  #isPast(last: number): boolean {
    return last + this.#spec.allowedLatenessMs <= this.#context.current.watermark;
  }

  /** A row that no window took: late, or in the gap between two windows. */
  #untaken(row: unknown, timestamp: number): void {
    if (this.#time !== 'event' || !this.#isPast(timestamp)) return;
    const { lateTag } = this.#spec;
    if (lateTag === undefined) this.#late.add(1);
    else this.#context.output.emitSide(lateTag, row, timestamp);
  }

  #onTimer(call: 'onEventTime' | 'onProcessingTime', id: number, end: number, time: number): void {
    const pane = this.#part.find(id, end);
    if (pane !== undefined) {
      const cleanup = call === 'onEventTime' ? this.eventTime(pane) : this.processingTime(pane);
      if (time !== cleanup || !pane.silenced) {
        const result = this.#trigger[call]?.(time, pane.window, this.#triggers.at(id, pane));
        if (result !== undefined && result !== 'continue') this.#act(id, pane, result);
      }
      if (time === cleanup) this.#drop(id, pane);
    }
    this.#backend.keys.settle(id);
  }

  #act(id: number, pane: Pane, result: TriggerResult): void {
    if (result === 'fire' || result === 'fireAndPurge') this.#results.fire(id, pane);
    if (result === 'purge' || result === 'fireAndPurge') this.#results.purge(pane);
    // The global window is never cleaned up: one that holds and remembers nothing need not be kept.
    if (this.#time !== 'none' || pane.filled || this.#trigger.timers !== 'none') return;
    if (pane.triggerState === undefined && pane.windowState === undefined) {
      this.#part.remove(id, pane);
    }
  }

  #drop(id: number, pane: Pane): void {
    this.#trigger.clear?.(pane.window, this.#triggers.at(id, pane));
    this.#results.clear(id, pane);
    this.#part.remove(id, pane);
  }

  /** Fires what is due at `time`; false while more is, and the outputs should be looked at. */
  #advance(
    timers: TimerService,
    time: number,
    onTimer: (id: number, namespace: number, time: number) => void,
  ): boolean {
    const { out } = this.#results;
    out.emitted = 0;
    for (let fired = 0; fired < TIMERS_MAX; fired += TIMERS_AT_ONCE) {
      if (out.emitted > FINISH_ROWS_MAX - TIMERS_AT_ONCE) return false;
      if (timers.advance(time, TIMERS_AT_ONCE, onTimer)) return true;
    }
    return false;
  }

  #gapOf(gap: number | ((row: never) => number), row: unknown): number {
    if (typeof gap === 'number') return gap;
    const gapMs = gap(row as never);
    if (Number.isSafeInteger(gapMs) && gapMs > 0) return gapMs;
    const { operatorName: operator } = this.#context;
    throw new EngineError(
      'ERR_OPERATORS_WINDOW_GAP',
      { operator, got: String(gapMs) },
      { place: { operator } },
    );
  }

  #failTimestamp(): never {
    const { operatorName: operator } = this.#context;
    throw new EngineError('ERR_OPERATORS_NO_TIMESTAMP', { operator }, { place: { operator } });
  }
}
