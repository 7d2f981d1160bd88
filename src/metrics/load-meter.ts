/**
 * Where a subtask's time goes: busy, idle or backpressured. Pure over the times its caller gives.
 *
 * Law: after `start(t0)` and any `enter(state, t)` with growing t, busyMs + idleMs + backpressuredMs = last t − t0.
 * Over one second that is about 1000, which is what `busy_ms_per_second` and its sisters show.
 */

/** What a subtask is doing. */
export const LoadState = {
  /** Had no input. */
  idle: 0,
  /** Made progress. */
  busy: 1,
  /** Had input but no credit downstream. */
  backpressured: 2,
} as const;
export type LoadState = (typeof LoadState)[keyof typeof LoadState];

/**
 * Adds up the time spent in each state. Owner: the subtask's worker. No allocation; a step costs one call.
 *
 * @example
 * const meter = new LoadMeter();
 * meter.start(0);
 * meter.enter(LoadState.busy, 10); // idle from 0 to 10
 * meter.enter(LoadState.idle, 25); // busy from 10 to 25
 * meter.busyMs; // 15
 */
export class LoadMeter {
  busyMs = 0;
  idleMs = 0;
  backpressuredMs = 0;
  state: LoadState = LoadState.idle;
  #sinceMs = 0;

  /** Begins counting at `nowMs` (monotonic), in state idle. */
  start(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.state = LoadState.idle;
  }

  /** The time until `nowMs` belongs to the state so far; from then on to `state`. A clock that stands still adds 0. */
  enter(state: LoadState, nowMs: number): void {
    const spentMs = nowMs - this.#sinceMs;
    if (spentMs > 0) {
      this.#sinceMs = nowMs;
      if (this.state === 1) this.busyMs += spentMs;
      else if (this.state === 0) this.idleMs += spentMs;
      else this.backpressuredMs += spentMs;
    }
    this.state = state;
  }
}
