/**
 * Finds barriers in a ring before the rows ahead of them were read.
 *
 * Law (test/exchange/overtaking.property.test.ts): a barrier that was announced and not yet read is found; one that was read is not.
 */

import { FRAME_HEADER_BYTES, FRAME_KIND_SHIFT, FrameKind } from '../record/index.ts';
import { barrierAt, isAnnounced } from './control-frames.ts';
import type { Barrier } from './control-frames.ts';
import type { RingReader } from './ring-reader.ts';

/** Of one channel. Owner: the consuming worker. */
export class BarrierScout {
  readonly #reader: RingReader;
  /** What had been announced when the ring was looked through last. */
  #seen = 0;
  /** It was looked through up to here. */
  #scanned = 0;
  #found: Barrier | undefined = undefined;
  #foundAt = 0;

  constructor(reader: RingReader) {
    this.#reader = reader;
    this.#scanned = reader.pos;
  }

  /** The newest announced barrier that is in the ring and was not read. One atomic load where nothing is new. */
  look(): Barrier | undefined {
    const reader = this.#reader;
    const announced = reader.announced();
    if (announced !== this.#seen) {
      this.#seen = announced;
      reader.poll();
      this.#scan();
    }
    // Read meanwhile.
    if (this.#found !== undefined && ((this.#foundAt - reader.pos) | 0) < 0)
      this.#found = undefined;
    return this.#found;
  }

  #scan(): void {
    const { memory, mask, prefixBytes, pos, end } = this.#reader;
    let at = ((this.#scanned - pos) | 0) < 0 ? pos : this.#scanned;
    while (at !== end) {
      const frame = at & mask;
      const word0 = memory.i32[(frame + prefixBytes) >> 2]!;
      const body = frame + prefixBytes + FRAME_HEADER_BYTES;
      if (word0 >>> FRAME_KIND_SHIFT === FrameKind.barrier && isAnnounced(memory, body)) {
        this.#found = barrierAt(memory, body);
        this.#foundAt = at;
      }
      at = (at + this.#reader.frameBytes(word0)) | 0;
    }
    this.#scanned = at;
  }
}
