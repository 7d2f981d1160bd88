/**
 * The producer's end of a ring. Owner: the producing worker only.
 *
 * Hot path (`claim`, `commit`): no allocation per frame, one comparison for credit, end of lap and segment together, one
 * `Atomics.store` per published segment; the peer's limit is cached and loaded only when it runs out.
 * Never blocks: without credit, frames go to the {@link Overdraft} in order; `drain` moves them into the ring later.
 *
 * Laws (tested in test/exchange/ring.property.test.ts): frames are read in the order they were committed, each once and
 * unchanged; nothing is written beyond what `ring-layout.ts` allows.
 * Measured by native-free-bench/micro/ring-one-to-one.ts.
 */

import { assert } from '../base/index.ts';
import { FRAME_KIND_SHIFT, FrameKind, Memory, PAYLOAD_BYTES_MAX } from '../record/index.ts';
import { BarrierLine } from './barrier-line.ts';
import type { RingDescriptor } from './channel.ts';
import { copyWords } from './copy-words.ts';
import { CreditLine } from './credit-line.ts';
import type { Doorbell } from './doorbell.ts';
import { writePad } from './write-pad.ts';
import { Overdraft } from './overdraft.ts';
import type { FrameHandler } from './ring-reader.ts';
import {
  CONTROL_RESERVE_BYTES,
  failRowTooLarge,
  FRAME_RESERVE_BYTES,
  frameBytesMax,
  lapBytes,
  WRITTEN_WORD,
} from './ring-layout.ts';
import type { SharedInt32 } from './ring-layout.ts';
import { SEGMENT_BYTES_DEFAULT } from './writer-options.ts';
import type { Pressure, RingWriterOptions } from './writer-options.ts';
import { WriterStatistics } from './writer-statistics.ts';

/** Largest claim: a frame with the longest payload the header can express. */
const CLAIM_BYTES_MAX = PAYLOAD_BYTES_MAX + 16;
/** `position & WHOLE` is the position: the overdraft does not wrap. */
const WHOLE = -1;

/**
 * Writes frames.
 *
 * @example
 * const at = writer.claim(32);
 * writer.memory.i32[at >> 2] = 24;          // word0: a row of 24 bytes
 * writer.memory.i32[(at + 4) >> 2] = hash;  // word1
 * writer.commit(32);
 * writer.publish();
 */
export class RingWriter {
  /**
   * Where the last claim points: the ring, or the overdraft. It, `mask`, `position` and `stop` change together, and only in a
   * claim that does not end before `stop`, in `drain` and in `hasRoom`.
   */
  declare memory: Memory;
  mask = 0;
  /** Next byte to write, wrapping; its offset in `memory` is `position & mask`. */
  position = 0;
  /**
   * A claim that ends at or before it needs nothing but `position`: the nearest of limit, end of lap and end of the segment to
   * publish; `position` itself while overdrafted.
   */
  stop = 0;
  /** Whether frames wait in the overdraft; then everything goes there. */
  overdrafted = false;
  /** Rows committed in all. */
  rows = 0;
  /** Bytes before the header of every frame. */
  readonly prefixBytes: 0 | 8 = 0;
  readonly capacityBytes: number = 0;
  /** Largest frame, in bytes. */
  readonly frameBytesMax: number = 0;
  readonly segmentBytes: number = 0;

  readonly #ring: Memory;
  readonly #control: SharedInt32;
  readonly #stats: WriterStatistics;
  readonly #barriers: BarrierLine;
  readonly #lapBytes: number;
  readonly #bell: Doorbell | undefined;
  readonly #pressure: Pressure;
  readonly #overdraft: Overdraft;
  readonly #credit: CreditLine;
  /** Position in the ring while overdrafted. */
  #ringPosition = 0;
  /** Position that the consumer may know of. */
  #published = 0;
  #bytesPublished = 0;
  #nextDrainBytes = 0;

