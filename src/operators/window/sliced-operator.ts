/**
 * Declared aggregates over event-time windows that are made of slices: tumbling, sliding and cumulative ones with the
 * default trigger. A row is folded once, into the accumulator of its key and slice (slices.ts); windows fire by the watermark,
 * without a timer per key (slice-combiner.ts says how slices become windows).
 *
 * Rules: as the general operator with the default trigger. Windows fire in the order of their ends, keys in the order of
 * their ids; a key without rows in a window gives nothing. A late row that is still allowed fires the windows that it is
 * late for at once. After a restore the windows that had fired stay fired, and late rows are judged as before.
 */

import { EngineError } from '../../base/index.ts';
import { NO_TIMESTAMP, NO_WATERMARK } from '../../record/index.ts';
import type { KeyedBackend, OperatorSnapshot } from '../../state/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import { failChangelog } from '../changelog.ts';
import { keyedBackend } from '../keyed-backend.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState } from '../operator.ts';
import { RowBytes } from '../row-bytes.ts';
import { RunningCombiner } from './running-combiner.ts';
import { DirectCombiner, MergingCombiner } from './slice-combiner.ts';
import type { SliceCombiner } from './slice-combiner.ts';
import { compilePageSums, compileSliceProcess } from './slice-kernel.ts';
import type { FoldSource, ProcessRow } from './slice-kernel.ts';
import { SlicedPart } from './sliced-part.ts';
import { PAGE_MASK, PAGE_SHIFT, Slices } from './slices.ts';
import type { Page, Slice } from './slices.ts';
import type { SliceableAssigner, Slicing } from './slicing.ts';
import { slicingOf } from './slicing.ts';
import { StackCombiner } from './stack-combiner.ts';
import type { WindowClock } from './window-clock.ts';
import { WindowResults } from './window-results.ts';
import type { ResultShape } from './window-results.ts';
import { LATE_ROWS_DROPPED } from './window-spec.ts';

/** Pages that one call looks through at most, also when they give no rows. */
const PAGES_AT_ONCE = 64;
/** The key of rows that are not keyed. */
const ONE_KEY = 0;

/** What a sliced operator does. */
export interface SlicedOptions {
  readonly assigner: SliceableAssigner;
  readonly allowedLatenessMs: number;
  readonly lateTag: string | undefined;
  readonly keyed: boolean;
  readonly accumulators: Accumulators;
  readonly source: FoldSource;
  readonly shape: ResultShape;
  /** How many rows an input row stands for. */
  rowsOf(row: unknown): number;
}

/** One instance. Owner: the subtask's worker. */
export class SlicedWindowOperator implements Operator {
  readonly process: ProcessRow;
  readonly #context: OperatorContext;
  readonly #options: SlicedOptions;
  readonly #slicing: Slicing;
  readonly #backend: KeyedBackend;
  readonly #slices: Slices;
  readonly #combiner: SliceCombiner;
  readonly #results: WindowResults;
  readonly #late: { add(n: number): void };
  readonly #scratch: Float64Array;
  /** In place of timestamps and the watermark. */
  readonly #clock: WindowClock | undefined;
  /** Windows whose last timestamp is at or before this have fired. */
  #through: number = NO_WATERMARK;
  /** End of the window that fires next; NaN when it is to be found anew. */
  #nextEnd: number = Number.NaN;
  /** Restored keys that had fired further than `#through`. */
  readonly #ahead: Map<number, number> = new Map();
  /** End of the window that fired last. */
  #fired: number = -Infinity;
  /** The window that is firing: its end (NaN for none), its page and key. */
  #end: number = Number.NaN;
  #start = 0;
  #place = 0;
  #pages = 0;
  /** The page at hand, and the key to go on with; undefined before the page is asked for. */
  #page: Page | undefined = undefined;
  #next = 0;
  /** The slice that is being released, and its next page. */
  #releasing: Slice | undefined = undefined;
  #released = 0;

