/** One split that is being read: its reader, its watermarks, and whether it is idle. Owner: the subtask's worker. */

import type { SourceReader, Split } from '../connectors/index.ts';
import type { SplitWatermarks } from '../operators/index.ts';
import { NO_WATERMARK } from '../record/index.ts';

/** State of one split of a source head. */
export class OpenSplit {
  readonly split: Split;
  readonly reader: SourceReader;
  /** undefined when the source has no strategy; the source may still say watermarks. */
  readonly generator: SplitWatermarks | undefined;
  /** Time of the last row, in ms on the head's clock of time that counts. */
  activeMs = 0;
  /** Said by the source. */
  sourceWatermark: number = NO_WATERMARK;
  sourceIdle = false;
  /** No row came for the idle timeout. */
  timedOut = false;
  /** Ahead of its alignment group: not polled. */
  paused = false;

  constructor(
    split: Split,
    reader: SourceReader,
    generator: SplitWatermarks | undefined,
    nowMs: number,
  ) {
    this.split = split;
    this.reader = reader;
    this.generator = generator;
    this.activeMs = nowMs;
  }

  /** The larger of what the strategy and the source say. */
  get watermark(): number {
    const own = this.generator?.watermark ?? NO_WATERMARK;
    return own > this.sourceWatermark ? own : this.sourceWatermark;
  }

  /** Whether nobody should wait for it. */
  get idle(): boolean {
    return this.timedOut || this.sourceIdle || this.generator?.idle === true;
  }

  /** A row came. */
  active(nowMs: number): void {
    this.activeMs = nowMs;
    this.timedOut = false;
    this.sourceIdle = false;
  }
}

/** Settles when one of these may have rows, paused ones left out; undefined when none has a promise to give. */
export function availableOf(splits: readonly (OpenSplit | undefined)[]): Promise<void> | undefined {
  // Asked in every turn of a reader that waits for the clock: nothing is allocated for one without promises.
  let first: Promise<void> | undefined;
  let several: Promise<void>[] | undefined;
  for (const split of splits) {
    if (split === undefined || split.paused) continue;
    const promise = split.reader.available?.();
    if (promise === undefined) continue;
    if (first === undefined) first = promise;
    else (several ??= [first]).push(promise);
  }
  return several === undefined ? first : Promise.race(several);
}
