/**
 * A source that is an open loop: row i is due at i / rate after the start, whether or not the engine keeps up.
 *
 * Each poll emits all rows that are due by then, each with the time it was due and not the time it was emitted, so that a stall
 * of source, engine or machine counts in the latency of every row that it delayed. Between two rows the reader asks to be stepped
 * again at once, since sleeps have a granularity of 50 us and more: its thread spins.
 */

import type { RecordType } from 'millrace';
import type {
  PollStatus,
  Source,
  SourceContext,
  SourceOutput,
  SourceReader,
} from 'millrace/connectors';

/** What to emit. */
export interface OpenLoop<T> {
  readonly type: RecordType<T>;
  readonly rows: number;
  /** Rows a second; Infinity emits as fast as the engine takes them, each due when it is emitted. */
  readonly rowsPerSecond: number;
  /** The row with this index, due `dueMs` after the start. */
  readonly row: (index: number, dueMs: number, startMs: number) => T;
}

/** Further than this from the next row the worker may sleep. */
const SLEEP_FROM_MS = 2;

/** A source of one split. Times are those of `SourceContext.monotonicMs`. */
export function openLoop<T>(options: OpenLoop<T>): Source<T> {
  const { type, rows, rowsPerSecond, row } = options;
  return {
    kind: 'open-loop',
    params: { rows, rowsPerSecond: Number.isFinite(rowsPerSecond) ? rowsPerSecond : null },
    functions: { row },
    type,
    bounded: true,
    async: false,
    maxParallelism: 1,
    splits: async () => [{ id: 'all' }],
    open: async (_, context) => new OpenLoopReader(options, context),
  };
}

/** The time row `index` is due after the start, in ms. */
export function dueMsOf(index: number, rowsPerSecond: number): number {
  return (index * 1000) / rowsPerSecond;
}

class OpenLoopReader<T> implements SourceReader<T> {
  readonly #options: OpenLoop<T>;
  readonly #context: SourceContext;
  readonly #make: OpenLoop<T>['row'];
  readonly #rows: number;
  /** Ms between two rows. */
  readonly #stepMs: number;
  /** Start in ms; typed arrays, since a field that outgrows 31 bits is a heap object for every value. */
  readonly #times: Float64Array = new Float64Array(1);
  #next = 0;

  constructor(options: OpenLoop<T>, context: SourceContext) {
    this.#options = options;
    this.#context = context;
    this.#make = options.row;
    this.#rows = options.rows;
    this.#stepMs = 1000 / options.rowsPerSecond;
  }

  poll(output: SourceOutput<T>, maxRows: number): PollStatus {
    const times = this.#times;
    const rows = this.#rows;
    const nowMs = this.#context.monotonicMs();
    let next = this.#next;
    if (next === 0) times[0] = nowMs;
    const startMs = times[0]!;
    const elapsedMs = nowMs - startMs;
    const stepMs = this.#stepMs;
    const due = stepMs === 0 ? rows : Math.min(rows, Math.floor(elapsedMs / stepMs) + 1);
    const end = Math.min(due, next + maxRows);
    if (next >= end && next < rows) return 'waiting';
    const make = this.#make;
    for (; next < end && !output.full; next++) {
      const dueMs = stepMs === 0 ? elapsedMs : (next * 1000) / this.#options.rowsPerSecond;
      output.emit(make(next, dueMs, startMs));
    }
    this.#next = next;
    return next < rows ? 'more' : 'end';
  }

  waitMs(): number {
    const dueMs = this.#times[0]! + dueMsOf(this.#next, this.#options.rowsPerSecond);
    const waitMs = dueMs - this.#context.monotonicMs();
    return waitMs < SLEEP_FROM_MS ? 0 : waitMs - SLEEP_FROM_MS / 2;
  }

  position(): number {
    return this.#next;
  }
}
