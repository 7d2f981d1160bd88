/**
 * The head of a source chain: opens the splits of one subtask one after the other, polls them, and makes watermarks.
 * Owner: the subtask's worker.
 */

import { EngineError } from '../base/index.ts';
import type {
  PollStatus,
  Source,
  SourceContext,
  SourceReader,
  Split,
} from '../connectors/index.ts';
import { NO_WATERMARK } from '../record/index.ts';
import type { Chain } from './chain.ts';
import type { Feed } from './chain-spec.ts';
import { rowText } from './user-error.ts';

/** What one step of the head came to. */
export type SourceStep = 'progress' | 'waiting' | 'end';

/** Polls the splits of one subtask. */
export class SourceHead {
  readonly #source: Source;
  readonly #context: SourceContext;
  readonly #chain: Chain;
  readonly #feed: Feed;
  /** Text of the row that the last step failed with; undefined when it failed without one. */
  failedRow: string | undefined = undefined;
  #splits: readonly Split[] = [];
  #next = 0;
  /** Splits read to their end. */
  #finished = 0;
  #reader: SourceReader | undefined = undefined;
  #opening = false;
  #failure: unknown = undefined;
  #stopped = false;
  #closed = false;
  /** Whether the splits were listed. */
  #listed = false;
  /** Size of finished splits, in the unit of the source; NaN once one did not know. */
  #finishedTotal = 0;

  constructor(chain: Chain, source: Source, context: SourceContext) {
    this.#source = source;
    this.#context = context;
    this.#chain = chain;
    this.#feed = chain.driver.feed;
  }

  /** Lists the splits and opens the first. May do I/O. */
  async open(): Promise<void> {
    const all = await this.#source.splits();
    const { subtaskIndex, parallelism } = this.#context;
    this.#splits = all.filter((_, index) => index % parallelism === subtaskIndex);
    this.#listed = true;
    await this.#openNext();
  }

  /** Emits no further row: the next step says `end` (graceful stop). */
  stop(): void {
    this.#stopped = true;
  }

  /** One bounded poll. @throws what the reader throws */
  step(rowsMax: number): SourceStep {
    this.failedRow = undefined;
    // Also when nothing is polled below: `rows` speaks of this step.
    this.#feed.rows = 0;
    if (this.#failure !== undefined) {
      this.#chain.spec.current.operator = 0;
      throw this.#failure;
    }
    if (this.#stopped) return 'end';
    if (this.#reader === undefined) return this.#opening ? 'waiting' : 'end';
    const feed = this.#feed;
    feed.rowsMax = rowsMax;
    feed.full = this.#chain.driver.isFull();
    feed.emitting = false;
    let status: PollStatus;
    try {
      status = this.#reader.poll(feed, rowsMax);
    } catch (error) {
      // Not while a row ran through the chain: the reader itself failed.
      if (feed.emitting) this.failedRow = rowText(this.#chain.driver.currentRow());
      else this.#chain.spec.current.operator = 0;
      throw error;
    }
    if (status === 'end') {
      this.#finishedTotal += this.#reader.progress?.()?.total ?? NaN;
      this.#track(this.#closeAndOpenNext(this.#reader));
      return feed.rows > 0 || this.#opening ? 'progress' : 'end';
    }
    return status === 'more' || feed.rows > 0 ? 'progress' : 'waiting';
  }

  /** Rows emitted by the last step. */
  get rows(): number {
    return this.#feed.rows;
  }

  /** The watermark to send after the last step, when it advanced past `sent`; else `NO_WATERMARK`. */
  watermarkAfter(sent: number): number {
    const watermark = this.#chain.spec.time?.watermarks.watermark ?? NO_WATERMARK;
    return watermark > sent ? watermark : NO_WATERMARK;
  }

  /** Settles when a waiting head may have rows; undefined when only the clock (see {@link waitMs}) can tell. */
  available(): Promise<void> | undefined {
    return this.#reader?.available?.();
  }

  /** Whether a split is being opened or closed. */
  get opening(): boolean {
    return this.#opening;
  }

  /** Settled promises of opening go through this; the worker keeps its event loop turning meanwhile. */
  onAsync: (promise: Promise<void>) => void = () => undefined;

  /** Milliseconds after which a waiting head should be stepped again by the clock. */
  waitMs(): number | undefined {
    return this.#reader?.waitMs?.();
  }

  /**
   * Done and total over the splits of this subtask, both 0 when it has none; undefined when the readers do not know. Splits
   * that are still to come count as much as those so far.
   */
  progress(): { readonly done: number; readonly total: number } | undefined {
    if (!this.#listed || !this.#source.bounded) return undefined;
    const splits = this.#splits.length;
    if (splits === 0) return { done: 0, total: 0 };
    // Closed before its end: what was known last stands.
    if (this.#closed && this.#finished < splits) return undefined;
    const current = this.#reader?.progress?.();
    if (this.#reader !== undefined && current === undefined) return undefined;
    const started = this.#reader === undefined ? this.#finished : this.#finished + 1;
    const total = this.#finishedTotal + (current?.total ?? 0);
    if (Number.isNaN(total)) return undefined;
    if (total === 0) return this.#finished === splits ? { done: 0, total: 0 } : undefined;
    return {
      done: this.#finishedTotal + (current?.done ?? 0),
      total: (total * splits) / Math.max(1, started),
    };
  }

  /** Closes the reader; one that is being opened is closed when it comes. */
  async close(): Promise<void> {
    this.#closed = true;
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close?.();
  }

  #track(promise: Promise<void>): void {
    this.#opening = true;
    const settled = promise
      .catch((error: unknown) => {
        this.#failure =
          error ??
          new EngineError('ERR_BASE_UNEXPECTED', { reason: 'a source rejected with nothing' });
      })
      .finally(() => {
        this.#opening = false;
      });
    this.onAsync(settled);
  }

  async #closeAndOpenNext(reader: SourceReader): Promise<void> {
    this.#reader = undefined;
    this.#finished++;
    await reader.close?.();
    await this.#openNext();
  }

  async #openNext(): Promise<void> {
    const split = this.#splits[this.#next];
    if (split === undefined || this.#closed) return;
    this.#next++;
    const reader = await this.#source.open(split, this.#context, undefined);
    if (this.#closed) await reader.close?.();
    else this.#reader = reader;
  }
}
