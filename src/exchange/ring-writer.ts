/**
 * The producer's end of a ring. Owner: the producing worker only.
 *
 * Hot path (`claim`, `commit`): no allocation per frame, one comparison for credit and end of lap together, one
 * `Atomics.store` per published segment; the peer's limit is cached and loaded only when it runs out.
 * Never blocks: without credit, frames go to the {@link Overdraft} in order; `drain` moves them into the ring later.
 *
 * Laws (tested in test/exchange/ring.property.test.ts): frames are read in the order they were committed, each once and
 * unchanged; nothing is written beyond what `ring-layout.ts` allows.
 * Measured by native-free-bench/micro/ring-one-to-one.ts.
 */

import { EngineError, systemClock } from '../base/index.ts';
import type { Clock } from '../base/index.ts';
import {
  FRAME_HEADER_BYTES,
  FRAME_KIND_SHIFT,
  FrameKind,
  Memory,
  PAYLOAD_BYTES_MAX,
} from '../record/index.ts';
import type { RingDescriptor } from './channel.ts';
import { copyWords } from './copy-words.ts';
import type { Doorbell } from './doorbell.ts';
import { Overdraft } from './overdraft.ts';
import {
  BYTES_WRITTEN_STAT,
  CONTROL_RESERVE_BYTES,
  frameBytesMax,
  lapBytes,
  LIMIT_WORD,
  OVERDRAFT_MAX_STAT,
  OVERDRAFT_STAT,
  ROWS_WRITTEN_STAT,
  WANTED_WORD,
  WITHOUT_CREDIT_US_STAT,
  WRITTEN_WORD,
} from './ring-layout.ts';
import type { SharedFloat64, SharedInt32 } from './ring-layout.ts';

/** Bytes after which a writer publishes by itself. */
export const SEGMENT_BYTES_DEFAULT = 16_384;
/** Bytes that one channel may hold back beyond its ring. */
export const OVERDRAFT_BYTES_DEFAULT: number = 64 * 1024 * 1024;
/** Largest claim: a frame with the longest payload the header can express. */
const CLAIM_BYTES_MAX = PAYLOAD_BYTES_MAX + 16;

/** Told when a writer begins to hold frames back. */
export interface Pressure {
  full: boolean;
}

