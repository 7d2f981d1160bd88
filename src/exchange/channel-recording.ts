/**
 * Copies what a channel holds ahead of a barrier, beginning at what is read next, while the consumer goes on reading.
 *
 * Law (test/exchange/overtaking.property.test.ts): whatever is read meanwhile, the copies are the rows, watermarks and status between
 * the position at the beginning and the barrier, each once and in order.
 */

import { FRAME_HEADER_BYTES, FRAME_KIND_SHIFT, FrameKind } from '../record/index.ts';
import { barrierAt } from './control-frames.ts';
import { FrameCopies } from './frame-copies.ts';
import type { RingReader } from './ring-reader.ts';

/**
 * How far it came: `open`, the barrier is still to come; `complete`, all up to the barrier or the end of the channel was copied;
 * `lost`, a newer barrier came instead, so this one never will.
 */
export type RecordingState = 'open' | 'complete' | 'lost';

/** Of one channel and one checkpoint. Owner: the consuming worker. */
export class ChannelRecording {
  readonly copies: FrameCopies;
  state: RecordingState = 'open';
  readonly #reader: RingReader;
  readonly #checkpoint: number;
  #at = 0;

  /** @param copies where the copies go, behind what is there */
  constructor(
    reader: RingReader,
    checkpoint: number,
    copies: FrameCopies = new FrameCopies(reader.prefixBytes),
  ) {
    this.#reader = reader;
    this.#checkpoint = checkpoint;
    this.#at = reader.pos;
    this.copies = copies;
  }

  /** Copies what is in the ring by now. To be called before anything is read that was published since. */
  catchUp(): RecordingState {
    const reader = this.#reader;
    if (this.state !== 'open') return this.state;
    reader.poll();
    const { memory, mask, prefixBytes, end } = reader;
    while (this.#at !== end) {
      const frame = this.#at & mask;
      const word0 = memory.i32[(frame + prefixBytes) >> 2]!;
      const kind = word0 >>> FRAME_KIND_SHIFT;
      if (kind === FrameKind.end) return this.#end('complete');
      if (kind === FrameKind.barrier) {
        const { checkpoint } = barrierAt(memory, frame + prefixBytes + FRAME_HEADER_BYTES);
        if (checkpoint === this.#checkpoint) return this.#end('complete');
        if (checkpoint > this.#checkpoint) return this.#end('lost');
      }
      this.copies.take(kind, memory, frame, word0);
      this.#at = (this.#at + reader.frameBytes(word0)) | 0;
    }
    return this.state;
  }

  #end(state: RecordingState): RecordingState {
    this.state = state;
    return state;
  }
}
