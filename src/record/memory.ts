/** A piece of memory under the typed views that generated code uses; rows are read in place through it. */

/** Any fixed-size buffer. A growable SharedArrayBuffer makes atomics five times slower; never use one. */
export type FixedBuffer = ArrayBuffer | SharedArrayBuffer;

/**
 * One buffer under all views, one hidden class, so that every call site that touches rows stays monomorphic.
 * The views are `Uint8Array` and friends, never `Buffer` (another hidden class). Bytes are little-endian.
 */
export class Memory {
  readonly buffer: FixedBuffer;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  /** For copies only, eight bytes at a time: a value read from it anywhere else is a BigInt, which allocates. */
  readonly i64: BigInt64Array;
  /** For Node's UTF-8 encoder and decoder only; anything else that touches it pays for another hidden class. */
  readonly text: Buffer;

  /**
   * @param buffer its length must be a multiple of 8
   */
  constructor(buffer: FixedBuffer) {
    this.buffer = buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.text = Buffer.from(buffer);
  }

  /** Private (not shared) zeroed memory of `bytes` bytes, a multiple of 8. */
  static ofBytes(bytes: number): Memory {
    return new Memory(new ArrayBuffer(bytes));
  }
}
