/**
 * The head of a source chain: opens the splits of one subtask one after the other, polls them, and makes watermarks.
 * Owner: the subtask's worker.
 */

import { EngineError } from '../base/index.ts';
import type {
  Source,
  SourceContext,
  SourceOutput,
  SourceReader,
  Split,
} from '../connectors/index.ts';
import type { WatermarkStrategy } from '../graph/index.ts';
import { NO_TIMESTAMP, NO_WATERMARK } from '../record/index.ts';
import type { Chain } from './chain.ts';

/** What one step of the head came to. */
export type SourceStep = 'progress' | 'waiting' | 'end';

/** Polls the splits of one subtask. */
export class SourceHead {
  readonly #source: Source;
  readonly #context: SourceContext;
  readonly #output: FeedOutput;
  #splits: readonly Split[] = [];
  #next = 0;
  #reader: SourceReader | undefined = undefined;
  #opening = false;
  #failure: unknown = undefined;
  #stopped = false;
  /** Rows of finished splits count as done. */
  #finishedDone = 0;

  constructor(
    chain: Chain,
    source: Source,
    watermarks: WatermarkStrategy | undefined,
    context: SourceContext,
  ) {
    this.#source = source;
    this.#context = context;
    this.#output = new FeedOutput(chain, watermarks);
  }

  /** Lists the splits and opens the first. May do I/O. */
  async open(): Promise<void> {
    const all = await this.#source.splits();
    const { subtaskIndex, parallelism } = this.#context;
    this.#splits = all.filter((_, index) => index % parallelism === subtaskIndex);
    await this.#openNext();
  }

  /** Emits no further row: the next step says `end` (graceful stop). */
  stop(): void {
    this.#stopped = true;
  }

  /** One bounded poll. @throws what the reader throws */
  step(rowsMax: number): SourceStep {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stopped) return 'end';
    if (this.#reader === undefined) return this.#opening ? 'waiting' : 'end';
    const output = this.#output;
    output.begin(rowsMax);
    const status = this.#reader.poll(output, rowsMax);
    output.endOfStep();
    if (status === 'end') {
      this.#finishedDone += this.#reader.progress?.()?.done ?? 0;
      this.#track(this.#closeAndOpenNext(this.#reader));
      return output.rows > 0 || this.#opening ? 'progress' : 'end';
    }
    return status === 'more' || output.rows > 0 ? 'progress' : 'waiting';
  }

  /** Rows emitted by the last step. */
  get rows(): number {
    return this.#output.rows;
  }

  /** The watermark to send after the last step, when it advanced past `sent`; else `NO_WATERMARK`. */
  watermarkAfter(sent: number): number {
    const { watermark } = this.#output;
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

  /** Done and total over the splits of this subtask, if every reader knows. */
  progress(): { readonly done: number; readonly total: number } | undefined {
    const current = this.#reader?.progress?.();
    if (current === undefined) return undefined;
    const rest = this.#splits.length - this.#next;
    return {
      done: this.#finishedDone + current.done,
      total: this.#finishedDone + current.total * (1 + rest),
    };
  }

  async close(): Promise<void> {
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
    await reader.close?.();
    await this.#openNext();
  }

  async #openNext(): Promise<void> {
    const split = this.#splits[this.#next];
    if (split === undefined) return;
    this.#next++;
    this.#reader = await this.#source.open(split, this.#context, undefined);
  }
}

/** Puts rows into the chain, with a timestamp and the watermark behind it. */
class FeedOutput implements SourceOutput {
  rows = 0;
  rowsMax = 0;
  watermark: number = NO_WATERMARK;
  readonly #chain: Chain;
  readonly #feed: (row: unknown, timestamp: number) => void;
  readonly #timestampOf: ((row: never) => number) | undefined;
  readonly #boundMs: number;
  #maxTimestamp: number = NO_TIMESTAMP;
  #full = false;

  constructor(chain: Chain, strategy: WatermarkStrategy | undefined) {
    this.#chain = chain;
    this.#feed = chain.driver.feed;
    this.#timestampOf = strategy?.timestampOf;
    this.#boundMs = strategy?.boundMs ?? 0;
  }

  begin(rowsMax: number): void {
    this.rows = 0;
    this.rowsMax = rowsMax;
    this.#full = this.#chain.full;
  }

  get full(): boolean {
    return this.#full;
  }

  emit(row: unknown, timestamp: number = NO_TIMESTAMP): void {
    let at = timestamp;
    if (this.#timestampOf !== undefined) {
      this.#chain.spec.current.operator = 0;
      at = this.#timestampOf(row as never);
      if (!Number.isSafeInteger(at)) badTimestamp(at);
      if (at > this.#maxTimestamp) this.#maxTimestamp = at;
    }
    this.#feed(row, at);
    this.rows++;
    if (this.rows >= this.rowsMax || this.#chain.full) this.#full = true;
  }

  endOfStep(): void {
    if (this.#maxTimestamp !== NO_TIMESTAMP)
      this.watermark = this.#maxTimestamp - this.#boundMs - 1;
  }
}

function badTimestamp(timestamp: number): never {
  throw new EngineError('ERR_RUNTIME_TIMESTAMP', { got: String(timestamp) });
}
