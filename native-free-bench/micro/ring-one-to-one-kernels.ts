/** The two contenders of ring-one-to-one, and how both of them wait. */

import {
  Doorbell,
  InputGate,
  OutputGate,
  OutputPressure,
  RingReader,
  RingWriter,
} from '#src/exchange/index';
import type { RingDescriptor } from '#src/exchange/index';
import { FRAME_KIND_SHIFT } from '#src/record/index';

/** Bytes of a frame: header and a record of three i32. */
export const FRAME_BYTES = 32;
/** Bytes of each ring. */
export const RING_BYTES = 1_048_576;
/** Rows per call of a producing kernel. */
export const BATCH_ROWS = 1024;
/** Rows after which either contender publishes. */
const SEGMENT_ROWS = 512;

const PAYLOAD_BYTES = 24;
/** Int32 words of the hand-written ring's control buffer: positions 128 bytes apart. */
const WRITTEN = 0;
const READ = 32;

/** What both threads share: one ring of each contender, a doorbell of each thread. */
export interface Shared {
  readonly ring: RingDescriptor;
  readonly plainControl: SharedArrayBuffer;
  readonly plainData: SharedArrayBuffer;
  readonly producerBell: SharedArrayBuffer;
  readonly consumerBell: SharedArrayBuffer;
}

/** One thread's end of one contender. */
export interface Producer {
  /** Sends rows `first .. first + rows - 1`. */
  send(first: number, rows: number): void;
}
export interface Consumer {
  /** Receives `rows` rows; the sum of their three fields. */
  receive(rows: number): number;
}

/** Waits a moment: spins at first, then sleeps, so that a busy machine does not distort the run. */
class Patience {
  readonly #words = new Int32Array(new SharedArrayBuffer(4));
  #turns = 0;

  reset(): void {
    this.#turns = 0;
  }

  wait(): void {
    if (++this.#turns < 2000) Atomics.pause?.();
    else Atomics.wait(this.#words, 0, 0, 0.05);
  }
}

/** Millrace's writer behind an output gate, used as generated code uses it. */
export class RingProducer implements Producer {
  readonly #writer: RingWriter;
  readonly #gate: OutputGate;
  readonly #patience = new Patience();

  /** Whether it claims runs of rows, or each row. */
  byRuns = false;

  constructor(shared: Shared) {
    const pressure = new OutputPressure();
    this.#writer = new RingWriter(shared.ring, {
      prefixBytes: 0,
      pressure,
      consumerBell: new Doorbell(shared.consumerBell),
      segmentBytes: SEGMENT_ROWS * FRAME_BYTES,
    });
    this.#gate = new OutputGate([this.#writer], pressure);
  }

  send(first: number, rows: number): void {
    const gate = this.#gate;
    const patience = this.#patience;
    for (let row = first; row < first + rows; row += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, first + rows - row);
      patience.reset();
      while (!gate.drain() || !gate.hasRoom(BATCH_ROWS * FRAME_BYTES)) patience.wait();
      if (this.byRuns) writeRuns(this.#writer, row, count);
      else writeFrames(this.#writer, row, count);
      gate.publish();
    }
  }
}

/** Rows one by one, as code writes them that may choose another channel for each. */
export function writeFrames(writer: RingWriter, first: number, rows: number): void {
  const end = (first + rows) | 0;
  for (let row = first; row < end; row++) {
    const at = writer.claim(FRAME_BYTES) >> 2;
    const i32 = writer.memory.i32;
    i32[at] = PAYLOAD_BYTES;
    i32[at + 1] = row;
    i32[at + 2] = 12;
    i32[at + 3] = 0;
    i32[at + 4] = 8;
    i32[at + 5] = row;
    i32[at + 6] = row ^ 0x55;
    i32[at + 7] = 1;
    writer.commit(FRAME_BYTES);
  }
}

/** Rows in runs, as code writes them that knows its one channel and the rows' size. */
export function writeRuns(writer: RingWriter, first: number, rows: number): void {
  const end = (first + rows) | 0;
  let row = first;
  while (row < end) {
    const frames = writer.claimRun(FRAME_BYTES, end - row);
    fillRun(writer.memory.i32, writer.position & writer.mask, row, frames);
    writer.commitRun(frames * FRAME_BYTES, frames);
    row += frames;
  }
}

function fillRun(i32: Int32Array, from: number, first: number, rows: number): void {
  const end = (first + rows) | 0;
  let off = from;
  for (let row = first; row < end; row++) {
    // A shifted offset cannot overflow, so V8 checks the sums below only against the array's length.
    const at = off >> 2;
    i32[at] = PAYLOAD_BYTES;
    i32[at + 1] = row;
    i32[at + 2] = 12;
    i32[at + 3] = 0;
    i32[at + 4] = 8;
    i32[at + 5] = row;
    i32[at + 6] = row ^ 0x55;
    i32[at + 7] = 1;
    off += FRAME_BYTES;
  }
}

/** Millrace's reader behind an input gate, with the kernel that generated code contains. */
export class RingConsumer implements Consumer {
  readonly #gate: InputGate;
  readonly #patience = new Patience();

