/** What feeds a test source: one channel for each of its subtasks, and all of them together. */

import { EngineError } from '../base/index.ts';
import type { PollStatus, SourceOutput, SourceReader } from '../connectors/index.ts';
import type { Plain } from '../operators/index.ts';
import { END_OF_TIME, NO_TIMESTAMP, NO_WATERMARK } from '../record/index.ts';
import type { RowKind } from '../record/index.ts';
import type { Change } from './recording.ts';
import { rowKindOf } from './recording.ts';

/** One thing that a test told a source. */
type Element =
  | { readonly kind: 'row'; readonly row: unknown; readonly timestamp: number | undefined }
  | {
      readonly kind: 'change';
      readonly row: unknown;
      readonly timestamp: number;
      readonly rowKind: RowKind;
    }
  | { readonly kind: 'watermark'; readonly watermark: number }
  | { readonly kind: 'status'; readonly idle: boolean }
  | { readonly kind: 'end' };

/** What a test says to a source, to one subtask of it or to all. */
export interface TestFeed<T = unknown> {
  /**
   * One row, to the next subtask in turn when there are several.
   *
   * @param timestamp integer milliseconds since the epoch; none when left out
   */
  push(row: T, timestamp?: number): this;
  /** A row of a changelog. */
  pushChange(change: Change, row: T, timestamp?: number): this;
  /** Rows without timestamps, or with those that `timestampOf` gives. */
  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this;
  /** No row with a timestamp ≤ `watermark` follows. */
  watermark(watermark: number): this;
  /** Nobody waits for rows from here, until the next one. */
  idle(): this;
  active(): this;
  /** Nothing follows. */
  end(): this;
}

/** One subtask of a test source: the queue of what it was told, and its reader. Owner: the test run. */
export class TestChannel<T = unknown> implements TestFeed<T>, SourceReader<T> {
  readonly name: string;
  readonly #queue: Element[] = [];
  /** Set when the subtask is made: how a row with another kind than insert gets out. */
  emitChange: (kind: RowKind, row: unknown, timestamp: number) => void = () => undefined;
  #ended = false;
  /** What was emitted last, and what was when the source was asked for its position last. */
  #watermark: number = NO_WATERMARK;
  #idle = false;
  lastWatermark: number = NO_WATERMARK;
  lastIdle = false;

  constructor(name: string) {
    this.name = name;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Elements not yet taken by the job. */
  get waiting(): number {
    return this.#queue.length;
  }

  push(row: T, timestamp?: number): this {
    return this.#put({ kind: 'row', row, timestamp });
  }

  pushChange(change: Change, row: T, timestamp: number = NO_TIMESTAMP): this {
    return this.#put({ kind: 'change', row, timestamp, rowKind: rowKindOf(change) });
  }

  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this {
    let index = 0;
    for (const row of rows) this.push(row, timestampOf?.(row, index++));
    return this;
  }

  watermark(watermark: number): this {
    return this.#put({ kind: 'watermark', watermark });
  }

  idle(): this {
    return this.#put({ kind: 'status', idle: true });
  }

  active(): this {
    return this.#put({ kind: 'status', idle: false });
  }

  end(): this {
    if (this.#ended) return this;
    this.#put({ kind: 'end' });
    this.#ended = true;
    return this;
  }

  poll(output: SourceOutput<T>, maxRows: number): PollStatus {
    const queue = this.#queue;
    for (let taken = 0; taken < maxRows && !output.full; taken++) {
      const element = queue[0];
      if (element === undefined) return 'waiting';
      // A row says that the split is active, for the whole of the poll that it comes in.
      if (element.kind === 'status' && taken > 0) return 'more';
      queue.shift();
      switch (element.kind) {
        case 'row':
          this.#idle = false;
          output.emit(element.row as T, element.timestamp);
          break;
        case 'change':
          this.emitChange(element.rowKind, element.row, element.timestamp);
          break;
        case 'watermark':
          if (element.watermark < END_OF_TIME) {
            this.#watermark = Math.max(this.#watermark, element.watermark);
          }
          output.emitWatermark(element.watermark);
          return 'more';
        case 'status':
          this.#idle = element.idle;
          if (element.idle) output.markIdle();
          else output.markActive();
          return 'more';
        case 'end':
          return 'end';
      }
    }
    return queue.length > 0 ? 'more' : 'waiting';
  }

  /** What it was told and did not emit. */
  position(): Plain {
    this.lastWatermark = this.#watermark;
    this.lastIdle = this.#idle;
    return [...this.#queue] as unknown as Plain;
  }

  /** Goes on from where a channel of an earlier run was. */
  goOn(split: Plain): void {
    const { at = [] } = split as { readonly at?: unknown };
    this.#queue.push(...(at as readonly Element[]));
  }

  #put(element: Element): this {
    if (this.#ended) throw new EngineError('ERR_TESTING_ENDED', { source: this.name });
    this.#queue.push(element);
    return this;
  }
}

/** All subtasks of a test source: rows go round, everything else goes to each. */
export class TestChannels<T = unknown> implements TestFeed<T> {
  readonly #channels: readonly TestChannel<T>[];
  #next = 0;

  constructor(channels: readonly TestChannel<T>[]) {
    this.#channels = channels;
  }

  push(row: T, timestamp?: number): this {
    this.#turn().push(row, timestamp);
    return this;
  }

  pushChange(change: Change, row: T, timestamp?: number): this {
    this.#turn().pushChange(change, row, timestamp);
    return this;
  }

  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this {
    let index = 0;
    for (const row of rows) this.push(row, timestampOf?.(row, index++));
    return this;
  }

  watermark(watermark: number): this {
    return this.#each((channel) => channel.watermark(watermark));
  }

  idle(): this {
    return this.#each((channel) => channel.idle());
  }

  active(): this {
    return this.#each((channel) => channel.active());
  }

  end(): this {
    return this.#each((channel) => channel.end());
  }

  #each(say: (channel: TestChannel<T>) => void): this {
    for (const channel of this.#channels) if (!channel.ended) say(channel);
    return this;
  }

  #turn(): TestChannel<T> {
    const open = this.#channels.filter((channel) => !channel.ended);
    return (open.length > 0 ? open : this.#channels)[this.#next++ % (open.length || 1)]!;
  }
}
