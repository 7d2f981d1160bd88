/** Paces a reader by the clock: an open loop, so that what stalled is made up for and the intended times stand. */

/** How fast, and by which clock. */
export interface Pace {
  readonly eventsPerMs: number;
  nowMs(): number;
}

/** Grants events; without a pace, all of them. Owner: one reader. */
export class Pacer {
  readonly #pace: Pace | undefined;
  #startMs = NaN;
  #taken = 0;

  constructor(pace: Pace | undefined) {
    this.#pace = pace;
  }

  /** Events that may be emitted now, at most `wanted`. */
  grant(wanted: number): number {
    const pace = this.#pace;
    if (pace === undefined) return wanted;
    return Math.min(wanted, Math.floor(this.#elapsedMs(pace) * pace.eventsPerMs) - this.#taken);
  }

  take(events: number): void {
    this.#taken += events;
  }

  /** Milliseconds until the next event is due; 0 if one is. */
  waitMs(): number {
    const pace = this.#pace;
    if (pace === undefined) return 0;
    return Math.max(0, (this.#taken + 1) / pace.eventsPerMs - this.#elapsedMs(pace));
  }

  /** The clock starts when it is first asked. */
  #elapsedMs(pace: Pace): number {
    const now = pace.nowMs();
    if (Number.isNaN(this.#startMs)) this.#startMs = now;
    return now - this.#startMs;
  }
}
