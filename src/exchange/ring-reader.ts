/**
 * The consumer's end of a ring. Owner: the consuming worker only.
 *
 * Generated kernels read frames in place and move `pos` themselves:
 *
 *     while (pos !== end) {
 *       off = pos & mask;
 *       word0 = i32[(off + prefix) >> 2];
 *       if (word0 >>> 28 !== 0) break;                        // a control frame or a pad
 *       … the row is at off + prefix + 8 …
 *       pos = (pos + prefix + 8 + (word0 & PAYLOAD_BYTES_MASK)) | 0;
 *     }
 *     reader.pos = pos;
 *
 * Rows read so far stay valid until `release`, which grants their room to the producer again.
 *
 * Laws (tested in test/exchange/ring.property.test.ts): every published frame is seen once, in order; the limit never moves
 * back and never exceeds the read position by more than the ring can hold.
 */

import {
  FRAME_HEADER_BYTES,
  FRAME_KIND_SHIFT,
  Memory,
  PAYLOAD_BYTES_MASK,
} from '../record/index.ts';
import type { RingDescriptor } from './channel.ts';
import { EXCLUSIVE_BYTES_DEFAULT, nextLimit } from './credits.ts';
import type { Doorbell } from './doorbell.ts';
import {
  BARRIERS_WORD,
  BYTES_READ_STAT,
  LIMIT_WORD,
  READ_WORD,
  ROWS_READ_STAT,
  usableBytes,
  WANTED_WORD,
  WINDOW_STAT,
  WRITTEN_WORD,
} from './ring-layout.ts';
import type { SharedFloat64, SharedInt32 } from './ring-layout.ts';

/** A release that would give back less than this part of the window waits for more. */
const RELEASE_FRACTION_SHIFT = 2;

/** How a reader is wired. */
export interface RingReaderOptions {
  /** 8 when rows carry timestamps; the same as its writer's. */
  readonly prefixBytes: 0 | 8;
  /** Bell of the producer's worker; undefined when nobody ever sleeps (tests, one thread). */
  readonly producerBell?: Doorbell | undefined;
  /** Bytes granted beyond the read position at first; an input gate adjusts it. */
  readonly windowBytes?: number;
}

/** Called for each frame: its kind, the memory, its offset (of the prefix), its word0. */
export type FrameHandler = (kind: number, memory: Memory, at: number, word0: number) => void;

/** Reads frames. */
export class RingReader {
  readonly memory: Memory;
  readonly mask: number;
  readonly prefixBytes: 0 | 8;
  readonly capacityBytes: number;
  /** Next unread byte, wrapping. */
  pos = 0;
  /** Published position as last seen; `pos !== end` means there are frames. */
  end = 0;
  /** Rows read; kernels add to it once per batch. */
  rows = 0;
  /** Bytes granted beyond the read position. */
  windowBytes = 0;
  /** The most that the producer ever wanted at once: the window does not go below it. */
  minimumBytes = 0;

  readonly #control: SharedInt32;
  readonly #stats: SharedFloat64;
  readonly #usableBytes: number;
  readonly #bell: Doorbell | undefined;
  #limit = 0;
  #released = 0;
  #bytesRead = 0;
  #releaseBytes = 0;

  constructor(ring: RingDescriptor, options: RingReaderOptions) {
    this.memory = new Memory(ring.data);
    this.#control = new Int32Array(ring.control);
    this.#stats = new Float64Array(ring.control);
    this.mask = ring.capacityBytes - 1;
    this.capacityBytes = ring.capacityBytes;
    this.prefixBytes = options.prefixBytes;
    this.#usableBytes = usableBytes(ring.capacityBytes);
    this.#bell = options.producerBell;
    this.pos = this.#control[READ_WORD]!;
    this.end = this.pos;
    this.#released = this.pos;
    this.#limit = Atomics.load(this.#control, LIMIT_WORD);
    this.setWindow(options.windowBytes ?? EXCLUSIVE_BYTES_DEFAULT);
    this.release(true);
  }

