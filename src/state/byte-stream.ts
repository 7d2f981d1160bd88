/** Bytes of snapshots: an appending writer and a reader over them, little-endian, without alignment. */

import { EngineError } from '../base/index.ts';

const TEXT_ENCODER = new TextEncoder();
const TEXT_DECODER = new TextDecoder('utf-8', { fatal: true });

/** Up to here a loop over bytes is faster than `set`. */
const SMALL_BYTES = 96;

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const NOTHING_SEEN: DataView = new DataView(NOTHING.buffer);

/** Appends to a growing buffer. Law: a {@link ByteReader} gives back what was put, in the same order. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #view: DataView = NOTHING_SEEN;
  #length = 0;

  /** @param capacity bytes that are expected; more are taken */
  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  putU8(value: number): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
  }

  putI32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value, true);
  }

  putF64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  /** Bytes with their length before them. */
  putBytes(bytes: Uint8Array): void {
    this.putI32(bytes.length);
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** A piece of bytes with its length before it; small ones cost less than a subarray would. */
  putSlice(bytes: Uint8Array, start: number, length: number): void {
    this.putI32(length);
    const at = this.#room(length);
    const to = this.#bytes;
    if (length > SMALL_BYTES) to.set(bytes.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) to[at + i] = bytes[start + i]!;
  }

  /** Words alone, from `start` on: of few, each is stored by itself, which costs a quarter of their bytes. */
  putWords(words: Int32Array, start: number, count: number): void {
    const at = this.#room(4 * count);
    const view = this.#view;
    for (let i = 0; i < count; i++) view.setInt32(at + 4 * i, words[start + i]!, true);
  }

  /** Bytes alone; the reader must know where they end. */
  putRaw(bytes: Uint8Array): void {
    const { length } = bytes;
    const at = this.#room(length);
    const to = this.#bytes;
    if (length > SMALL_BYTES) to.set(bytes, at);
    else for (let i = 0; i < length; i++) to[at + i] = bytes[i]!;
  }

  putText(text: string): void {
    this.putBytes(TEXT_ENCODER.encode(text));
  }

  /** Overwrites a byte that was put at `at`. */
  patchU8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  /** Overwrites an int32 that was put at `at`; for counts that are known only afterwards. */
  patchI32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  /** A copy of what was put. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was put, in the memory of the writer: nothing may be put any more. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Back to empty; the buffer is kept. */
  clear(): void {
    this.#length = 0;
  }

  #room(bytes: number): number {
    const at = this.#length;
    this.#length = at + bytes;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Reads what a {@link ByteWriter} put. @throws ERR_STATE_SNAPSHOT from every method, past the end */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** Shares memory with the source. */
  bytes(): Uint8Array {
    const length = this.i32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** All that is left; shares memory with the source. */
  rest(): Uint8Array {
    const at = this.#take(this.left);
    return this.#bytes.subarray(at);
  }

  text(): string {
    return TEXT_DECODER.decode(this.bytes());
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes < 0 || at + bytes > this.#bytes.length) this.#fail(bytes);
    this.#at = at + bytes;
    return at;
  }

  #fail(bytes: number): never {
    throw new EngineError('ERR_STATE_SNAPSHOT', {
      expected: `${bytes} bytes at ${this.#at}`,
      got: `${this.left} bytes left`,
    });
  }
}
