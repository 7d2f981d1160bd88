/**
 * Rows that a barrier had overtaken, read by the restored subtask before anything that its channels bring.
 *
 * With the parallelism that there was, each channel takes up its own watermark and status before the rows, and goes on with them
 * behind: rows are as late as they would have been. With another one each channel of an earlier subtask is a channel of its own,
 * and their watermarks are combined: none runs ahead of rows that are still to come.
 */

import { nextPowerOfTwo } from '../base/index.ts';
import { createRing, RING_BYTES_MIN, RingReader } from '../exchange/index.ts';
import { FRAME_KIND_SHIFT, FrameKind } from '../record/index.ts';
import type { Chain } from './chain.ts';
import type { RecoveredFrames } from './recovered-frames.ts';
import { WatermarkTracker } from './watermark-tracker.ts';

/** A channel of frames in private memory. */
interface Lane {
  readonly reader: RingReader;
  /** Index of its edge among the chain's inputs, and its channel in the tracker. */
  readonly edge: number;
  readonly channel: number;
}

/** Owner: the subtask's worker. */
export class RecoveredInput {
  readonly #chain: Chain;
  readonly #tracker: WatermarkTracker;
  readonly #lanes: Lane[];
  #turn = 0;
  /** Of the last step. */
  rows = 0;

  /** @param tracker of the subtask's channels */
  constructor(chain: Chain, recovered: RecoveredFrames, tracker: WatermarkTracker) {
    this.#chain = chain;
    this.#tracker = recovered.same ? tracker : new WatermarkTracker(recovered.channels);
    this.#lanes = recovered.lanes.map(({ edge, channel, pieces }) => ({
      reader: readerOf(pieces, chain.spec.inputs[edge]!.prefixBytes as 0 | 8),
      edge,
      channel,
    }));
  }

  /** The combined watermark of what was read. */
  get watermark(): number {
    return this.#tracker.current;
  }

  /** Whether all of it was read. */
  get done(): boolean {
    return this.#lanes.length === 0;
  }

  /** Takes at most `rowsMax` rows, up to a watermark that advances the combined one. */
  step(rowsMax: number): void {
    const { drives } = this.#chain.driver;
    this.rows = 0;
    while (this.rows < rowsMax && this.#lanes.length > 0) {
      this.#turn = this.#turn < this.#lanes.length ? this.#turn : 0;
      const { reader, edge, channel } = this.#lanes[this.#turn]!;
      if (reader.pos !== reader.end) {
        this.rows += drives[edge]!(reader, rowsMax - this.rows);
        if (this.#chain.full) break;
      }
      const advanced =
        this.rows < rowsMax && reader.pos !== reader.end && this.#control(reader, channel);
      if (reader.pos === reader.end) this.#lanes.splice(this.#turn, 1);
      else this.#turn++;
      if (advanced) break;
    }
  }

  /** Takes a frame that is no row; true when the combined watermark advanced. */
  #control(reader: RingReader, channel: number): boolean {
    const { memory, prefixBytes } = reader;
    const at = (reader.pos & reader.mask) + prefixBytes;
    const kind = memory.i32[at >> 2]! >>> FRAME_KIND_SHIFT;
    if (kind === FrameKind.row) return false;
    reader.skipFrame();
    return kind === FrameKind.watermark
      ? this.#tracker.onWatermark(channel, memory.f64[(at + 8) >> 3]!)
      : this.#tracker.onStatus(channel, memory.i32[(at + 8) >> 2] === 1);
  }
}

function readerOf(pieces: readonly Uint8Array[], prefixBytes: 0 | 8): RingReader {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const ring = createRing(Math.max(RING_BYTES_MIN, nextPowerOfTwo(bytes + 1)));
  const reader = new RingReader(ring, { prefixBytes });
  let at = 0;
  for (const piece of pieces) {
    reader.memory.u8.set(piece, at);
    at += piece.length;
  }
  reader.end = at;
  return reader;
}
