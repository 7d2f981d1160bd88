/** The bytes of an incoming row: where they are when a view came, encoded when a plain object came. */

import { FRAME_HEADER_BYTES, Memory, PAYLOAD_BYTES_MASK, RowViewBase } from '../record/index.ts';
import type { RowCodec } from '../record/index.ts';

/** Rows behind the header of a frame, at this offset. */
const AT = 2 * FRAME_HEADER_BYTES;

/**
 * Law: after `take(row)`, a row equal to `row` with its header before it lies at `at` of `memory`, until the next `take`
 * or the end of the call that passed the row. Owner: the subtask's worker.
 */
export class RowBytes {
  memory: Memory = Memory.ofBytes(256);
  at: number = AT;
  readonly #codec: RowCodec;
  readonly #fingerprint: string;
  #scratch: Memory = this.memory;

  constructor(codec: RowCodec) {
    this.#codec = codec;
    this.#fingerprint = codec.type.fingerprint;
  }

  /** Length of the row, a multiple of 8. */
  get bytes(): number {
    return this.memory.i32[(this.at - FRAME_HEADER_BYTES) >> 2]! & PAYLOAD_BYTES_MASK;
  }

  /** @throws ERR_RECORD_VALUE a field of a plain row does not fit its type */
  take(row: unknown): void {
    if (row instanceof RowViewBase && row.typeFingerprint === this.#fingerprint) {
      this.memory = row.memory;
      this.at = row.at;
    } else this.encode(row);
  }

  /** Encodes a row of any kind, a view that would do as it is included. @throws ERR_RECORD_VALUE */
  encode(row: unknown): void {
    const bound = AT + this.#codec.boundOf(row);
    if (bound > this.#scratch.u8.length) {
      this.#scratch = Memory.ofBytes(Math.ceil((bound * 3) / 16) * 8);
    }
    const bytes = this.#codec.write(row, this.#scratch, AT);
    this.#scratch.i32[(AT - FRAME_HEADER_BYTES) >> 2] = bytes;
    this.memory = this.#scratch;
    this.at = AT;
  }

  /** Whether a row of the same type has equal fields: equal rows have equal bytes. */
  equals(row: RowViewBase): boolean {
    const words = this.bytes >> 2;
    if (words !== row.rowBytes >> 2) return false;
    const mine = this.memory.i32;
    const other = row.i32;
    for (let i = 0; i < words; i++) {
      if (mine[(this.at >> 2) + i] !== other[(row.at >> 2) + i]) return false;
    }
    return true;
  }
}
