/**
 * Notices that a worker thread is held by code that does not return. Main thread.
 *
 * A worker counts its turns in shared memory (`WorkerWord.beat`); it turns at least every tenth of a second, also with
 * nothing to do. The count is looked at several times within the timeout, and time passes for {@link BeatWatch} only
 * between looks that were made: a process that was suspended, or a main thread that was busy itself, has not looked.
 *
 * Laws (test/control/watchdog.property.test.ts): while the beat changes from look to look nothing is reported; a beat that
 * stands still is reported once, at the first look after the timeout; a pause between looks counts as one interval.
 */

/** Outside a step a beat may stand still for so many times as long. */
const OUTSIDE = 3;

/** The looks at one beat. */
export class BeatWatch {
  readonly #timeoutMs: number;
  readonly #intervalMs: number;
  #beat = -1;
  #stillMs = 0;
  #lookedMs = 0;
  #told = false;

  /**
   * @param timeoutMs how long a beat may stand still
   * @param intervalMs between looks, when nothing holds them up
   */
  constructor(timeoutMs: number, intervalMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#intervalMs = intervalMs;
  }

  /**
   * Takes a look.
   *
   * @param nowMs monotonic
   * @param inStep whether the thread is in a step; what modules do when they are loaded, timers and promises may take longer
   * @returns `stuck` once when the beat stands still for too long, `free` when it goes on after that
   */
  look(
    beat: number,
    nowMs: number,
    inStep: boolean,
  ): { readonly kind: 'stuck' | 'free'; readonly ms: number } | undefined {
    const elapsedMs = Math.min(nowMs - this.#lookedMs, this.#intervalMs);
    this.#lookedMs = nowMs;
    if (beat !== this.#beat) {
      const ms = this.#stillMs + elapsedMs;
      const told = this.#told;
      this.#beat = beat;
      this.#stillMs = 0;
      this.#told = false;
      return told ? { kind: 'free', ms } : undefined;
    }
    this.#stillMs += elapsedMs;
    const mostMs = inStep ? this.#timeoutMs : OUTSIDE * this.#timeoutMs;
    if (this.#told || this.#stillMs < mostMs) return undefined;
    this.#told = true;
    return { kind: 'stuck', ms: this.#stillMs };
  }

  /** Another thread: what is known of the last one is no more. */
  reset(): void {
    this.#beat = -1;
    this.#stillMs = 0;
    this.#told = false;
  }
}

/** Time between looks: several within the timeout, and never so often that it costs anything. */
export function lookIntervalMs(timeoutMs: number): number {
  return Math.min(1000, Math.max(25, timeoutMs / 8));
}
