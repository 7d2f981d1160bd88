/**
 * The input gate of a subtask: all rings it reads, drained fairly, each of which can be blocked for barrier alignment.
 *
 * Owner: the consuming worker. Fairness: `next` begins after the channel it returned last, so every channel with frames that
 * is neither blocked nor ended gets its turn once in a round.
 */

import {
  CREDIT_SETTINGS_DEFAULT,
  gateBudget,
  inFlightTarget,
  shareWindows,
  smoothThroughput,
  sumOfTerms,
} from './credits.ts';
import type { ChannelDemand, CreditSettings, CreditTerm } from './credits.ts';
import { usableBytes } from './ring-layout.ts';
import type { RingReader } from './ring-reader.ts';

const OPEN = 0;
const BLOCKED = 1;
const ENDED = 2;

/**
 * All readers of one subtask.
 *
 * @example
 * const channel = gate.next();
 * if (channel >= 0) {
 *   readBatch(gate.readers[channel]);
 *   gate.readers[channel].release();
 * }
 */
export class InputGate {
  readonly readers: readonly RingReader[];
  /** The gate's budget, a sum of named terms. */
  readonly budget: readonly CreditTerm[];
  /** Channels whose `end` was read. */
  ended = 0;
  /** Channels blocked now. */
  blocked = 0;

  readonly #states: Uint8Array;
  readonly #settings: CreditSettings;
  readonly #budgetBytes: number;
  #cursor = 0;
  #inFlightBytes = 0;
  #throughput = 0;
  #adjustedAtMs = -1;
  #bytesAtAdjust = 0;
  #backlogAtAdjust = 0;

  constructor(readers: readonly RingReader[], settings: CreditSettings = CREDIT_SETTINGS_DEFAULT) {
    this.readers = readers;
    this.#states = new Uint8Array(readers.length);
    this.#settings = settings;
    this.budget = gateBudget(
      readers.map((reader) => usableBytes(reader.capacityBytes)),
      settings,
    );
    this.#budgetBytes = sumOfTerms(this.budget);
    this.#inFlightBytes = this.#budgetBytes;
    this.#share();
    this.releaseAll();
  }

  /**
   * The next channel to read from, or -1 when none that may be read has frames; then everything read is given back, so that
   * no producer waits for what this worker keeps while it sleeps. While there is backlog it costs a few plain loads; an empty
   * channel costs an atomic load or two.
   */
  next(): number {
    const { readers } = this;
    const states = this.#states;
    const count = readers.length;
    let channel = this.#cursor;
    for (let i = 0; i < count; i++) {
      if (channel >= count) channel = 0;
      if (states[channel] === OPEN) {
        const reader = readers[channel]!;
        if (reader.pos !== reader.end || reader.poll()) {
          this.#cursor = channel + 1;
          return channel;
        }
      }
      channel++;
    }
    this.releaseAll();
    return -1;
  }

  /** Whether some channel that may be read has frames; does not change whose turn it is. */
  hasData(): boolean {
    for (let channel = 0; channel < this.readers.length; channel++) {
      const reader = this.readers[channel]!;
      if (this.#states[channel] === OPEN && (reader.pos !== reader.end || reader.poll()))
        return true;
    }
    return false;
  }

  /** Leaves the channel alone until it is unblocked; its producer runs out of credit. */
  block(channel: number): void {
    if (this.#states[channel] !== OPEN) return;
    this.#states[channel] = BLOCKED;
    this.blocked++;
  }

  unblock(channel: number): void {
    if (this.#states[channel] !== BLOCKED) return;
    this.#states[channel] = OPEN;
    this.blocked--;
  }

  unblockAll(): void {
    for (let channel = 0; channel < this.#states.length; channel++) this.unblock(channel);
  }

  isBlocked(channel: number): boolean {
    return this.#states[channel] === BLOCKED;
  }

  /** Tells the gate that the `end` of the channel was read; nothing follows. */
  markEnded(channel: number): void {
    if (this.#states[channel] === ENDED) return;
    this.unblock(channel);
    this.#states[channel] = ENDED;
    this.ended++;
  }

  isEnded(channel: number): boolean {
    return this.#states[channel] === ENDED;
  }

  /** Whether every channel ended. */
  get allEnded(): boolean {
    return this.ended === this.readers.length;
  }

  /** Gives everything read so far back to the producers. */
  releaseAll(): void {
    for (const reader of this.readers) reader.release(true);
  }

  /**
   * To be called after the worker armed its doorbell: grants everything, then says whether there is something to read. True
   * means: disarm and go on.
   */
  settle(): boolean {
    this.releaseAll();
    return this.hasData();
  }

  /** Bytes published and unread in all channels, as last seen. */
  get backlogBytes(): number {
    let bytes = 0;
    for (const reader of this.readers) bytes += reader.backlogBytes;
    return bytes;
  }

  /** Bytes that may now be in flight to this gate. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /**
   * Shares the windows anew by what was drained since the last call; some times a second.
   *
   * @param nowMs monotonic milliseconds
   */
  adjustWindows(nowMs: number): void {
    let bytes = 0;
    let backlog = 0;
    for (const reader of this.readers) {
      reader.poll();
      bytes += reader.bytesRead;
      backlog += reader.backlogBytes;
    }
    if (this.#adjustedAtMs >= 0) {
      // Throughput says what the consumer can do only when it never ran out of input.
      if (backlog > 0 && this.#backlogAtAdjust > 0) {
        this.#throughput = smoothThroughput(
          this.#throughput,
          bytes - this.#bytesAtAdjust,
          nowMs - this.#adjustedAtMs,
        );
      } else {
        this.#throughput = 0;
      }
      this.#inFlightBytes = inFlightTarget(
        this.#inFlightBytes,
        this.#throughput,
        this.#settings.targetMs,
        this.#budgetBytes,
      );
    }
    this.#adjustedAtMs = nowMs;
    this.#bytesAtAdjust = bytes;
    this.#backlogAtAdjust = backlog;
    this.#share();
  }

  #share(): void {
    const demands: ChannelDemand[] = this.readers.map((reader) => ({
      usableBytes: usableBytes(reader.capacityBytes),
      backlogBytes: reader.backlogBytes,
      minimumBytes: reader.minimumBytes,
    }));
    const windows = shareWindows(demands, this.#settings.exclusiveBytes, this.#inFlightBytes);
    for (const [channel, reader] of this.readers.entries()) reader.setWindow(windows[channel]!);
  }
}
