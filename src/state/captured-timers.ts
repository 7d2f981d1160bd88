/** The timers of one service as they were at a barrier, by key id; not accounted, and gone when the snapshot is written. */

import type { ByteWriter } from './byte-stream.ts';

/** Namespace and time of a timer. */
const WORDS = 2;

/** Owner: the subtask's worker. */
export class CapturedTimers {
  /** Place of the first and last timer of a key, + 1. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  #words: Float64Array = new Float64Array(64 * WORDS);
  #next: Int32Array = new Int32Array(64);
  #count = 0;

  /** @param limit above all ids */
  constructor(limit: number) {
    this.#first = new Int32Array(limit);
    this.#last = new Int32Array(limit);
  }

  /** Timers of one time in the order of registration. */
  add(id: number, namespace: number, time: number): void {
    const place = this.#count++;
    if (place === this.#next.length) this.#grow();
    this.#words[place * WORDS] = namespace;
    this.#words[place * WORDS + 1] = time;
    const last = this.#last[id]!;
    if (last === 0) this.#first[id] = place + 1;
    else this.#next[last - 1] = place + 1;
    this.#last[id] = place + 1;
  }

  has(id: number): boolean {
    return id < this.#first.length && this.#first[id] !== 0;
  }

  write(id: number, out: ByteWriter): void {
    const countAt = out.length;
    out.putI32(0);
    let count = 0;
    for (let place = this.#first[id]!; place !== 0; place = this.#next[place - 1]!) {
      out.putF64(this.#words[(place - 1) * WORDS]!);
      out.putF64(this.#words[(place - 1) * WORDS + 1]!);
      count++;
    }
    out.patchI32(countAt, count);
  }

  #grow(): void {
    const words = new Float64Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    const next = new Int32Array(2 * this.#next.length);
    next.set(this.#next);
    this.#next = next;
  }
}