/** How a writer is wired. */
export interface RingWriterOptions {
  /** 8 when rows carry timestamps; the same as its reader's. */
  readonly prefixBytes: 0 | 8;
  /** Bell of the consumer's worker; undefined when nobody ever sleeps (tests, one thread). */
  readonly consumerBell?: Doorbell | undefined;
  /** Publishes by itself after so many bytes. */
  readonly segmentBytes?: number;
  /** Bound of the overdraft. */
  readonly overdraftBytes?: number;
  /** For the time spent without credit. */
  readonly clock?: Clock;
  /** Its `full` becomes true when the writer begins to hold frames back. */
  readonly pressure?: Pressure;
}

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
  /** Where the last claim points: the ring, or the overdraft. */
  memory: Memory;
  /** Bytes before the header of every frame. */
  readonly prefixBytes: 0 | 8;
  readonly capacityBytes: number;
  readonly mask: number;
  /** Largest frame, in bytes. */
  readonly frameBytesMax: number;
  readonly segmentBytes: number;
  /** Next byte to write, wrapping. */
  position = 0;
  /**
   * A claim that ends at or before it needs nothing but `position`: the nearest of limit, end of lap and end of the segment to
   * publish; wrapping. Never further from `position` than `segmentBytes`.
   */
  stop = 0;
  /** Position that the consumer may know of. */
  published = 0;
  /** Whether frames wait in the overdraft; then everything goes there. */
  overdrafted = false;
  /** Rows committed in all. */
  rows = 0;

  readonly #ring: Memory;
  readonly #control: SharedInt32;
  readonly #stats: SharedFloat64;
  readonly #lapBytes: number;
  readonly #bell: Doorbell | undefined;
  readonly #clock: Clock;
  readonly #pressure: Pressure;
  readonly #overdraft: Overdraft;
  /** Cached limit; behind the real one by what the consumer granted since. */
  #limit = 0;
  /** What WANTED holds. */
  #wanted = 0;
  #bytesWritten = 0;
  #starvedSinceMs = -1;
  #withoutCreditMs = 0;
  #nextDrainBytes = 0;

  constructor(ring: RingDescriptor, options: RingWriterOptions) {
    this.#ring = new Memory(ring.data);
    this.memory = this.#ring;
    this.#control = new Int32Array(ring.control);
    this.#stats = new Float64Array(ring.control);
    this.prefixBytes = options.prefixBytes;
    this.capacityBytes = ring.capacityBytes;
    this.mask = ring.capacityBytes - 1;
    this.frameBytesMax = frameBytesMax(ring.capacityBytes);
    this.#lapBytes = lapBytes(ring.capacityBytes, options.prefixBytes);
    this.segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES_DEFAULT, this.frameBytesMax);
    this.#bell = options.consumerBell;
    this.#clock = options.clock ?? systemClock;
    this.#pressure = options.pressure ?? { full: false };
    this.#overdraft = new Overdraft(
      options.prefixBytes,
      options.overdraftBytes ?? OVERDRAFT_BYTES_DEFAULT,
    );
    this.position = Atomics.load(this.#control, WRITTEN_WORD);
    this.published = this.position;
    this.#limit = Atomics.load(this.#control, LIMIT_WORD);
    this.#setStop();
  }

  /**
   * Makes room for one frame.
   *
   * @param frameBytes upper bound of the frame's size, prefix and header included, a multiple of 8
   * @returns byte offset in `this.memory`, 8-byte aligned; valid until `commit`
   * @throws ERR_EXCHANGE_ROW_TOO_LARGE the bound exceeds what a frame's header can express
   */
  claim(frameBytes: number): number {
    const position = this.position;
    if (((this.stop - position) | 0) < frameBytes) return this.#claimSlow(frameBytes);
    return position & this.mask;
  }

  /**
   * Ends the frame of the last claim.
   *
   * @param frameBytes its size, a multiple of 8, at most what was claimed
   * @throws ERR_EXCHANGE_ROW_TOO_LARGE it can never fit the ring
   * @throws ERR_EXCHANGE_OVERDRAFT the overdraft's bound is exceeded
   */
  commit(frameBytes: number): void {
    if (this.overdrafted) {
      this.#commitOverdraft(frameBytes);
      return;
    }
    this.position = (this.position + frameBytes) | 0;
    this.rows = (this.rows + 1) | 0;
  }

  /** As {@link claim}, for a control frame: it does not wait for credit. */
  claimControl(frameBytes: number): number {
    if (!this.overdrafted) {
      const at = this.#place(frameBytes, CONTROL_RESERVE_BYTES);
      if (at >= 0) return at;
      this.#enterOverdraft();
    }
    this.memory = this.#overdraft.claim(frameBytes);
    return this.#overdraft.claimedAt;
  }

  /** As {@link commit}, for a control frame: it counts neither as a row nor against the overdraft's bound. */
  commitControl(frameBytes: number): void {
    if (this.overdrafted) this.#overdraft.commit(frameBytes, false);
    else this.position = (this.position + frameBytes) | 0;
  }

  /** Shows the consumer everything that lies in the ring and wakes it if it sleeps. One atomic store, or nothing. */
  publish(): void {
    const position = this.position;
    const bytes = (position - this.published) | 0;
    if (bytes === 0) return;
    this.#bytesWritten += bytes;
    const stats = this.#stats;
    stats[ROWS_WRITTEN_STAT] = this.rowsTotal;
    stats[BYTES_WRITTEN_STAT] = this.#bytesWritten;
    // Publishes the frames before `position`.
    Atomics.store(this.#control, WRITTEN_WORD, position);
    this.published = position;
    this.#bell?.ring();
  }

  /**
   * Moves frames from the overdraft into the ring as far as credit allows, and publishes them.
   *
   * @returns whether the overdraft is empty
   */
  drain(): boolean {
    if (!this.overdrafted) return true;
    const overdraft = this.#overdraft;
    const ring = this.#ring;
    while (overdraft.bytes > 0) {
      const frameBytes = overdraft.headBytes;
      const control = overdraft.headWord0 >>> FRAME_KIND_SHIFT !== FrameKind.row;
      const at = this.#place(frameBytes, control ? CONTROL_RESERVE_BYTES : 0);
      if (at < 0) break;
      copyWords(overdraft.headMemory, overdraft.headAt, ring, at, frameBytes);
      overdraft.shift(frameBytes);
      this.position = (this.position + frameBytes) | 0;
      if (((this.position - this.published) | 0) >= this.segmentBytes) this.publish();
    }
    this.publish();
    this.#nextDrainBytes = overdraft.bytes + this.segmentBytes;
    this.#stats[OVERDRAFT_STAT] = overdraft.bytes;
    if (overdraft.bytes > 0) {
      this.stop = this.position;
      return false;
    }
    this.overdrafted = false;
    this.memory = ring;
    this.#setStop();
    this.#endStarving();
    return true;
  }

  /** Credit left in bytes, as last seen; 0 while overdrafted. */
  room(): number {
    return this.overdrafted ? 0 : Math.max(0, (this.#limit - this.position) | 0);
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
    if (((this.#limit - this.position) | 0) >= need) return true;
    const got = this.#obtain(need, 0);
    if (!got) this.#startStarving();
    this.#setStop();
    return got;
  }

  /**
   * To be called after the worker armed its doorbell: whether credit came meanwhile that this writer waits for. Publishes.
   */
  settle(): boolean {
    this.publish();
    if (this.#wanted === 0) return false;
    // Observes a grant that came before the bell was armed.
    const limit = Atomics.load(this.#control, LIMIT_WORD);
    if (((limit - this.position) | 0) < this.#wanted) return false;
    this.#limit = limit;
    if (!this.overdrafted) this.#setStop();
    // Said once: a wish that was granted must not keep the worker awake.
    this.#endWish();
    return true;
  }

  /** Bytes waiting in the overdraft. */
  get overdraftBytes(): number {
    return this.#overdraft.bytes;
  }

  /** Bytes written to the ring so far, published or not. */
  get bytesWritten(): number {
    return this.#bytesWritten + ((this.position - this.published) | 0);
  }

  /** Milliseconds spent without credit so far. */
  get withoutCreditMs(): number {
    return this.#starvedSinceMs < 0
      ? this.#withoutCreditMs
      : this.#withoutCreditMs + this.#clock.monotonicMs() - this.#starvedSinceMs;
  }

  /** Stores the time without credit among the ring's statistics; once per metrics period. */
  reportStatistics(): void {
    this.#stats[WITHOUT_CREDIT_US_STAT] = this.withoutCreditMs * 1000;
    this.#stats[OVERDRAFT_STAT] = this.#overdraft.bytes;
    this.#stats[OVERDRAFT_MAX_STAT] = this.#overdraft.bytesMax;
  }

  #claimSlow(frameBytes: number): number {
    if (!this.overdrafted) {
      // A bound may be several times the row; only its real size, at commit, decides whether it is too large.
      if (frameBytes <= this.frameBytesMax) {
        if (((this.position - this.published) | 0) + frameBytes > this.segmentBytes) this.publish();
        const at = this.#place(frameBytes, 0);
        if (at >= 0) return at;
      }
      this.#enterOverdraft();
    }
    if (frameBytes > CLAIM_BYTES_MAX) this.#failTooLarge(frameBytes);
    this.memory = this.#overdraft.claim(frameBytes);
    return this.#overdraft.claimedAt;
  }

  #commitOverdraft(frameBytes: number): void {
    if (frameBytes > this.frameBytesMax) this.#failTooLarge(frameBytes);
    this.#overdraft.commit(frameBytes, true);
    this.rows++;
    // A long step goes on emitting: use the credit that comes meanwhile.
    if (this.#overdraft.bytes >= this.#nextDrainBytes) this.drain();
  }

  /**
   * Offset in the ring for a frame of `frameBytes`, after a pad where the lap is too short for it; -1 without credit.
   * `reserve` is what the frame may take beyond the limit.
   */
  #place(frameBytes: number, reserve: number): number {
    const offset = this.position & this.mask;
    const padBytes = frameBytes > this.#lapBytes - offset ? this.capacityBytes - offset : 0;
    const need = padBytes + frameBytes - reserve;
    if (((this.#limit - this.position) | 0) < need && !this.#obtain(need, reserve)) {
      return -1;
    }
    if (padBytes > 0) {
      const at = (offset + this.prefixBytes) >> 2;
      const payloadBytes = padBytes - this.prefixBytes - FRAME_HEADER_BYTES;
      this.#ring.i32[at] = (FrameKind.pad << FRAME_KIND_SHIFT) | payloadBytes;
      this.#ring.i32[at + 1] = 0;
      this.position = (this.position + padBytes) | 0;
    }
    this.#setStop();
    return this.position & this.mask;
  }

  /** Whether the limit, looked at again, allows `need` bytes; if not, the consumer learns what is wanted. */
  #obtain(need: number, reserve: number): boolean {
    // Observes what the consumer granted since.
    this.#limit = Atomics.load(this.#control, LIMIT_WORD);
    if (((this.#limit - this.position) | 0) < need) {
      // Publishes the wish, and what is pending, before the second look: the consumer grants before it looks for wishes.
      this.publish();
      this.#wanted = need + reserve;
      Atomics.store(this.#control, WANTED_WORD, this.#wanted);
      this.#limit = Atomics.load(this.#control, LIMIT_WORD);
      if (((this.#limit - this.position) | 0) < need) {
        // It may sleep with everything read and a window smaller than the wish.
        this.#bell?.ring();
        return false;
      }
    }
    this.#endWish();
    return true;
  }

  #endWish(): void {
    if (this.#wanted !== 0) {
      this.#wanted = 0;
      Atomics.store(this.#control, WANTED_WORD, 0);
    }
    if (!this.overdrafted) this.#endStarving();
  }

  #setStop(): void {
    const lapStop = (this.position - (this.position & this.mask) + this.#lapBytes) | 0;
    const stop = ((this.#limit - lapStop) | 0) < 0 ? this.#limit : lapStop;
    const segmentStop = (this.published + this.segmentBytes) | 0;
    this.stop = ((segmentStop - stop) | 0) < 0 ? segmentStop : stop;
  }

  #enterOverdraft(): void {
    this.overdrafted = true;
    // No claim may take the short way past the frames that wait.
    this.stop = this.position;
    this.#nextDrainBytes = this.segmentBytes;
    this.#pressure.full = true;
    this.#startStarving();
  }

  #startStarving(): void {
    if (this.#starvedSinceMs < 0) this.#starvedSinceMs = this.#clock.monotonicMs();
  }

  #endStarving(): void {
    if (this.#starvedSinceMs < 0) return;
    this.#withoutCreditMs += this.#clock.monotonicMs() - this.#starvedSinceMs;
    this.#starvedSinceMs = -1;
  }

  #failTooLarge(rowBytes: number): never {
    let needBytes = this.capacityBytes;
    while (frameBytesMax(needBytes) < rowBytes) needBytes *= 2;
    throw new EngineError('ERR_EXCHANGE_ROW_TOO_LARGE', {
      rowBytes,
      ringBytes: this.capacityBytes,
      maxBytes: this.frameBytesMax,
      needBytes,
      setting: 'ringBytes',
    });
  }
}
