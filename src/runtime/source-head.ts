/**
 * The head of a source chain: opens the splits of one subtask, polls them, and combines their watermarks.
 *
 * Splits are read one after the other, or side by side where the source says that they are independent partitions. Each has
 * watermarks and idleness of its own; the head's watermark is their combination by the rule of watermark-tracker.ts. Time
 * without credit downstream, and time paused by alignment, does not make a split idle.
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
import type { WatermarkStrategy } from '../graph/index.ts';
import { PERIODIC_MS } from '../operators/index.ts';
import type { Plain } from '../operators/index.ts';
import { NO_WATERMARK } from '../record/index.ts';
import type { Chain } from './chain.ts';
import type { Feed } from './chain-spec.ts';
import { availableOf, OpenSplit } from './source-split.ts';
import { rowText } from './user-error.ts';
import { WatermarkTracker } from './watermark-tracker.ts';

/** What one step of the head came to. */
export type SourceStep = 'progress' | 'waiting' | 'end';

/** Position of a split that was read to its end. */
const READ: Plain = { read: true };

/** Where splits are, by id: what a checkpoint keeps of a source. */
export type SplitPositions = Readonly<Record<string, Plain>>;

/** What a head is told beside its source. */
export interface SourceHeadOptions {
  readonly strategy?: Pick<WatermarkStrategy, 'idleAfterMs' | 'alignment'> | undefined;
  /** Smallest watermark of the sources that this one is aligned with. */
  readonly groupWatermark?: (() => number) | undefined;
  /** In batch mode there is no watermark before the end of time. */
  readonly batch?: boolean;
}

/** Polls the splits of one subtask. */
export class SourceHead {
  readonly #source: Source;
  readonly #context: SourceContext;
  readonly #chain: Chain;
  readonly #feed: Feed;
  readonly #options: SourceHeadOptions;
  readonly #idleAfterMs: number;
  /** Text of the row that the last step failed with; undefined when it failed without one. */
  failedRow: string | undefined = undefined;
  /** Splits of this subtask; those before `#next` were opened. */
  #splits: readonly Split[] = [];
  #next = 0;
  /** Splits read to their end. */
  #finished = 0;
  /** By channel of the tracker; undefined where a split ended or is being opened. */
  #open: (OpenSplit | undefined)[] = [];
  #tracker: WatermarkTracker = new WatermarkTracker(1);
  /** The channel polled last. */
  #turn = 0;
  #polled: OpenSplit | undefined = undefined;
  /** Rows of the current poll when the source said that it is idle, or -1. */
  #idleAfterRows = -1;
  #opening = 0;
  #failure: unknown = undefined;
  #stopped = false;
  #closed = false;
  /** Whether the splits were listed. */
  #listed = false;
  /** Size of finished splits, in the unit of the source; NaN once one did not know. */
  #finishedTotal = 0;
  #positions: Record<string, Plain> = {};
  /** Time that does not count for idleness, and since when it runs (or NaN). */
  #blockedMs = 0;
  #blockedSinceMs = NaN;
  #periodicMs = 0;
  #alignedMs = -Infinity;