  constructor(ring: RingDescriptor, options: RingWriterOptions) {
    this.#ring = new Memory(ring.data);
    this.memory = this.#ring;
    this.mask = ring.capacityBytes - 1;
    this.#control = new Int32Array(ring.control);
    this.#stats = new WriterStatistics(ring.control);
    this.#barriers = new BarrierLine(this.#control);
    this.prefixBytes = options.prefixBytes;
    this.capacityBytes = ring.capacityBytes;
    this.frameBytesMax = frameBytesMax(ring.capacityBytes);
    this.#lapBytes = lapBytes(ring.capacityBytes, options.prefixBytes);
    this.segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES_DEFAULT, this.frameBytesMax);
    this.#bell = options.consumerBell;
    this.#pressure = options.pressure ?? { full: false };
    this.#overdraft = new Overdraft(options.prefixBytes, options.overdraftBytes);
    this.#credit = new CreditLine(this.#control, options.consumerBell, options.clock);
    this.position = Atomics.load(this.#control, WRITTEN_WORD);
    this.#published = this.position;
    this.#setStop();
  }

  /**
   * Makes room for one frame.
   *
   * @param frameBytes upper bound of the frame's size, prefix and header included, a multiple of 8
   * @returns byte offset in `this.memory`, 8-byte aligned; valid until `commit`
   * @throws ERR_EXCHANGE_ROW_TOO_LARGE this frame's bound, or the frame before it, is larger than any frame may be
   * @throws ERR_EXCHANGE_OVERDRAFT the frames before it exceed the overdraft's bound
   */
  claim(frameBytes: number): number {
    const position = this.position;
    if (((this.stop - position) | 0) < frameBytes) return this.#claimSlow(frameBytes);
    return position & this.mask;
  }

  /**
   * As {@link claim}, for as many rows of one size as lie side by side: for kernels that write rows of fixed size to one
   * channel, which then keep memory and offset in locals. The first row's offset is `position & mask`; end all of them by one
   * {@link commitRun}.
   *
   * @param frameBytes exact size of every frame, a multiple of 8
   * @param framesMax how many are wanted, at least 1
   * @returns frames to write, 1 .. framesMax
   * @throws ERR_EXCHANGE_ROW_TOO_LARGE, ERR_EXCHANGE_OVERDRAFT as `claim`
   */
  claimRun(frameBytes: number, framesMax: number): number {
    if (((this.stop - this.position) | 0) < frameBytes) this.#claimSlow(frameBytes);
    const frames = (((this.stop - this.position) | 0) / frameBytes) | 0;
    return frames < 1 ? 1 : frames < framesMax ? frames : framesMax;
  }

  /** Ends the rows of the last {@link claimRun}, or the first of them: `rows` rows of `bytes` bytes together. */
  commitRun(bytes: number, rows: number): void {
    this.position = (this.position + bytes) | 0;
    this.rows += rows;
  }

  /** As {@link claim}, for a control frame, ended by `commitControl`: it does not wait for credit, nor count against the overdraft's bound. */
  claimControl(frameBytes: number): number {
    if (!this.overdrafted) {
      const at = this.#place(frameBytes, FRAME_RESERVE_BYTES);
      if (at >= 0) return at;
    }
    return this.#claimOverdraft(frameBytes);
  }

  /** Ends the row of the last claim. @param frameBytes its size, a multiple of 8, at most what was claimed */
  commit(frameBytes: number): void {
    this.position = (this.position + frameBytes) | 0;
    this.rows++;
  }

  /** Ends the control frame of the last claim. */
  commitControl(frameBytes: number): void {
    this.position = (this.position + frameBytes) | 0;
  }

