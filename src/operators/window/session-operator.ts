/**
 * Declared aggregates over event-time sessions with a fixed gap and the default trigger: accumulators in words
 * (sessions.ts), no timers but a calendar of slots (session-calendar.ts).
 *
 * Rules: as the general operator with the default trigger. The sessions of a key fire in the order of their ends.
 */

import { EngineError } from '../../base/index.ts';
import { END_OF_TIME, NO_WATERMARK } from '../../record/index.ts';
import type {
  ByteReader,
  ByteWriter,
  KeyedBackend,
  KeyedPart,
  OperatorSnapshot,
  PartDescriptor,
} from '../../state/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import { failChangelog } from '../changelog.ts';
import { keyedBackend } from '../keyed-backend.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext, RestoredState } from '../operator.ts';
import { RowBytes } from '../row-bytes.ts';
import { SessionCalendar } from './session-calendar.ts';
import { compileSessionProcess } from './session-kernel.ts';
import {
  NO_SESSION,
  SESSION_DUE,
  SESSION_END,
  SESSION_FIRED,
  SESSION_KEY,
  SESSION_LINK,
  SESSION_START,
  SESSION_WORDS,
  Sessions,
} from './sessions.ts';
import {
  accumulatorPart,
  readAccumulator,
  requireSameAccumulators,
  writeAccumulator,
} from './sliced-part.ts';
import type { FoldSource, ProcessRow } from './slice-kernel.ts';
import { WindowResults } from './window-results.ts';
import type { ResultShape } from './window-results.ts';
import { LATE_ROWS_DROPPED } from './window-spec.ts';

/** Sessions that one call looks at, at most: most emit nothing when they only became longer. */
const VISITS_MAX = 8192;
/** The key of rows that are not keyed. */
const ONE_KEY = 0;

/** What a session operator does. */
export interface SessionOptions {
  readonly gapMs: number;
  readonly allowedLatenessMs: number;
  readonly lateTag: string | undefined;
  readonly keyed: boolean;
  readonly accumulators: Accumulators;
  readonly source: FoldSource;
  readonly shape: ResultShape;
}

/** One instance. Owner: the subtask's worker. */
export class SessionWindowOperator implements Operator {
  readonly process: ProcessRow;
  readonly #context: OperatorContext;
  readonly #options: SessionOptions;
  readonly #backend: KeyedBackend;
  readonly #sessions: Sessions;
  /** Not a part of the state: every session says when it is due. */
  readonly #calendar: SessionCalendar;
  readonly #results: WindowResults;
  readonly #late: { add(n: number): void };
  /** The greatest watermark seen, also before a restore. */
  readonly #clock: Float64Array = new Float64Array([NO_WATERMARK]);
  /** `#clock` at the last barrier. */
  #barrierClock: number = NO_WATERMARK;
  /** Slot + 1 with which the list at hand goes on. */
  #rest = 0;
  /** A session was put into the past: the last piece is to be looked at once more. */
  #again = false;

