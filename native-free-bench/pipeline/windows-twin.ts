/**
 * The hand-written twin of the tumbling window benchmark: the producer, and the table of the consumer. It does what the job
 * says and no more: hash the key, find the channel of its key group, send row and time along; count and sum by key and window.
 * 24-byte rows: int32 key, int32 hash, float64 value, float64 event time.
 */

import { murmur32 } from '#src/base/index';
import { TwinWord, waitWhile } from './keyed-sum-twin.ts';
import type { TwinShared } from './keyed-sum-twin.ts';
import { digest, KEYS, keyOf, timeOf, valueOf } from './windows-rows.ts';
import type { WindowsAnswer } from './windows-rows.ts';

/** Bytes of a row. */
export const ROW_BYTES = 24;
/** Rows that fill the ring; positions count rows. */
export function ringRows(shared: TwinShared): number {
  return 2 ** Math.floor(Math.log2(shared.data.byteLength / ROW_BYTES));
}

/** Counts and sums by int32 key in an open-addressing table of typed arrays; one tumbling window at a time. */
export class TwinWindows {
  readonly #keys: Int32Array = new Int32Array(2 * KEYS > 16_384 ? 32_768 : 16_384).fill(-1);
  readonly #mask: number = this.#keys.length - 1;
  readonly #shift: number = Math.clz32(this.#mask);
  readonly #counts: Float64Array = new Float64Array(this.#keys.length);
  readonly #sums: Float64Array = new Float64Array(this.#keys.length);
  readonly #sizeMs: number;
  /** End of the window, results, counted, checksum. */
  readonly #numbers: Float64Array = new Float64Array(4);

  constructor(sizeMs: number) {
    this.#sizeMs = sizeMs;
    this.#numbers[0] = sizeMs;
  }

  /** Folds the rows [from, to) of a ring. */
  drain(from: number, to: number, words: Int32Array, doubles: Float64Array, mask: number): void {
    const keys = this.#keys;
    const counts = this.#counts;
    const sums = this.#sums;
    let end = this.#numbers[0]!;
    for (let i = from; i !== to; i = (i + 1) | 0) {
      const at = (i & mask) * 3;
      const time = doubles[at + 2]!;
      if (time >= end) {
        this.fire();
        end = this.#numbers[0]!;
      }
      const key = words[2 * at]!;
      let slot = Math.imul(words[2 * at + 1]!, 0x9e3779b1) >>> this.#shift;
      while (keys[slot] !== key) {
        if (keys[slot] === -1) {
          keys[slot] = key;
          break;
        }
        slot = (slot + 1) & this.#mask;
      }
      counts[slot]!++;
      sums[slot]! += doubles[at + 1]!;
    }
  }

  /** The window is over. */
  fire(): void {
    const numbers = this.#numbers;
    for (let slot = 0; slot < this.#keys.length; slot++) {
      const count = this.#counts[slot]!;
      if (count === 0) continue;
      numbers[1]!++;
      numbers[2]! += count;
      numbers[3]! += digest(this.#keys[slot]!, numbers[0]!, count, this.#sums[slot]!);
      this.#counts[slot] = 0;
      this.#sums[slot] = 0;
    }
    numbers[0]! += this.#sizeMs;
  }

  get answer(): WindowsAnswer {
    const [, results, counted, checksum] = this.#numbers;
    return { results: results!, counted: counted!, checksum: checksum! };
  }
}

/** Produces rows 0 .. rows - 1; publishes every 512 rows. */
export class TwinSource {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #ints: Int32Array;
  readonly #doubles: Float64Array;
  readonly #rows: number;
  #position = 0;

  constructor(shared: TwinShared) {
    this.#words = new Int32Array(shared.control);
    this.#ints = new Int32Array(shared.data);
    this.#doubles = new Float64Array(shared.data);
    this.#rows = ringRows(shared);
  }

  send(rows: number): void {
    const words = this.#words;
    for (let from = 0; from < rows; from += 512) {
      const to = Math.min(rows, from + 512);
      this.#waitForRoom(to - from);
      produce(from, to, this.#ints, this.#doubles, this.#position, this.#rows - 1);
      this.#position = (this.#position + to - from) | 0;
      Atomics.store(words, TwinWord.written, this.#position);
      if (Atomics.load(words, TwinWord.parked) === 1) Atomics.notify(words, TwinWord.written);
    }
  }

  #waitForRoom(rows: number): void {
    const words = this.#words;
    for (;;) {
      const read = Atomics.load(words, TwinWord.read);
      if (this.#rows - ((this.#position - read) | 0) >= rows) return;
      waitWhile(words, TwinWord.read, TwinWord.producerParked, read);
    }
  }
}

/** Key group to channel. */
const channelOfGroup = new Uint16Array(128);

function produce(
  from: number,
  to: number,
  ints: Int32Array,
  doubles: Float64Array,
  start: number,
  mask: number,
): void {
  let position = start;
  for (let i = from; i < to; i++) {
    const key = keyOf(i);
    const hash = murmur32(key);
    // One consumer: its ring takes every key group, as in the job.
    if (channelOfGroup[hash & 127] !== 0) throw new RangeError('one channel');
    const at = (position & mask) * 3;
    ints[2 * at] = key;
    ints[2 * at + 1] = hash;
    doubles[at + 1] = valueOf(i);
    doubles[at + 2] = timeOf(i);
    position = (position + 1) | 0;
  }
}
