/**
 * Copies of frames on their way: what a barrier overtook, in pieces of whole frames.
 *
 * Kept are rows, watermarks and status, in their order; pads, barriers, latency markers and the end are not.
 */

import { FRAME_HEADER_BYTES, FRAME_KIND_SHIFT, FrameKind } from '../record/index.ts';
import { Memory, PAYLOAD_BYTES_MASK } from '../record/index.ts';

/** Bytes of an ordinary piece; a frame that is larger has one of its own. */
const PIECE_BYTES = 65_536;

/** Frames of one channel. Owner: the worker that copies them. */
export class FrameCopies {
  readonly prefixBytes: 0 | 8;
  /** Bytes of all frames. */
  bytes = 0;
  rows = 0;
  readonly #pieces: Uint8Array[] = [];
  #piece: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(prefixBytes: 0 | 8) {
    this.prefixBytes = prefixBytes;
  }

  /** Copies a frame if it is of a kind that is kept. @param at offset of its prefix, as a `FrameHandler` is told */
  take(kind: number, memory: Memory, at: number, word0: number): void {
    if (kind !== FrameKind.row && kind !== FrameKind.watermark && kind !== FrameKind.status) return;
    if (kind === FrameKind.row) this.rows++;
    const bytes = this.prefixBytes + FRAME_HEADER_BYTES + (word0 & PAYLOAD_BYTES_MASK);
    this.#room(bytes);
    this.#piece.set(memory.u8.subarray(at, at + bytes), this.#used);
    this.#used += bytes;
    this.bytes += bytes;
  }

  /** Adds a watermark, ms since the epoch. */
  watermark(value: number): void {
    const frame = this.#control(FrameKind.watermark);
    frame.f64[1 + this.prefixBytes / 8] = value;
    this.take(FrameKind.watermark, frame, 0, frame.i32[this.prefixBytes >> 2]!);
  }

  /** Adds that the channel is idle. */
  idle(): void {
    const frame = this.#control(FrameKind.status);
    frame.i32[2 + this.prefixBytes / 4] = 1;
    this.take(FrameKind.status, frame, 0, frame.i32[this.prefixBytes >> 2]!);
  }

  /** The frames: pieces of whole frames, each a multiple of 8 bytes. Nothing is to be added afterwards. */
  pieces(): readonly Uint8Array[] {
    if (this.#used > 0) this.#pieces.push(this.#piece.subarray(0, this.#used));
    this.#used = 0;
    this.#piece = new Uint8Array(0);
    return this.#pieces;
  }

  #control(kind: FrameKind): Memory {
    const frame = Memory.ofBytes(this.prefixBytes + FRAME_HEADER_BYTES + 8);
    frame.i32[this.prefixBytes >> 2] = (kind << FRAME_KIND_SHIFT) | 8;
    return frame;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#piece.length) return;
    if (this.#used > 0) this.#pieces.push(this.#piece.subarray(0, this.#used));
    this.#piece = new Uint8Array(Math.max(PIECE_BYTES, bytes));
    this.#used = 0;
  }
}

/** Hands the frames of a piece to `handler`, in order. */
export function forEachFrame(
  piece: Uint8Array,
  prefixBytes: 0 | 8,
  handler: (kind: number, memory: Memory, at: number, word0: number) => void,
): void {
  const memory = Memory.ofBytes(piece.length);
  memory.u8.set(piece);
  for (let at = 0; at < piece.length;) {
    const word0 = memory.i32[(at + prefixBytes) >> 2]!;
    handler(word0 >>> FRAME_KIND_SHIFT, memory, at, word0);
    at += prefixBytes + FRAME_HEADER_BYTES + (word0 & PAYLOAD_BYTES_MASK);
  }
}
