/**
 * The overdraft of a channel: frames that its producer emitted without credit, in private memory, in order, bounded.
 *
 * A step may not block inside a record, so what one record emits beyond the credit waits here and is moved into the ring
 * before the subtask runs again. Pieces are allocated when needed and given back when drained; one is kept.
 *
 * Laws: frames leave in the order they came; `bytes` is the sum of the frames inside; rows never raise it above `boundBytes`.
 */

import { EngineError } from '../base/index.ts';
import {
  FRAME_HEADER_BYTES,
  FRAME_KIND_SHIFT,
  FrameKind,
  Memory,
  PAYLOAD_BYTES_MASK,
} from '../record/index.ts';
import type { FrameHandler } from './ring-reader.ts';
import { OVERDRAFT_BYTES_DEFAULT } from './writer-options.ts';

/** Bytes of an ordinary piece; a frame that is larger gets a piece of its own. */
export const OVERDRAFT_PIECE_BYTES = 65_536;

interface Piece {
  readonly memory: Memory;
  /** Byte offset of the first frame still inside. */
  start: number;
  /** Byte offset after the last frame. */
  end: number;
}

/** Owner: the producing worker. */
export class Overdraft {
  readonly boundBytes: number;
  readonly #prefixBytes: number;
  readonly #pieces: Piece[] = [];
  #spare: Piece | undefined = undefined;
  /** Bytes of the frames inside. */
  bytes = 0;
  /** The most there ever were. */
  bytesMax = 0;

  constructor(prefixBytes: 0 | 8, boundBytes: number = OVERDRAFT_BYTES_DEFAULT) {
    this.#prefixBytes = prefixBytes;
    this.boundBytes = boundBytes;
  }

  /** Makes room for a frame of at most `frameBytes` at the end; returns the memory, and the offset by {@link claimedAt}. */
  claim(frameBytes: number): Memory {
    let piece = this.#pieces.at(-1);
    if (piece === undefined || piece.end + frameBytes > piece.memory.u8.length) {
      // A piece with nothing committed is replaced, so the first piece always begins with a frame.
      if (piece !== undefined && piece.start === piece.end) this.#pieces.pop();
      piece = this.#newPiece(frameBytes);
      this.#pieces.push(piece);
    }
    return piece.memory;
  }

  /** Byte offset of the last claim within the memory it returned; 0 before the first. */
  get claimedAt(): number {
    return this.#pieces.at(-1)?.end ?? 0;
  }

  /**
   * Ends the frame of the last claim. Control frames are small and never refused.
   *
   * @throws ERR_EXCHANGE_OVERDRAFT
   */
  commit(frameBytes: number): void {
    const bytes = this.bytes + frameBytes;
    const piece = this.#pieces.at(-1)!;
    if (bytes > this.boundBytes) {
      const word0 = piece.memory.i32[(piece.end + this.#prefixBytes) >> 2]!;
      if (word0 >>> FRAME_KIND_SHIFT === FrameKind.row) failOverdraft(bytes, this.boundBytes);
    }
    piece.end += frameBytes;
    this.bytes = bytes;
    if (bytes > this.bytesMax) this.bytesMax = bytes;
  }

  /** Memory of the first frame inside; only when `bytes` > 0. */
  get headMemory(): Memory {
    return this.#pieces[0]!.memory;
  }

  /** Byte offset of the first frame inside {@link headMemory}. */
  get headAt(): number {
    return this.#pieces[0]!.start;
  }

  /** word0 of the first frame inside. */
  get headWord0(): number {
    const piece = this.#pieces[0]!;
    return piece.memory.i32[(piece.start + this.#prefixBytes) >> 2]!;
  }

  /** Bytes of the first frame inside, prefix and header included. */
  get headBytes(): number {
    return this.#prefixBytes + FRAME_HEADER_BYTES + (this.headWord0 & PAYLOAD_BYTES_MASK);
  }

  /** Forgets the first frame, whose bytes are `frameBytes`. */
  shift(frameBytes: number): void {
    const piece = this.#pieces[0]!;
    piece.start += frameBytes;
    this.bytes -= frameBytes;
    if (piece.start < piece.end) return;
    this.#pieces.shift();
    if (piece.memory.u8.length === OVERDRAFT_PIECE_BYTES) {
      piece.start = 0;
      piece.end = 0;
      this.#spare = piece;
    }
  }

  /** Hands every frame inside to `handler`, in order. */
  forEach(handler: FrameHandler): void {
    for (const { memory, start, end } of this.#pieces) {
      for (let at = start; at < end;) {
        const word0 = memory.i32[(at + this.#prefixBytes) >> 2]!;
        handler(word0 >>> FRAME_KIND_SHIFT, memory, at, word0);
        at += this.#prefixBytes + FRAME_HEADER_BYTES + (word0 & PAYLOAD_BYTES_MASK);
      }
    }
  }

  #newPiece(frameBytes: number): Piece {
    const spare = this.#spare;
    if (spare !== undefined && frameBytes <= OVERDRAFT_PIECE_BYTES) {
      this.#spare = undefined;
      return spare;
    }
    const bytes = Math.max(OVERDRAFT_PIECE_BYTES, frameBytes);
    return { memory: Memory.ofBytes(bytes), start: 0, end: 0 };
  }
}

function failOverdraft(bytes: number, boundBytes: number): never {
  throw new EngineError('ERR_EXCHANGE_OVERDRAFT', { bytes, boundBytes });
}