  /** Looks what the producer published; whether there is anything to read. One atomic load. */
  poll(): boolean {
    // Observes everything written before the position.
    this.end = Atomics.load(this.#control, WRITTEN_WORD);
    return this.end !== this.pos;
  }

  /** How many barriers that may overtake were put into the ring so far; wraps. One atomic load. */
  announced(): number {
    return Atomics.load(this.#control, BARRIERS_WORD);
  }

  /** Bytes of the frame with this word0, prefix and header included; also of a pad. */
  frameBytes(word0: number): number {
    return this.prefixBytes + FRAME_HEADER_BYTES + (word0 & PAYLOAD_BYTES_MASK);
  }

  /** word0 of the frame at `pos`; only when `pos !== end`. */
  word0(): number {
    return this.memory.i32[((this.pos & this.mask) + this.prefixBytes) >> 2]!;
  }

  /** Moves over the frame at `pos`, whatever it is; only when `pos !== end`. */
  skipFrame(): void {
    this.pos = (this.pos + this.frameBytes(this.word0())) | 0;
  }

  /** Moves over a pad at `pos` to the beginning of the next lap. */
  skipPad(): void {
    this.pos = (this.pos - (this.pos & this.mask) + this.capacityBytes) | 0;
  }

  /**
   * The plain twin of the generated kernels: hands every frame that `poll` saw to `handler`, pads included, and moves on.
   *
   * @returns frames handed over
   */
  forEachFrame(handler: FrameHandler, framesMax: number = Infinity): number {
    let frames = 0;
    while (this.pos !== this.end && frames < framesMax) {
      const at = this.pos & this.mask;
      const word0 = this.word0();
      handler(word0 >>> FRAME_KIND_SHIFT, this.memory, at, word0);
      this.pos = (this.pos + this.frameBytes(word0)) | 0;
      frames++;
    }
    return frames;
  }

  /** Bytes published and unread, as last seen by `poll`. */
  get backlogBytes(): number {
    return (this.end - this.pos) | 0;
  }

  /** Bytes read so far, whether given back or not. */
  get bytesRead(): number {
    return this.#bytesRead + ((this.pos - this.#released) | 0);
  }

  /** Grants up to `windowBytes` beyond the read position from the next release on; clamped to what the ring can hold. */
  setWindow(windowBytes: number): void {
    const bytes = Math.min(this.#usableBytes, Math.max(windowBytes, this.minimumBytes)) & -8;
    this.windowBytes = bytes;
    this.#releaseBytes = bytes >> RELEASE_FRACTION_SHIFT;
    this.#stats[WINDOW_STAT] = bytes;
  }

  /**
   * Gives what was read back to the producer as credit: at most one atomic store, and none while little changed and nobody
   * waits. Rows before `pos` must not be touched afterwards.
   *
   * @param force even when little changed: before the worker sleeps
   */
  release(force = false): void {
    const control = this.#control;
    const pos = this.pos;
    const freed = (pos - this.#released) | 0;
    // A plain look: one missed here is seen by a later one, at the latest by the forced one before sleeping.
    let wanted = force ? Atomics.load(control, WANTED_WORD) : control[WANTED_WORD]!;
    if (!force && wanted === 0 && freed < this.#releaseBytes) return;
    if (freed > 0) {
      this.#bytesRead += freed;
      this.#stats[ROWS_READ_STAT] = this.rows;
      this.#stats[BYTES_READ_STAT] = this.#bytesRead;
      control[READ_WORD] = pos;
      this.#released = pos;
    }
    if (wanted > this.windowBytes) this.#widen(wanted);
    const limit = nextLimit(this.#limit, pos, this.windowBytes);
    if (limit === this.#limit) return;
    this.#limit = limit;
    // Publishes the grant before the look for a producer that waits for it.
    Atomics.store(control, LIMIT_WORD, limit);
    wanted = Atomics.load(control, WANTED_WORD);
    if (wanted !== 0) this.#bell?.ring();
  }

  #widen(wanted: number): void {
    this.minimumBytes = Math.min(wanted, this.#usableBytes);
    this.setWindow(this.minimumBytes);
  }
}
