/**
 * The hand-written twin of keyed-sum: the producer, and the table of the consumer. It does what the job says and no more:
 * keyBy hashes the key, finds the channel of its key group and sends the hash along, so that the table need not hash again.
 * 16-byte rows: int32 key, int32 hash, float64 value.
 */

import { murmur32 } from '#src/base/index';
import { keyOf, passes, valueOf } from './keyed-sum-rows.ts';

/** Int32 words of the control buffer, 128 bytes apart. */
export const TwinWord = { written: 0, read: 32, parked: 64, producerParked: 96 } as const;

/** What both threads share. */
export interface TwinShared {
  readonly control: SharedArrayBuffer;
  /** A power of two. */
  readonly data: SharedArrayBuffer;
}

/** Looks at `word` until it is not `value`: for some 20 us on the core, as the engine's idle workers do, then asleep. */
export function waitWhile(
  words: Int32Array<SharedArrayBuffer>,
  word: number,
  parked: number,
  value: number,
): void {
  for (let i = 0; i < 200; i++) {
    if (Atomics.load(words, word) !== value) return;
    Atomics.pause?.(40);
  }
  Atomics.store(words, parked, 1);
  if (Atomics.load(words, word) === value) Atomics.wait(words, word, value, 50);
  Atomics.store(words, parked, 0);
}

/** Sums by int32 key in an open-addressing table of typed arrays. */
export function createTable(): { add(key: number, hash: number, value: number): number } {
  const slots = 32_768;
  const keys = new Int32Array(slots).fill(-1);
  const sums = new Float64Array(slots);
  return {
    add(key, hash, value) {
      let slot = Math.imul(hash, 0x9e3779b1) >>> 17;
      while (keys[slot] !== key) {
        if (keys[slot] === -1) {
          keys[slot] = key;
          break;
        }
        slot = (slot + 1) & (slots - 1);
      }
      return (sums[slot]! += value);
    },
  };
}

/** Produces rows 0 .. rows - 1; publishes every 16 KiB. */
export class TwinProducer {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #keys: Int32Array;
  readonly #values: Float64Array;
  readonly #capacity: number;
  #position = 0;

  constructor(shared: TwinShared) {
    this.#words = new Int32Array(shared.control);
    this.#keys = new Int32Array(shared.data);
    this.#values = new Float64Array(shared.data);
    this.#capacity = shared.data.byteLength;
  }

  send(rows: number): void {
    for (let from = 0; from < rows; from += 1024) {
      this.#waitForRoom(16_384);
      this.#position = produce(
        from,
        Math.min(rows, from + 1024),
        this.#keys,
        this.#values,
        this.#position,
        this.#capacity - 1,
      );
      const words = this.#words;
      Atomics.store(words, TwinWord.written, this.#position);
      if (Atomics.load(words, TwinWord.parked) === 1) Atomics.notify(words, TwinWord.written);
    }
  }

  #waitForRoom(bytes: number): void {
    const words = this.#words;
    for (;;) {
      const read = Atomics.load(words, TwinWord.read);
      if (this.#capacity - ((this.#position - read) | 0) >= bytes) return;
      waitWhile(words, TwinWord.read, TwinWord.producerParked, read);
    }
  }
}

/** Key group to channel. */
const channelOfGroup = new Uint16Array(128);

function produce(
  from: number,
  to: number,
  keys: Int32Array,
  values: Float64Array,
  start: number,
  mask: number,
): number {
  let position = start;
  for (let i = from; i < to; i++) {
    const value = valueOf(i);
    if (!passes(value)) continue;
    const key = keyOf(i);
    const hash = murmur32(key);
    // One consumer: its ring takes every key group, as in the job.
    if (channelOfGroup[hash & 127] !== 0) throw new RangeError('one channel');
    const offset = position & mask;
    keys[offset >> 2] = key;
    keys[(offset + 4) >> 2] = hash;
    values[(offset + 8) >> 3] = value * 2;
    position = (position + 16) | 0;
  }
  return position;
}
