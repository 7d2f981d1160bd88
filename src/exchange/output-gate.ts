/**
 * The output gate of one edge: all rings that one subtask writes for it.
 *
 * Owner: the producing worker. A subtask runs only while its gates are not `full` and have room for a step; whatever a step
 * emits beyond that waits in the overdrafts, and `drain` moves it on before the subtask runs again.
 */

import {
  hasRoomForBarrier,
  overtakeByBarrier,
  writeBarrier,
  writeEnd,
  writeLatencyMarker,
  writeStatus,
  writeWatermark,
} from './control-frames.ts';
import { FrameCopies } from './frame-copies.ts';
import type { RingWriter } from './ring-writer.ts';
import type { Pressure } from './writer-options.ts';

/** Numbers over all channels of an edge. */
export interface OutputStatistics {
  readonly rows: number;
  readonly overdraftBytes: number;
  /** Milliseconds without credit, of the channel that waited longest. */
  readonly withoutCreditMs: number;
}

/**
 * All writers of one edge of one subtask; channel i leads to the i-th consumer in the order of the plan.
 *
 * @example
 * const pressure = new OutputPressure();
 * const gate = new OutputGate(rings.map((ring) => new RingWriter(ring, { prefixBytes: 8, pressure })), pressure);
 */
export class OutputGate {
  readonly writers: readonly RingWriter[];
  readonly #pressure: Pressure;
  /** The channel that lacked room last: asked first. */
  #tight = 0;

  /**
   * @param writers all made with the option `pressure: pressure`
   */
  constructor(writers: readonly RingWriter[], pressure: Pressure) {
    this.writers = writers;
    this.#pressure = pressure;
  }

  /** Whether frames wait in some overdraft; `drain` until it is false before running the subtask. */
  get full(): boolean {
    return this.#pressure.full;
  }

  /**
   * Moves what waits into the rings as far as credit allows.
   *
   * @returns whether nothing waits any more
   */
  drain(): boolean {
    if (!this.#pressure.full) return true;
    let empty = true;
    for (const writer of this.writers) {
      if (!writer.drain()) empty = false;
    }
    this.#pressure.full = !empty;
    return empty;
  }

  /** Shows the consumers everything written. */
  publish(): void {
    const { writers } = this;
    for (let channel = 0; channel < writers.length; channel++) writers[channel]!.publish();
  }

  /**
   * Whether every channel takes `bytesPerChannel` of rows now. If not, the consumer learns of it and rings when it has granted
   * so much.
   */
  hasRoom(bytesPerChannel: number): boolean {
    const { writers } = this;
    if (this.#pressure.full) return false;
    if (writers.length === 0) return true;
    if (!writers[this.#tight]!.hasRoom(bytesPerChannel)) return false;
    for (let channel = 0; channel < writers.length; channel++) {
      if (!writers[channel]!.hasRoom(bytesPerChannel)) {
        this.#tight = channel;
        return false;
      }
    }
    return true;
  }

  /**
   * To be called after the worker armed its doorbell: publishes, then says whether credit came that a channel waits for. True
   * means: disarm, drain and go on.
   */
  settle(): boolean {
    let granted = false;
    for (const writer of this.writers) {
      if (writer.settle()) granted = true;
    }
    return granted;
  }

  /** Writes a watermark (ms since the epoch) to every channel. */
  watermark(value: number): void {
    for (const writer of this.writers) writeWatermark(writer, value);
  }

  /** Tells every channel that this producer went idle, or is active again. */
  status(idle: boolean): void {
    for (const writer of this.writers) writeStatus(writer, idle);
  }

  /** Writes a checkpoint barrier to every channel. */
  barrier(checkpoint: number, triggeredAtMs: number, options: number): void {
    for (const writer of this.writers) writeBarrier(writer, checkpoint, triggeredAtMs, options);
  }

  /** Whether {@link overtake} has room in every ring. */
  mayOvertake(): boolean {
    return this.writers.every(hasRoomForBarrier);
  }

  /**
   * Writes a barrier to every ring, ahead of what waits for credit. Only after {@link mayOvertake}.
   *
   * @returns by channel, copies of what it overtook; undefined where nothing waited
   */
  overtake(
    checkpoint: number,
    triggeredAtMs: number,
    options: number,
  ): readonly (FrameCopies | undefined)[] {
    return this.writers.map((writer) => {
      overtakeByBarrier(writer, checkpoint, triggeredAtMs, options);
      if (!writer.overdrafted) return undefined;
      const copies = new FrameCopies(writer.prefixBytes);
      writer.forEachWaiting((kind, memory, at, word0) => copies.take(kind, memory, at, word0));
      return copies;
    });
  }

  /** Bytes that wait for credit in all channels. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const writer of this.writers) bytes += writer.overdraftBytes;
    return bytes;
  }

  /** Sends a latency marker down one channel. */
  latencyMarker(channel: number, intendedMs: number, source: number): void {
    writeLatencyMarker(this.writers[channel]!, intendedMs, source);
  }

  /** Writes the last frame of every channel, and publishes. */
  end(): void {
    for (const writer of this.writers) writeEnd(writer);
    this.publish();
  }

  /** Numbers over all channels; also stores them among the rings' statistics. */
  reportStatistics(): OutputStatistics {
    let rows = 0;
    let overdraftBytes = 0;
    let withoutCreditMs = 0;
    for (const writer of this.writers) {
      writer.reportStatistics();
      rows += writer.rows;
      overdraftBytes += writer.overdraftBytes;
      withoutCreditMs = Math.max(withoutCreditMs, writer.withoutCreditMs);
    }
    return { rows, overdraftBytes, withoutCreditMs };
  }
}

/** The flag that the writers of one gate share. */
export class OutputPressure implements Pressure {
  full = false;
}