  /**
   * Shows the consumer everything that lies in the ring and wakes it if it sleeps. One atomic store, or nothing.
   *
   * @throws ERR_EXCHANGE_ROW_TOO_LARGE, ERR_EXCHANGE_OVERDRAFT as {@link claim}, for the last frame
   */
  publish(): void {
    if (this.overdrafted) this.#account();
    const position = this.#ringEnd;
    const bytes = (position - this.#published) | 0;
    if (bytes === 0) return;
    this.#bytesPublished += bytes;
    this.#stats.published(this.rows, this.#bytesPublished);
    // Publishes the frames before `position`.
    Atomics.store(this.#control, WRITTEN_WORD, position);
    this.#published = position;
    this.#barriers.publish();
    if (!this.overdrafted) this.#setStop();
    this.#bell?.ring();
  }

  /** Whether {@link overtake} has room for a frame of `frameBytes`. */
  mayOvertake(frameBytes: number): boolean {
    const position = this.#ringEnd;
    const offset = position & (this.capacityBytes - 1);
    return this.#barriers.hasRoom(position, this.#padBytes(offset, frameBytes) + frameBytes);
  }

  /** Puts a barrier that `write` writes into the ring, ahead of the overdraft, and shows it. Only after {@link mayOvertake}. */
  overtake(frameBytes: number, write: (memory: Memory, at: number) => void): void {
    const { overdrafted } = this;
    if (overdrafted) {
      this.#account();
      this.#leaveOverdraft();
    }
    const at = this.#place(frameBytes, CONTROL_RESERVE_BYTES);
    assert(at >= 0, 'a barrier that overtakes has room');
    write(this.#ring, at);
    this.commitControl(frameBytes);
    this.#barriers.add();
    this.publish();
    if (overdrafted) this.#enterOverdraft();
  }

  /** Hands all frames that wait in the overdraft to `handler`, which leaves them as they are. */
  forEachWaiting(handler: FrameHandler): void {
    if (!this.overdrafted) return;
    this.#account();
    this.#overdraft.forEach(handler);
  }

  /**
   * Moves frames from the overdraft into the ring as far as credit allows, and publishes them; true when none is left.
   *
   * @throws ERR_EXCHANGE_ROW_TOO_LARGE, ERR_EXCHANGE_OVERDRAFT as {@link claim}, for the last frame
   */
  drain(): boolean {
    if (!this.overdrafted) return true;
    this.#account();
    const overdraft = this.#overdraft;
    this.#leaveOverdraft();
    while (overdraft.bytes > 0) {
      const frameBytes = overdraft.headBytes;
      const control = overdraft.headWord0 >>> FRAME_KIND_SHIFT !== FrameKind.row;
      this.#endSegment(frameBytes);
      const at = this.#place(frameBytes, control ? FRAME_RESERVE_BYTES : 0);
      if (at < 0) break;
      copyWords(overdraft.headMemory, overdraft.headAt, this.#ring, at, frameBytes);
      overdraft.shift(frameBytes);
      this.commitControl(frameBytes);
    }
    this.publish();
    this.#nextDrainBytes = overdraft.bytes + this.segmentBytes;
    this.#stats.waiting(overdraft.bytes);
    if (overdraft.bytes === 0) return true;
    this.#enterOverdraft();
    return false;
  }

  /** Credit left in bytes, as last seen; 0 while overdrafted. */
  room(): number {
    return this.overdrafted ? 0 : Math.max(0, this.#credit.left(this.position));
  }

  /**
   * Whether `bytes` of rows can be written now. If not, the consumer is told how many are wanted, grants at least that much
   * when it has read enough, and rings this worker's bell.
   *
   * @param bytes what exceeds `frameBytesMax` is not waited for
   */
  hasRoom(bytes: number): boolean {
    if (this.overdrafted) return false;
    const need = Math.min((bytes + 7) & -8, this.frameBytesMax);
    if (this.#credit.left(this.position) >= need) return true;
    return this.#obtain(need, need);
  }

  /** To be called after the worker armed its doorbell: publishes, then says whether credit came that this writer waits for. */
  settle(): boolean {
    this.publish();
    const granted = this.#credit.granted(this.#ringEnd);
    if (!this.overdrafted) this.#setStop();
    return granted;
  }

  /** Bytes published so far, pads and control frames included. */
  get bytesWritten(): number {
    return this.#bytesPublished;
  }

  /** Bytes waiting in the overdraft, except a frame committed since the last claim. */
  get overdraftBytes(): number {
    return this.#overdraft.bytes;
  }

  /** Milliseconds spent without credit so far. */
  get withoutCreditMs(): number {
    return this.#credit.starvedMs;
  }

  /** Stores what changes slowly among the ring's statistics; once per metrics period. */
  reportStatistics(): void {
    this.#stats.waiting(this.#overdraft.bytes);
    this.#stats.report(this.#overdraft.bytesMax, this.#credit.starvedMs);
  }

  get #ringEnd(): number {
    return this.overdrafted ? this.#ringPosition : this.position;
  }

  #claimSlow(frameBytes: number): number {
    // A bound may be several times the row; only its real size, once committed, decides whether it is too large.
    if (!this.overdrafted && frameBytes <= this.frameBytesMax) {
      this.#endSegment(frameBytes);
      const at = this.#place(frameBytes, 0);
      if (at >= 0) return at;
    }
    if (frameBytes > CLAIM_BYTES_MAX) failRowTooLarge(frameBytes, this.capacityBytes);
    return this.#claimOverdraft(frameBytes);
  }

  #claimOverdraft(frameBytes: number): number {
    if (!this.overdrafted) {
      this.#enterOverdraft();
      this.#pressure.full = true;
      this.#nextDrainBytes = this.segmentBytes;
    } else {
      this.#account();
      // A long step goes on emitting: use the credit that comes meanwhile.
      if (this.#overdraft.bytes >= this.#nextDrainBytes && this.drain()) {
        return this.claim(frameBytes);
      }
    }
    this.memory = this.#overdraft.claim(frameBytes);
    this.position = this.#overdraft.claimedAt;
    this.stop = this.position;
    return this.position;
  }

  /** Takes the frame committed last into the overdraft's account, and checks it: every claim there comes by here. */
  #account(): void {
    const overdraft = this.#overdraft;
    const frameBytes = this.position - overdraft.claimedAt;
    if (frameBytes === 0) return;
    if (frameBytes > this.frameBytesMax) failRowTooLarge(frameBytes, this.capacityBytes);
    overdraft.commit(frameBytes);
    this.stop = this.position;
  }

  #enterOverdraft(): void {
    this.#ringPosition = this.position;
    this.overdrafted = true;
    this.mask = WHOLE;
    this.position = this.#overdraft.claimedAt;
    this.stop = this.position;
  }

  #leaveOverdraft(): void {
    this.overdrafted = false;
    this.memory = this.#ring;
    this.mask = this.capacityBytes - 1;
    this.position = this.#ringPosition;
    this.#setStop();
  }