  constructor(shared: Shared) {
    const reader = new RingReader(shared.ring, {
      prefixBytes: 0,
      producerBell: new Doorbell(shared.producerBell),
    });
    this.#gate = new InputGate([reader]);
  }

  receive(rows: number): number {
    const gate = this.#gate;
    let sum = 0;
    let left = rows;
    while (left > 0) {
      const channel = gate.next();
      if (channel < 0) {
        this.#patience.wait();
        continue;
      }
      this.#patience.reset();
      const reader = gate.readers[channel]!;
      const before = reader.rows;
      sum += readFrames(reader);
      left -= reader.rows - before;
      reader.release();
    }
    gate.releaseAll();
    return sum;
  }
}

export function readFrames(reader: RingReader): number {
  const { mask, end } = reader;
  const i32 = reader.memory.i32;
  let pos = reader.pos;
  let rows = 0;
  let sum = 0;
  while (pos !== end) {
    const off = pos & mask;
    const word0 = i32[off >> 2]!;
    if (word0 >>> FRAME_KIND_SHIFT !== 0) break;
    const at = (off + 20) >> 2;
    sum += i32[at]! + i32[at + 1]! + i32[at + 2]!;
    // As generated for rows of fixed size: the next address does not wait for this row's first word.
    pos = (pos + FRAME_BYTES) | 0;
    rows++;
  }
  reader.pos = pos;
  reader.rows += rows;
  if (pos !== end) reader.skipPad();
  return sum;
}

/** Written by hand for this one row: fixed slots, no kinds, no lengths to read, no credit but the free room. */
export class PlainProducer implements Producer {
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #data: Int32Array;
  readonly #patience = new Patience();
  #position = 0;
  #read = 0;

  constructor(shared: Shared) {
    this.#control = new Int32Array(shared.plainControl);
    this.#data = new Int32Array(shared.plainData);
  }

  send(first: number, rows: number): void {
    for (let row = first; row < first + rows; row += SEGMENT_ROWS) {
      const count = Math.min(SEGMENT_ROWS, first + rows - row);
      const bytes = count * FRAME_BYTES;
      this.#patience.reset();
      while (RING_BYTES - ((this.#position - this.#read) | 0) < bytes) {
        this.#read = Atomics.load(this.#control, READ);
        this.#patience.wait();
      }
      writeSlots(this.#data, this.#position, row, count);
      this.#position = (this.#position + bytes) | 0;
      Atomics.store(this.#control, WRITTEN, this.#position);
    }
  }
}

export function writeSlots(i32: Int32Array, position: number, first: number, rows: number): void {
  const end = (first + rows) | 0;
  let pos = position;
  for (let row = first; row < end; row++) {
    const at = (pos & (RING_BYTES - 1)) >> 2;
    i32[at] = PAYLOAD_BYTES;
    i32[at + 1] = row;
    i32[at + 2] = 12;
    i32[at + 3] = 0;
    i32[at + 4] = 8;
    i32[at + 5] = row;
    i32[at + 6] = row ^ 0x55;
    i32[at + 7] = 1;
    pos = (pos + FRAME_BYTES) | 0;
  }
}

/** The other end of {@link PlainProducer}. */
export class PlainConsumer implements Consumer {
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #data: Int32Array;
  readonly #patience = new Patience();
  #position = 0;

  constructor(shared: Shared) {
    this.#control = new Int32Array(shared.plainControl);
    this.#data = new Int32Array(shared.plainData);
  }

  receive(rows: number): number {
    let sum = 0;
    let left = rows;
    while (left > 0) {
      const end = Atomics.load(this.#control, WRITTEN);
      if (end === this.#position) {
        this.#patience.wait();
        continue;
      }
      this.#patience.reset();
      sum += readSlots(this.#data, this.#position, end);
      left -= ((end - this.#position) | 0) / FRAME_BYTES;
      this.#position = end;
      Atomics.store(this.#control, READ, end);
    }
    return sum;
  }
}

export function readSlots(i32: Int32Array, position: number, end: number): number {
  let sum = 0;
  for (let pos = position; pos !== end; pos = (pos + FRAME_BYTES) | 0) {
    const at = ((pos & (RING_BYTES - 1)) + 20) >> 2;
    sum += i32[at]! + i32[at + 1]! + i32[at + 2]!;
  }
  return sum;
}

/** The sum a consumer must find. */
export function expectedSum(first: number, rows: number): number {
  let sum = 0;
  for (let row = first; row < first + rows; row++) sum += row + (row ^ 0x55) + 1;
  return sum;
}