  /** @param clock of windows in processing time */
  constructor(context: OperatorContext, options: SlicedOptions, clock?: WindowClock) {
    this.#context = context;
    this.#options = options;
    this.#clock = clock;
    const { accumulators, assigner, keyed, shape, source } = options;
    this.#slicing = slicingOf(assigner);
    const backend = keyedBackend(context);
    this.#backend = backend;
    const { keys } = backend;
    this.#slices = new Slices(keys, accumulators, this.#slicing, backend.account('windows'));
    this.#combiner = combinerOf(this.#slices, assigner, accumulators);
    this.#results = new WindowResults(keys, accumulators, context.output, shape);
    this.#late = context.counter(LATE_ROWS_DROPPED);
    this.#scratch = new Float64Array(accumulators.stride);
    backend.register(
      new SlicedPart(this.#slices, {
        firedThrough: () => this.#through,
        ahead: () => this.#ahead,
        restored: (id, through) => this.#restored(id, through),
        sliceAt: (start) => this.#sliceAt(start),
      }),
    );
    const { type, codec } = context.inputs[0]!;
    const typed = type !== undefined && codec !== undefined && !codec.generic;
    if (!keyed) keys.retain(keys.intern(ONE_KEY, 0));
    this.process = compileSliceProcess(context, {
      slices: this.#slices,
      source,
      resolve: keys.resolver(0),
      oneKey: keyed ? -1 : keys.intern(ONE_KEY, 0),
      input: typed ? new RowBytes(codec) : undefined,
      clock,
      locate: (row, timestamp) => this.#locate(row, timestamp),
      late: (slice, id) => this.#changed(slice, id),
      refuse: () => failChangelog(context),
    });
  }

  /** End of the window that fires next; `Infinity` when there is none. */
  get nextEnd(): number {
    if (Number.isNaN(this.#nextEnd)) this.#nextEnd = this.#findNextEnd();
    return this.#nextEnd;
  }

  onWatermark(watermark: number): boolean {
    this.#nextEnd = Number.NaN;
    for (let emitted = 0; ;) {
      if (Number.isNaN(this.#end) && !this.#beginWindow(watermark)) break;
      const more = this.#fire(FINISH_ROWS_MAX - emitted);
      emitted += more;
      if (!Number.isNaN(this.#end)) return false;
    }
    // Before anything is let go of, since this may take several calls.
    if (watermark > this.#through) this.#passed(watermark);
    if (!this.#release(watermark)) return false;
    if (this.#ahead.size > 0) {
      for (const [id, through] of this.#ahead) if (through <= watermark) this.#ahead.delete(id);
    }
    return true;
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore(state: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(state.keyed, first, last);
    for (const [id, through] of this.#ahead) if (through <= this.#through) this.#ahead.delete(id);
    // Which windows have fired is known only now.
    for (const slice of this.#slices.live) slice.closed = this.#isClosed(slice);
    this.#passed(this.#through);
    this.#nextEnd = Number.NaN;
  }

  close(): void {
    this.#combiner.dispose();
    this.#backend.dispose();
  }

  /** The watermark that lateness is measured by: after a restore, that of the snapshot until it is passed. */
  get #watermark(): number {
    if (this.#clock !== undefined) return this.#through;
    return Math.max(this.#through, this.#context.current.watermark);
  }

  #passed(time: number): void {
    this.#through = time;
    this.#clock?.passed(time);
  }

  /** Makes the slice of a row the current one; false when the row belongs to no window that is still taken. */
  #locate(row: unknown, timestamp: number): boolean {
    if (timestamp === NO_TIMESTAMP) this.#failTimestamp();
    if (this.#slices.find(timestamp)) return true;
    // An instance that was restored without any key takes its time from the runtime.
    if (this.#slices.live.length === 0) this.#through = this.#watermark;
    const start = this.#slicing.startOf(timestamp);
    const { allowedLatenessMs, lateTag } = this.#options;
    if (!Number.isNaN(start)) {
      const last = this.#slicing.lastEnd(start) - 1;
      if (last + allowedLatenessMs > this.#watermark) {
        this.#sliceAt(start);
        return true;
      }
    }
    // A row between two windows is late by its own time.
    if (timestamp + allowedLatenessMs <= this.#watermark) {
      if (lateTag === undefined) this.#late.add(this.#options.rowsOf(row));
      else this.#context.output.emitSide(lateTag, row, timestamp);
    }
    return false;
  }

  #sliceAt(start: number): Slice {
    if (this.#slices.find(start)) return this.#slices.current;
    const slice = this.#slices.add(start);
    slice.closed = this.#isClosed(slice);
    this.#nextEnd = Number.NaN;
    this.#combiner.added(slice);
    return slice;
  }

  #isClosed({ start }: Slice): boolean {
    return this.#slicing.nextEnd(start, start) - 1 <= this.#watermark;
  }

  /** A row came for a window that has fired: what was summed up is put right, and what is still allowed fires again. */
  #changed(slice: Slice, id: number): void {
    this.#combiner.changed(slice, id);
    const { allowedLatenessMs } = this.#options;
    if (allowedLatenessMs === 0) return;
    const watermark = this.#watermark;
    const after = watermark + 1 - allowedLatenessMs;
    let end = this.#slicing.nextEnd(slice.start, after);
    for (; end - 1 <= watermark; end = this.#slicing.nextEnd(slice.start, end)) {
      this.#fireKey(id, end);
    }
  }

  /** The result of one key's window, from its slices. */
  #fireKey(id: number, end: number): void {
    const { accumulators, live } = this.#slices;
    const start = this.#slicing.windowStart(end);
    const words = this.#scratch.fill(0);
    const heap = accumulators.heapCount > 0 ? accumulators.createHeap() : undefined;
    const o = (id & PAGE_MASK) * accumulators.stride;
    for (const slice of live) {
      if (slice.start < start || slice.end > end) continue;
      const page = slice.pages[id >>> PAGE_SHIFT];
      if (page === undefined || page[o] === 0) continue;
      accumulators.merge(words, 0, page, o);
      if (heap !== undefined) accumulators.mergeHeap(heap, slice.heaps[id]!);
    }
    this.#results.emit(id, start, end, words, 0, heap);
  }

  #findNextEnd(): number {
    const after = Math.max(this.#through + 1, this.#fired);
    let end = Infinity;
    for (const { start } of this.#slices.live) {
      const next = this.#slicing.nextEnd(start, after);
      if (next < end) end = next;
    }
    return end;
  }

  /** Begins the next window that ends by the watermark; false when there is none. */
  #beginWindow(watermark: number): boolean {
    const end = this.#findNextEnd();
    if (end - 1 > watermark) return false;
    this.#end = end;
    this.#start = this.#slicing.windowStart(end);
    this.#pages = this.#combiner.begin(this.#start, end);
    this.#place = 0;
    this.#page = undefined;
    return true;
  }

  /** Emits at most `max` rows of the window at hand; returns how many. Its end is NaN when all are out. */
  #fire(max: number): number {
    const { stride } = this.#slices.accumulators;
    const start = this.#start;
    const end = this.#end;
    let emitted = 0;
    for (let pages = 0; this.#place < this.#pages; pages++) {
      if (this.#page === undefined) {
        if (pages === PAGES_AT_ONCE) return emitted;
        this.#page = this.#combiner.page(this.#place);
        this.#next = 0;
      }
      const page = this.#page;
      if (page !== undefined) {
        let o = this.#next;
        for (
          let id = (this.#place << PAGE_SHIFT) + o / stride;
          o < page.length;
          o += stride, id++
        ) {
          if (page[o] === 0) continue;
          if (emitted === max) {
            this.#next = o;
            return emitted;
          }
          if (this.#ahead.size > 0 && (this.#ahead.get(id) ?? NO_WATERMARK) >= end - 1) continue;
          this.#results.emit(id, start, end, page, o, this.#combiner.heapOf(id));
          emitted++;
        }
      }
      this.#place++;
      this.#page = undefined;
    }
    this.#combiner.end();
    for (const slice of this.#slices.live) {
      if (slice.start >= start && slice.end <= end) slice.closed = true;
    }
    this.#fired = end;
    this.#end = Number.NaN;
    return emitted;
  }

  /** Lets go of slices whose last window is past; false while there are more. */
  #release(watermark: number): boolean {
    const { allowedLatenessMs } = this.#options;
    const slices = this.#slices;
    for (let pages = 0; ;) {
      this.#releasing ??= slices.live.find(
        ({ lastEnd }) => lastEnd - 1 + allowedLatenessMs <= watermark,
      );
      const slice = this.#releasing;
      if (slice === undefined) return true;
      for (; this.#released < slice.pages.length; this.#released++) {
        if (pages++ === PAGES_AT_ONCE) return false;
        this.#combiner.expiring(slice, this.#released);
        slices.releasePage(slice, this.#released);
      }
      slices.remove(slice);
      this.#combiner.expired(slice);
      this.#releasing = undefined;
      this.#released = 0;
    }
  }

  /** Keys of several snapshots may have fired to different times: the earliest counts, the others are skipped till then. */
  #restored(id: number, through: number): void {
    if (this.#ahead.size === 0 && this.#through === NO_WATERMARK) this.#through = through;
    this.#ahead.set(id, through);
    if (through < this.#through) this.#through = through;
  }

  #failTimestamp(): never {
    const { operatorName: operator } = this.#context;
    throw new EngineError('ERR_OPERATORS_NO_TIMESTAMP', { operator }, { place: { operator } });
  }
}

function combinerOf(
  slices: Slices,
  assigner: SliceableAssigner,
  accumulators: Accumulators,
): SliceCombiner {
  if (slices.slicing.slicesPerWindow <= 1) return new DirectCombiner(slices);
  const sums = compilePageSums(accumulators);
  if (accumulators.heapCount > 0) return new MergingCombiner(slices, sums);
  if (assigner.kind === 'cumulative') return new RunningCombiner(slices, sums, true);
  if (accumulators.invertible) return new RunningCombiner(slices, sums, false);
  return new StackCombiner(slices, sums);
}
