/** One input of an operator under test: what it is told takes effect at once, unless the test is batched. */

import type { Change } from './recording.ts';
import type { TestFeed } from './test-channel.ts';

/** One input of an operator under test, or one channel of it. */
export class TestInput<T = unknown> implements TestFeed<T> {
  readonly #feed: (channel: number | undefined) => TestFeed<T>;
  readonly #told: () => void;

  constructor(feed: (channel: number | undefined) => TestFeed<T>, told: () => void) {
    this.#feed = feed;
    this.#told = told;
  }

  /** One of the subtasks that feed it. @throws ERR_TESTING_SUBTASK */
  channel(index: number): TestInput<T> {
    this.#feed(index);
    return new TestInput<T>(() => this.#feed(index), this.#told);
  }

  push(row: T, timestamp?: number): this {
    return this.#tell((feed) => feed.push(row, timestamp));
  }

  pushChange(change: Change, row: T, timestamp?: number): this {
    return this.#tell((feed) => feed.pushChange(change, row, timestamp));
  }

  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this {
    let index = 0;
    for (const row of rows) this.push(row, timestampOf?.(row, index++));
    return this;
  }

  watermark(watermark: number): this {
    return this.#tell((feed) => feed.watermark(watermark));
  }

  idle(): this {
    return this.#tell((feed) => feed.idle());
  }

  active(): this {
    return this.#tell((feed) => feed.active());
  }

  end(): this {
    return this.#tell((feed) => feed.end());
  }

  #tell(tell: (feed: TestFeed<T>) => void): this {
    tell(this.#feed(undefined));
    this.#told();
    return this;
  }
}
