/**
 * `fromAsyncIterable`: rows from anything that can be iterated with `for await`, a Node stream or an async generator.
 *
 * A pump takes items while the buffer holds fewer than 1024 of them, so a fast iterable waits for the job, not the heap.
 */

import type { Readable } from 'node:stream';
import { EngineError, thrownMessage } from '../base/index.ts';
import type { RecordType } from '../record/index.ts';
import { optionError } from './options.ts';
import type { PollStatus, Source, SourceOutput, SourceReader } from './source.ts';

/** Most items pulled ahead of the job. */
const BUFFER_ITEMS_MAX = 1024;

/** Options of {@link fromAsyncIterable}. */
export interface AsyncIterableOptions {
  /** Whether the iterable ends by itself, default false: batch mode refuses an input that may not. */
  readonly bounded?: boolean;
  /**
   * Whether the factory gives the same items from the start each time, default false. Then a restarted job skips what it had read;
   * otherwise it goes on with whatever the factory gives, and items in flight at the failure are lost.
   */
  readonly replayable?: boolean;
}

/**
 * A source over an async iterable, in one split. `factory` is called on the worker that reads it.
 *
 * @throws ERR_CONNECTORS_OPTION; when it runs ERR_CONNECTORS_ITERABLE with the iterable's error as its cause
 * @example
 * env.fromSource(fromAsyncIterable(() => readline.createInterface({ input: process.stdin })));
 */
export function fromAsyncIterable<T>(
  factory: () => AsyncIterable<T> | Iterable<T> | Readable,
  type?: RecordType<T>,
  options: AsyncIterableOptions = {},
): Source<T> {
  if (typeof factory !== 'function') {
    throw optionError(
      'fromAsyncIterable',
      'factory',
      'a function that gives the iterable',
      factory,
    );
  }
  const { bounded = false, replayable = false } = options;
  return {
    kind: 'asyncIterable',
    params: { bounded, replayable },
    functions: { factory },
    type,
    bounded,
    replayable,
    async: true,
    maxParallelism: 1,
    splits: async () => [{ id: 'items' }],
    open: async (_split, _context, position) => {
      const emitted = typeof position === 'number' ? position : 0;
      return new IterableReader<T>(factory, emitted, replayable ? emitted : 0);
    },
  };
}

/** Position: how many items were emitted. Owner: the subtask's worker thread, between and during its event loop turns. */
class IterableReader<T> implements SourceReader<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T>;
  /** Items not emitted yet are `#buffer[#head …]`. */
  #buffer: T[] = [];
  #head = 0;
  #emitted = 0;
  #toSkip = 0;
  #ended = false;
  #closed = false;
  #failure: EngineError | undefined = undefined;
  #pumping = false;
  #changed: Promise<void> = Promise.resolve();
  #signal: () => void = () => {};

  constructor(
    factory: () => AsyncIterable<T> | Iterable<T> | Readable,
    emitted: number,
    toSkip: number,
  ) {
    this.#emitted = emitted;
    this.#toSkip = toSkip;
    try {
      this.#iterator = iteratorOf(factory() as AsyncIterable<T> | Iterable<T>);
    } catch (cause) {
      throw this.#error(cause);
    }
    this.#renew();
    this.#startPump();
  }

  poll(output: SourceOutput<T>, maxRows: number): PollStatus {
    const buffer = this.#buffer;
    const end = Math.min(buffer.length, this.#head + maxRows);
    while (this.#head < end && !output.full) {
      output.emit(buffer[this.#head++]!);
      this.#emitted++;
    }
    if (this.#head < buffer.length) return 'more';
    buffer.length = 0;
    this.#head = 0;
    if (this.#failure) throw this.#failure;
    if (this.#ended) return 'end';
    this.#startPump();
    return 'waiting';
  }

  available(): Promise<void> {
    return this.#buffer.length > this.#head || this.#ended || this.#failure
      ? Promise.resolve()
      : this.#changed;
  }

  position(): number {
    return this.#emitted;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#signal();
    // Not awaited while an item is pending: a generator that waits for one would never get to its return.
    const returned = this.#iterator.return?.();
    if (!this.#pumping) await returned;
    else Promise.resolve(returned).catch(() => {});
  }

  #startPump(): void {
    if (this.#pumping || this.#ended || this.#closed || this.#failure) return;
    this.#pumping = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      while (!this.#closed && this.#buffer.length - this.#head < BUFFER_ITEMS_MAX) {
        const item = await this.#iterator.next();
        if (item.done === true) {
          this.#ended = true;
          break;
        }
        if (this.#toSkip > 0) {
          this.#toSkip--;
          continue;
        }
        this.#buffer.push(item.value);
        if (this.#buffer.length - this.#head === 1) this.#notify();
      }
    } catch (cause) {
      this.#failure = this.#error(cause);
    }
    this.#pumping = false;
    this.#notify();
  }

  #notify(): void {
    const signal = this.#signal;
    this.#renew();
    signal();
  }

  #renew(): void {
    this.#changed = new Promise((resolve) => {
      this.#signal = resolve;
    });
  }

  #error(cause: unknown): EngineError {
    const reason = thrownMessage(cause);
    const items = this.#emitted + this.#buffer.length - this.#head;
    return new EngineError('ERR_CONNECTORS_ITERABLE', { items, reason }, { cause });
  }
}

function iteratorOf<T>(iterable: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  if (Symbol.asyncIterator in iterable) return iterable[Symbol.asyncIterator]();
  if (Symbol.iterator in iterable) return iterable[Symbol.iterator]();
  throw new TypeError('the factory gave nothing that can be iterated');
}