  constructor(context: OperatorContext, options: SessionOptions) {
    this.#context = context;
    this.#options = options;
    const { accumulators, allowedLatenessMs, keyed, shape } = options;
    const backend = keyedBackend(context);
    this.#backend = backend;
    const { keys } = backend;
    const account = backend.account('sessions');
    this.#sessions = new Sessions(keys, accumulators, account);
    this.#calendar = new SessionCalendar(this.#sessions, options.gapMs);
    this.#results = new WindowResults(keys, accumulators, context.output, shape);
    this.#late = context.counter(LATE_ROWS_DROPPED);
    backend.register(this.#part());
    const { type, codec } = context.inputs[0]!;
    const typed = type !== undefined && codec !== undefined && !codec.generic;
    if (!keyed) keys.retain(keys.intern(ONE_KEY, 0));
    this.process = compileSessionProcess(context, {
      sessions: this.#sessions,
      source: options.source,
      resolve: keys.resolver(0),
      oneKey: keyed ? -1 : keys.intern(ONE_KEY, 0),
      input: typed ? new RowBytes(codec) : undefined,
      gapMs: options.gapMs,
      lateness: allowedLatenessMs > 0,
      clock: this.#clock,
      place: (row, id, timestamp) => this.#place(row, id, timestamp),
      touched: (id, slot) => this.#touched(id, slot),
      refuse: () => failChangelog(context),
      failTimestamp: () => failTimestamp(context),
    });
  }

  onWatermark(watermark: number): boolean {
    if (watermark > this.#clock[0]!) this.#clock[0] = watermark;
    const { slots } = this.#sessions;
    const calendar = this.#calendar;
    const last = calendar.pieceOf(watermark);
    let emitted = 0;
    let done = Number.NaN;
    for (let visits = 0; ; visits++) {
      while (this.#rest === 0) {
        const piece = calendar.firstPiece(last);
        // What is in the piece of the watermark itself may lie behind the watermark: it is looked at once.
        if (Number.isNaN(piece) || (piece === done && !this.#again)) return true;
        this.#again = false;
        done = piece;
        this.#rest = calendar.takeFirst();
      }
      if (visits === VISITS_MAX || emitted === FINISH_ROWS_MAX) return false;
      const slot = this.#rest - 1;
      this.#rest = slots.get(slot, SESSION_LINK);
      if (this.#visit(slot, watermark)) emitted++;
    }
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore(state: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(state.keyed, first, last);
  }

  close(): void {
    this.#backend.dispose();
  }

  /** The session that takes a row: what it touches becomes one. `NO_SESSION` when it would be a late one of its own. */
  #place(row: unknown, id: number, timestamp: number): number {
    const sessions = this.#sessions;
    const { slots } = sessions;
    const { watermark } = this.#context.current;
    if (watermark > this.#clock[0]!) this.#clock[0] = watermark;
    const end = timestamp + this.#options.gapMs;
    let joined = NO_SESSION;
    for (let slot = sessions.first(id); slot !== NO_SESSION;) {
      const next = sessions.next(slot);
      const from = slots.get(slot, SESSION_START);
      const to = slots.get(slot, SESSION_END);
      if (from <= end && timestamp <= to) {
        if (joined === NO_SESSION) {
          joined = slot;
          if (timestamp < from) slots.set(slot, SESSION_START, timestamp);
          if (end > to) slots.set(slot, SESSION_END, end);
        } else {
          // Earlier than the one before: the list falls.
          if (from < slots.get(joined, SESSION_START)) slots.set(joined, SESSION_START, from);
          sessions.merge(joined, slot);
          sessions.remove(id, slot);
        }
      }
      slot = next;
    }
    if (joined !== NO_SESSION) return joined;
    const { allowedLatenessMs, lateTag } = this.#options;
    if (end - 1 + allowedLatenessMs <= this.#clock[0]!) {
      if (lateTag === undefined) this.#late.add(1);
      else this.#context.output.emitSide(lateTag, row, timestamp);
      this.#sessions.keys.settle(id);
      return NO_SESSION;
    }
    const slot = sessions.add(id, timestamp, end);
    const passed = end - 1 <= this.#clock[0]!;
    this.#calendar.put(slot, passed ? this.#cleanup(end) : end - 1);
    return slot;
  }

  /** With lateness: a session that is past fires at once, one that was past and is longer now wakes in time. */
  #touched(id: number, slot: number): void {
    const sessions = this.#sessions;
    const { slots } = sessions;
    const end = slots.get(slot, SESSION_END);
    if (end - 1 <= this.#clock[0]!) this.#fire(id, slot);
    else if (slots.get(slot, SESSION_DUE) > end - 1) {
      // Its place in the calendar is that of its clean-up: it goes on in another slot.
      const moved = sessions.add(id, slots.get(slot, SESSION_START), end);
      sessions.merge(moved, slot);
      sessions.remove(id, slot);
      this.#calendar.put(moved, end - 1);
    }
  }

  /** A session's list came up; true when it gave a result. */
  #visit(slot: number, watermark: number): boolean {
    const sessions = this.#sessions;
    const { slots } = sessions;
    const end = slots.get(slot, SESSION_END);
    if (Number.isNaN(end)) {
      sessions.free(slot);
      return false;
    }
    const id = slots.get(slot, SESSION_KEY);
    sessions.keys.changes.touch(id);
    const fired = slots.get(slot, SESSION_FIRED) === end;
    const due = fired ? this.#cleanup(end) : end - 1;
    if (due > watermark) {
      this.#calendar.put(slot, due);
      return false;
    }
    if (!fired) {
      this.#fire(id, slot);
      const cleanup = this.#cleanup(end);
      if (this.#options.allowedLatenessMs > 0) {
        this.#calendar.put(slot, cleanup);
        if (cleanup <= watermark) this.#again = true;
        return true;
      }
    }
    sessions.remove(id, slot);
    sessions.free(slot);
    sessions.keys.settle(id);
    return !fired;
  }

  #fire(id: number, slot: number): void {
    const { slots, heaps } = this.#sessions;
    const start = slots.get(slot, SESSION_START);
    const end = slots.get(slot, SESSION_END);
    const o = (slot & slots.mask) * slots.stride + SESSION_WORDS;
    slots.set(slot, SESSION_FIRED, end);
    this.#results.emit(id, start, end, slots.pages[slot >>> slots.shift]!, o, heaps[slot]);
  }

  #cleanup(end: number): number {
    return Math.min(end - 1 + this.#options.allowedLatenessMs, END_OF_TIME);
  }

  /** The sessions as a part of keyed state. */
  #part(): KeyedPart {
    const sessions = this.#sessions;
    const { accumulators } = this.#options;
    const descriptor = accumulatorPart('windows', 'sessions', accumulators);
    return {
      descriptor,
      clock: () => this.#clock[0],
      beginSnapshot: () => {
        this.#barrierClock = this.#clock[0]!;
      },
      has: (id) => sessions.first(id) !== NO_SESSION,
      write: (id, out) => this.#write(id, out),
      read: (id, source, from) => this.#read(id, source, descriptor, from),
      dispose: () => sessions.dispose(),
    };
  }

  #write(id: number, out: ByteWriter): void {
    const sessions = this.#sessions;
    const { slots, accumulators } = sessions;
    out.putF64(this.#barrierClock);
    const countAt = out.length;
    out.putI32(0);
    let count = 0;
    for (let slot = sessions.first(id); slot !== NO_SESSION; slot = sessions.next(slot)) {
      for (const word of KEPT_WORDS) out.putF64(slots.get(slot, word));
      const o = (slot & slots.mask) * slots.stride + SESSION_WORDS;
      const page = slots.pages[slot >>> slots.shift]!;
      writeAccumulator(accumulators, page, o, sessions.heaps[slot], out);
      count++;
    }
    out.patchI32(countAt, count);
  }

  #read(id: number, source: ByteReader, own: PartDescriptor, from: PartDescriptor): void {
    requireSameAccumulators(own, from);
    const sessions = this.#sessions;
    const { slots, accumulators } = sessions;
    this.#clock[0] = Math.max(this.#clock[0]!, source.f64(), from.clock ?? NO_WATERMARK);
    for (let left = source.i32(); left > 0; left--) {
      const [start, end, due, fired] = KEPT_WORDS.map(() => source.f64()) as Kept;
      const slot = sessions.add(id, start, end);
      slots.set(slot, SESSION_FIRED, fired);
      const o = (slot & slots.mask) * slots.stride + SESSION_WORDS;
      const page = slots.pages[slot >>> slots.shift]!;
      const heap = readAccumulator(accumulators, page, o, source);
      if (heap !== undefined) {
        const empty = accumulators.heapBytes(sessions.heaps[slot]!);
        sessions.reserveHeap(accumulators.heapBytes(heap) - empty);
        sessions.heaps[slot] = heap;
      }
      this.#calendar.put(slot, due);
    }
  }
}

type Kept = [start: number, end: number, due: number, fired: number];
/** Words of a session that a snapshot keeps, beside the accumulator. */
const KEPT_WORDS: readonly number[] = [SESSION_START, SESSION_END, SESSION_DUE, SESSION_FIRED];

function failTimestamp(context: OperatorContext): never {
  const { operatorName: operator } = context;
  throw new EngineError('ERR_OPERATORS_NO_TIMESTAMP', { operator }, { place: { operator } });
}
