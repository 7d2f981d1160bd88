/**
 * Rows of one fixed size on one channel, written side by side: the writer is asked for room once per run of rows, and
 * memory and offset stay at hand. Row by row, `claim` and `commit` cost as much as writing a small row.
 *
 * Law: between `flush` and the next row the writer holds exactly the rows written, so control frames, `publish` and
 * `drain` come after a `flush`. Owner: the producing worker.
 */

import type { RingWriter } from '../exchange/index.ts';
import { Memory } from '../record/index.ts';

/** Before the first run. */
const NO_MEMORY = Memory.ofBytes(8);
/** Most rows of one run: bounds what a reader waits for within a segment. */
const RUN_ROWS_MAX = 1024;

/**
 * The run of one writer.
 *
 * @example
 * let at = run.at;
 * if (at === run.end) at = run.next();
 * write(row, run.memory, at + 8);
 * run.at = at + run.frameBytes;
 */
export class RowRun {
  /** Offset of the next frame in `memory`. */
  at = 0;
  /** Behind the last frame that there is room for. */
  end = 0;
  memory: Memory = NO_MEMORY;
  readonly frameBytes: number;
  readonly #writer: RingWriter;
  #start = 0;

  /** @param frameBytes of every row, prefix and header included */
  constructor(writer: RingWriter, frameBytes: number) {
    this.#writer = writer;
    this.frameBytes = frameBytes;
    this.memory = writer.memory;
  }

  /** Ends the run and begins another; returns its first offset. @throws as `RingWriter.claimRun` */
  next(): number {
    this.flush();
    const writer = this.#writer;
    const frames = writer.claimRun(this.frameBytes, RUN_ROWS_MAX);
    const at = writer.position & writer.mask;
    this.memory = writer.memory;
    this.#start = at;
    this.at = at;
    this.end = at + frames * this.frameBytes;
    return at;
  }

  /** Hands the rows written so far to the writer. */
  flush(): void {
    const bytes = this.at - this.#start;
    if (bytes > 0) this.#writer.commitRun(bytes, bytes / this.frameBytes);
    this.#start = this.at;
    this.end = this.at;
  }
}
