/** Time as a parameter: the engine never asks the machine for the time directly, so a test can own it. */

/** Milliseconds since the epoch for people, monotonic nanoseconds for measuring. */
export interface Clock {
  /** Wall clock, integer milliseconds since the epoch; may jump. */
  nowMs(): number;
  /** Monotonic milliseconds with a fractional part, comparable between threads of one process. */
  monotonicMs(): number;
}

/** Read once: the getter costs as much as the clock. */
const { timeOrigin } = performance;
/** Bound once: the method's check of its receiver costs half as much as the clock. */
const now: () => number = performance.now.bind(performance);

/** The machine's clocks. `performance.now()` has a different origin per thread, so the origin is added. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => timeOrigin + now(),
};

/** A clock that moves only when told to; both readings are the same number. */
export class ManualClock implements Clock {
  #nowMs = 0;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Moves time forward by `ms` ≥ 0. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`advance expects milliseconds ≥ 0, got ${ms}`);
    this.#nowMs += ms;
  }
}
