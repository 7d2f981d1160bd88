/** What a test sees of one stream: rows, watermarks and idleness, in the order in which they came. */

import { NO_TIMESTAMP, NO_WATERMARK } from '../record/index.ts';
import type { RowKind } from '../record/index.ts';

/** The changelog kinds by the names that tests use. */
const CHANGES = ['insert', 'updateBefore', 'updateAfter', 'delete'] as const;

/** What a row does to the table that its stream describes. */
export type Change = (typeof CHANGES)[number];

/** One row. */
export interface EmittedRow<T = unknown> {
  readonly row: T;
  /** Milliseconds since the epoch; undefined when the row has none. */
  readonly timestamp: number | undefined;
  /** Missing for an insert. */
  readonly change?: Exclude<Change, 'insert'>;
}

/** One element of a recorded stream. */
export type StreamEvent<T = unknown> =
  | EmittedRow<T>
  | { readonly watermark: number }
  | { readonly idle: boolean };

/** A changelog kind as a test writes it. */
export function rowKindOf(change: Change): RowKind {
  return CHANGES.indexOf(change) as RowKind;
}

/**
 * A recorded stream. With several subtasks the watermark is the least of theirs, and the stream is idle when all are.
 *
 * @example
 * run.output('alerts').rows; // [{ user: 'a' }]
 */
export class Recording<T = unknown> {
  readonly #events: StreamEvent<T>[] = [];
  /** The subtask that each event came from; those of the stream as a whole have none. */
  readonly #from: number[] = [];
  /** By checkpoint: how many events there were when its barrier reached each subtask. */
  readonly #barriers: Map<number, number[]> = new Map();
  readonly #watermarks: number[] = [];
  readonly #idle: boolean[] = [];
  #watermark: number = NO_WATERMARK;
  #allIdle = false;

  /** Everything, in order of arrival. */
  get events(): readonly StreamEvent<T>[] {
    return this.#events;
  }

  /** Rows with timestamp and change. */
  get emitted(): EmittedRow<T>[] {
    return this.#events.filter((event) => 'row' in event);
  }

  /** Rows alone. */
  get rows(): T[] {
    return this.emitted.map(({ row }) => row);
  }

  /** Watermarks, each larger than the one before. */
  get watermarks(): number[] {
    return this.#events.flatMap((event) => ('watermark' in event ? [event.watermark] : []));
  }

  /** Whether the stream went idle (true) or active (false), alternating. */
  get statuses(): boolean[] {
    return this.#events.flatMap((event) => ('idle' in event ? [event.idle] : []));
  }

  /** The last watermark, also when it was taken; `Number.MIN_SAFE_INTEGER` before the first. */
  get watermark(): number {
    return this.#watermark;
  }

  /** Whether the stream is idle. */
  get idle(): boolean {
    return this.#allIdle;
  }

  /** Takes what is recorded so far out of the recording. */
  take(): StreamEvent<T>[] {
    this.#from.length = 0;
    this.#barriers.clear();
    return this.#events.splice(0);
  }

  /** The barrier of a checkpoint reached a subtask. */
  atBarrier(checkpoint: number, subtask: number): void {
    const counts = this.#barriers.get(checkpoint) ?? [];
    counts[subtask] = this.#events.length;
    this.#barriers.set(checkpoint, counts);
  }

  /**
   * Another run goes on here from a checkpoint: its subtasks join anew, what it says again is passed over, and rows that came
   * behind the barrier are taken back, since they will come again.
   */
  goOn(checkpoint: number): void {
    this.#watermarks.length = 0;
    this.#idle.length = 0;
    const counts = this.#barriers.get(checkpoint);
    this.#barriers.clear();
    if (counts === undefined) return;
    const kept = this.#events.map((event, i) => {
      return !('row' in event) || i < (counts[this.#from[i]!] ?? Infinity);
    });
    this.#keep(this.#events, kept);
    this.#keep(this.#from, kept);
  }

  /** A subtask that will record here; before it the watermark of the stream does not advance. */
  join(subtask: number): void {
    this.#watermarks[subtask] = NO_WATERMARK;
    this.#idle[subtask] = false;
  }

  /** @param row may be kept */
  onRow(subtask: number, row: T, timestamp: number, kind: RowKind): void {
    const change = CHANGES[kind];
    this.#from[this.#events.length] = subtask;
    this.#events.push({
      row,
      timestamp: timestamp === NO_TIMESTAMP ? undefined : timestamp,
      ...(change === 'insert' ? {} : { change }),
    });
  }

  onWatermark(subtask: number, watermark: number): void {
    this.#watermarks[subtask] = watermark;
    const least = Math.min(...this.#watermarks);
    if (least <= this.#watermark) return;
    this.#watermark = least;
    this.#events.push({ watermark: least });
  }

  onStatus(subtask: number, idle: boolean): void {
    this.#idle[subtask] = idle;
    const all = this.#idle.every((each) => each);
    if (all === this.#allIdle) return;
    this.#allIdle = all;
    this.#events.push({ idle: all });
  }

  #keep(list: unknown[], kept: readonly boolean[]): void {
    let n = 0;
    for (let i = 0; i < kept.length; i++) if (kept[i]) list[n++] = list[i];
    list.length = n;
  }
}