  #endSegment(frameBytes: number): void {
    const pending = (this.position - this.#published) | 0;
    if (pending > 0 && pending + frameBytes > this.segmentBytes) this.publish();
  }

  /**
   * Offset in the ring for a frame of `frameBytes`, after a pad where the lap is too short for it; -1 without credit.
   * `reserve` is what the frame may take beyond the limit.
   */
  #place(frameBytes: number, reserve: number): number {
    const offset = this.position & this.mask;
    const padBytes = this.#padBytes(offset, frameBytes);
    const need = padBytes + frameBytes;
    if (this.#credit.left(this.position) < need - reserve && !this.#obtain(need - reserve, need)) {
      return -1;
    }
    if (padBytes > 0) {
      writePad(this.#ring, offset, this.prefixBytes, padBytes);
      this.commitControl(padBytes);
    }
    this.#setStop();
    return this.position & this.mask;
  }

  /** Bytes of the pad before a frame at this offset. */
  #padBytes(offset: number, frameBytes: number): number {
    return frameBytes > this.#lapBytes - offset ? this.capacityBytes - offset : 0;
  }

  /** Whether the limit, looked at again, allows `bytes`; if not, the consumer learns that `wanted` are waited for. */
  #obtain(bytes: number, wanted: number): boolean {
    let got = this.#credit.refresh(this.position, bytes);
    if (!got) {
      this.publish();
      got = this.#credit.wish(this.position, bytes, wanted);
    }
    this.#setStop();
    return got;
  }

  #setStop(): void {
    const lapStop = (this.position - (this.position & this.mask) + this.#lapBytes) | 0;
    const limit = this.#credit.limit;
    const stop = ((limit - lapStop) | 0) < 0 ? limit : lapStop;
    const segmentStop = (this.#published + this.segmentBytes) | 0;
    this.stop = ((segmentStop - stop) | 0) < 0 ? segmentStop : stop;
  }
}