  constructor(
    chain: Chain,
    source: Source,
    context: SourceContext,
    options: SourceHeadOptions = {},
  ) {
    this.#source = source;
    this.#context = context;
    this.#chain = chain;
    this.#options = options;
    this.#idleAfterMs =
      options.batch === true ? Infinity : (options.strategy?.idleAfterMs ?? Infinity);
    const feed = chain.driver.feed;
    this.#feed = feed;
    feed.emitWatermark = (watermark) => {
      const split = this.#polled;
      if (split !== undefined && watermark > split.sourceWatermark) {
        split.sourceWatermark = watermark;
      }
    };
    feed.markIdle = () => {
      if (this.#polled !== undefined) this.#polled.sourceIdle = true;
      this.#idleAfterRows = feed.rows;
    };
    feed.markActive = () => {
      this.#polled?.active(this.#countedMs());
    };
  }

  /** Goes on from earlier positions; before `open`. */
  restore(positions: SplitPositions): void {
    this.#positions = { ...positions };
  }

  /** Lists the splits and opens the first, or all. May do I/O. */
  async open(): Promise<void> {
    const all = await this.#source.splits();
    const { subtaskIndex, parallelism } = this.#context;
    const own = all.filter((_, index) => index % parallelism === subtaskIndex);
    // What is known of the splits of others grows old: theirs is what counts.
    const positions = own.flatMap(({ id }) =>
      this.#positions[id] === undefined ? [] : [[id, this.#positions[id]] as const],
    );
    this.#positions = Object.fromEntries(positions);
    const unread = own.filter(({ id }) => !isRead(this.#positions[id]));
    this.#splits = unread;
    const channels =
      this.#source.concurrentSplits === true ? unread.length : Math.min(1, unread.length);
    this.#open = Array.from({ length: channels }, () => undefined);
    this.#tracker = new WatermarkTracker(Math.max(1, channels));
    this.#listed = true;
    await Promise.all(this.#open.map((_, channel) => this.#openNext(channel)));
  }

  /** Emits no further row: the next step says `end` (graceful stop). */
  stop(): void {
    this.#stopped = true;
  }

  /** The subtask could not step for want of credit. */
  blocked(): void {
    if (Number.isNaN(this.#blockedSinceMs)) this.#blockedSinceMs = this.#context.monotonicMs();
  }

  /** One bounded poll. @throws what the reader throws */
  step(rowsMax: number): SourceStep {
    this.failedRow = undefined;
    // Also when nothing is polled below: `rows` speaks of this step.
    this.#feed.rows = 0;
    this.#feed.sideRows = 0;
    if (this.#failure !== undefined) {
      this.#chain.spec.current.operator = 0;
      throw this.#failure;
    }
    if (this.#stopped) return 'end';
    const nowMs = this.#countedMs();
    this.#align(nowMs);
    let waiting = false;
    const channels = this.#open.length;
    for (let i = 0; i < channels; i++) {
      const channel = this.#turn + 1 < channels ? this.#turn + 1 : 0;
      this.#turn = channel;
      const split = this.#open[channel];
      if (split === undefined) continue;
      waiting = true;
      if (split.paused) {
        split.activeMs = nowMs;
        continue;
      }
      const outcome = this.#poll(split, channel, rowsMax, nowMs);
      if (outcome === 'more' || this.#feed.rows > 0 || outcome === 'end') {
        return this.#finishedAll ? 'end' : 'progress';
      }
    }
    this.#periodic(nowMs);
    return waiting || this.#opening > 0 ? 'waiting' : 'end';
  }

  /** Rows emitted by the last step. */
  get rows(): number {
    return this.#feed.rows;
  }

  /** Of these, rows of the main output. */
  get mainRows(): number {
    return this.#feed.rows - this.#feed.sideRows;
  }

  /** The combined watermark, `NO_WATERMARK` before the first and in batch mode. */
  get watermark(): number {
    return this.#options.batch === true ? NO_WATERMARK : this.#tracker.current;
  }

  /** Whether every split is idle; an unbounded source without splits is, too. */
  get idle(): boolean {
    if (this.#open.length === 0) return this.#listed && !this.#source.bounded;
    return this.#tracker.idle;
  }

  /** Where the splits are now. */
  positions(): SplitPositions {
    for (const split of this.#open) {
      if (split !== undefined) this.#positions[split.split.id] = { at: split.reader.position() };
    }
    return { ...this.#positions };
  }

  /** Settles when a waiting head may have rows; undefined when only the clock (see {@link waitMs}) can tell. */
  available(): Promise<void> | undefined {
    return availableOf(this.#open);
  }

  /** Whether a split is being opened or closed. */
  get opening(): boolean {
    return this.#opening > 0;
  }

  /** Settled promises of opening go through this; the worker keeps its event loop turning meanwhile. */
  onAsync: (promise: Promise<void>) => void = () => undefined;

  /** Milliseconds after which a waiting head should be stepped again by the clock. */
  waitMs(): number | undefined {
    let wait = Infinity;
    for (const split of this.#open) {
      if (split === undefined) continue;
      wait = Math.min(wait, split.reader.waitMs?.() ?? Infinity);
      if (split.paused)
        wait = Math.min(wait, this.#options.strategy?.alignment?.updateIntervalMs ?? 0);
      else if (!split.idle && Number.isFinite(this.#idleAfterMs)) {
        wait = Math.min(wait, split.activeMs + this.#idleAfterMs - this.#countedMs());
      }
      if (this.#chain.spec.time?.periodic === true) wait = Math.min(wait, PERIODIC_MS);
    }
    return wait === Infinity ? undefined : Math.max(0, wait);
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
    const ended = this.#finished;
    if (this.#closed && ended < splits) return undefined;
    let done = this.#finishedTotal;
    let total = this.#finishedTotal;
    let started = ended;
    for (const split of this.#open) {
      if (split === undefined) continue;
      const current = split.reader.progress?.();
      if (current === undefined) return undefined;
      started++;
      done += current.done;
      total += current.total;
    }
    if (Number.isNaN(total)) return undefined;
    if (total === 0) return ended === splits ? { done: 0, total: 0 } : undefined;
    return { done, total: (total * splits) / Math.max(1, started) };
  }

  /** Closes the readers; one that is being opened is closed when it comes. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = this.#open;
    this.#open = [];
    await Promise.all(open.map(async (split) => split?.reader.close?.()));
  }

  get #finishedAll(): boolean {
    return this.#opening === 0 && this.#open.every((split) => split === undefined);
  }

  #poll(split: OpenSplit, channel: number, rowsMax: number, nowMs: number): PollStatus {
    const feed = this.#feed;
    const { time } = this.#chain.spec;
    feed.rows = 0;
    feed.sideRows = 0;
    feed.rowsMax = rowsMax;
    feed.full = this.#chain.driver.isFull();
    feed.emitting = false;
    this.#idleAfterRows = -1;
    this.#polled = split;
    if (time !== undefined && split.generator !== undefined) time.generator = split.generator;
    let status: PollStatus;
    try {
      status = split.reader.poll(feed, rowsMax);
    } catch (error) {
      // Not while a row ran through the chain: the reader itself failed.
      if (feed.emitting) this.failedRow = rowText(this.#chain.driver.currentRow());
      else this.#chain.spec.current.operator = 0;
      throw error;
    }
    if (feed.rows > 0) {
      split.active(nowMs);
      // Said behind the last row of this poll.
      split.sourceIdle = this.#idleAfterRows === feed.rows;
      if (time?.periodic === true) split.generator?.periodic();
    } else if (nowMs - split.activeMs >= this.#idleAfterMs) split.timedOut = true;
    if (status === 'end') this.#ended(split, channel);
    else this.#observe(split, channel);
    return status;
  }

  #observe(split: OpenSplit, channel: number): void {
    const { idle } = split;
    if (!idle) this.#tracker.onStatus(channel, false);
    this.#tracker.onWatermark(channel, split.watermark);
    if (idle) this.#tracker.onStatus(channel, true);
  }

  /** One after the other: the next split continues with the same watermarks. Side by side: an ended split holds nobody back. */
  #ended(split: OpenSplit, channel: number): void {
    this.#observe(split, channel);
    this.#finishedTotal += split.reader.progress?.()?.total ?? NaN;
    this.#positions[split.split.id] = READ;
    this.#finished++;
    this.#open[channel] = undefined;
    // The end of the whole input is the subtask's to say.
    if (this.#open.length > 1) this.#tracker.onStatus(channel, true);
    this.#track(this.#closeAndOpenNext(split.reader, channel));
  }

  /** Generators that want to be asked although no row came. */
  #periodic(nowMs: number): void {
    if (this.#chain.spec.time?.periodic !== true) return;
    if (nowMs - this.#periodicMs < PERIODIC_MS) return;
    this.#periodicMs = nowMs;
    this.#open.forEach((split, channel) => {
      if (split?.generator?.periodic() === true) this.#observe(split, channel);
    });
  }

  #align(nowMs: number): void {
    const alignment = this.#options.strategy?.alignment;
    if (alignment === undefined || this.#options.groupWatermark === undefined) return;
    if (nowMs - this.#alignedMs < alignment.updateIntervalMs) return;
    this.#alignedMs = nowMs;
    const most = this.#options.groupWatermark() + alignment.maxDriftMs;
    for (const split of this.#open) {
      if (split !== undefined) split.paused = split.watermark > most;
    }
  }

  /** Monotonic milliseconds without the time spent backpressured. */
  #countedMs(): number {
    const nowMs = this.#context.monotonicMs();
    if (!Number.isNaN(this.#blockedSinceMs)) {
      this.#blockedMs += nowMs - this.#blockedSinceMs;
      this.#blockedSinceMs = NaN;
    }
    return nowMs - this.#blockedMs;
  }

  #track(promise: Promise<void>): void {
    this.#opening++;
    const settled = promise
      .catch((error: unknown) => {
        this.#failure =
          error ??
          new EngineError('ERR_BASE_UNEXPECTED', { reason: 'a source rejected with nothing' });
      })
      .finally(() => {
        this.#opening--;
      });
    this.onAsync(settled);
  }

  async #closeAndOpenNext(reader: SourceReader, channel: number): Promise<void> {
    await reader.close?.();
    await this.#openNext(channel);
  }

  async #openNext(channel: number): Promise<void> {
    const split = this.#splits[this.#next];
    if (split === undefined || this.#closed) return;
    this.#next++;
    const earlier = this.#positions[split.id] as { readonly at: Plain } | undefined;
    const reader = await this.#source.open(split, this.#context, earlier?.at);
    if (this.#closed) {
      await reader.close?.();
      return;
    }
    const { time } = this.#chain.spec;
    const sequential = this.#open.length === 1;
    const generator = sequential ? time?.generator : time?.makeGenerator();
    this.#open[channel] = new OpenSplit(split, reader, generator, this.#countedMs());
  }
}

function isRead(position: Plain | undefined): boolean {
  return (position as { readonly read?: boolean } | undefined | null)?.read === true;
}
