/**
 * The timers that fire next, sorted: a short piece of time whose timers were gathered from one place of the wheel.
 *
 * A timer is sorted as one number, its distance from the beginning of the piece and its position in the order of arrival,
 * which is what typed arrays sort fastest.
 *
 *     key = (time - start) * 2^10 + position         refs[position]: the entry
 *
 * Law: the run gives its timers in the order of time, within one time in that of arrival. Nothing is added to it later.
 */

import type { MemoryAccount } from './memory-account.ts';
import { NO_TIMER, NOBODY, type TimerChunks } from './timer-chunks.ts';

/** Timers of a run at most: positions take 10 bits of a key, and what a run looks at stays in the cache. */
export const RUN_MAX = 1024;
const BYTES: number = RUN_MAX * 12;

/** The run of one service. Owner: the subtask's worker. */
export class TimerRun {
  readonly #account: MemoryAccount;
  readonly #chunks: TimerChunks;
  readonly #keys: Float64Array = new Float64Array(RUN_MAX);
  readonly #refs: Int32Array = new Int32Array(RUN_MAX);
  #count = 0;
  #next = 0;
  #start = 0;
  /** Entry of the first timer that is still there, when `frontTime` is not `Infinity`. */
  front: number = NO_TIMER;

  /** @throws ERR_STATE_QUOTA */
  constructor(account: MemoryAccount, chunks: TimerChunks) {
    account.reserve(BYTES);
    this.#account = account;
    this.#chunks = chunks;
  }

  /** Begins a new run, of at most `RUN_MAX` timers with times of `start` .. `start + 2^32`. */
  begin(start: number): void {
    this.clear();
    this.#start = start;
  }

  push(ref: number, time: number): void {
    const position = this.#count++;
    this.#keys[position] = (time - this.#start) * RUN_MAX + position;
    this.#refs[position] = ref;
  }

  sort(): void {
    this.#keys.subarray(0, this.#count).sort();
  }

  /** Time of the first timer that is still there; `Infinity` when none is. */
  frontTime(): number {
    const chunks = this.#chunks;
    while (this.#next < this.#count) {
      const key = this.#keys[this.#next]!;
      const distance = Math.floor(key / RUN_MAX);
      const ref = this.#refs[key - distance * RUN_MAX]!;
      if (chunks.idOf(ref) !== NOBODY) {
        this.front = ref;
        return this.#start + distance;
      }
      this.#next++;
    }
    return Infinity;
  }

  /** Drops the run; its room stays. */
  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }

  /** Gives back all bytes. */
  dispose(): void {
    this.#account.reserve(-BYTES);
  }
}
