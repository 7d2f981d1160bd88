/**
 * What a worker does after a turn without progress: spin a little, then park on its doorbell.
 *
 * Spinning hides the 5 to 9 us of a wake-up, but takes the core from whoever else has work there: two spinning threads on a
 * busy two-core machine fell from 100 to 5 million rows/s. So `auto` spins only when every worker thread has a core to
 * itself, and even `spin` parks in the end.
 *
 * How long to spin adapts to whether it pays: a worker whose input comes in bursts or by the clock soon spins a sixteenth.
 *
 * Laws (tested in test/exchange/idle-strategy.test.ts): after at most `spinTurnsMax` turns without progress the answer is
 * `park`; one turn with progress begins the ladder anew; the budget halves when a sleep was not spared and doubles when one
 * was, between a sixteenth of the maximum and the maximum; nothing here blocks or reads a clock.
 */

/** Configured policy. */
export type IdlePolicy = 'auto' | 'spin' | 'park';
/** What to do now. */
export type IdleAction = 'spin' | 'park';

/** Turns to spin under `auto` with cores to spare: some 20 us of pauses, a few wake-ups' worth. */
export const SPIN_TURNS_AUTO = 200;
/** Turns to spin under `spin`: about a millisecond. */
export const SPIN_TURNS_SPIN = 20_000;

/** The budget never falls below this part of the maximum, so that it can find out when spinning pays again. */
const BUDGET_PARTS = 16;

/**
 * How many turns without progress may be spent spinning.
 *
 * @param workerThreads threads that run subtasks
 * @param usableCores cores this process may use
 * @example
 * spinTurnsMax('auto', 2, 1); // 0: no core to spare
 */
export function spinTurnsMax(
  policy: IdlePolicy,
  workerThreads: number,
  usableCores: number,
): number {
  switch (policy) {
    case 'park':
      return 0;
    case 'spin':
      return SPIN_TURNS_SPIN;
    case 'auto':
      return workerThreads > usableCores ? 0 : SPIN_TURNS_AUTO;
  }
}

/**
 * The ladder of one worker. Owner: that worker.
 *
 * @example
 * if (progressed) idle.reset();
 * else if (idle.next() === 'spin') idle.spin();
 * else parkOnDoorbell();
 */
export class IdleStrategy {
  readonly spinTurnsMax: number;
  #turns = 0;
  /** Turns it spins now: halved by every sleep that spinning did not spare, doubled by every one it did. */
  #budget = 0;

  /** @param spinTurns from {@link spinTurnsMax} */
  constructor(spinTurns: number) {
    this.spinTurnsMax = spinTurns;
    this.#budget = spinTurns;
  }

  /** The turn made progress. */
  reset(): void {
    if (this.#turns > 0 && this.#turns < this.#budget) {
      this.#budget = Math.min(this.spinTurnsMax, this.#budget * 2);
    }
    this.#turns = 0;
  }

  /** The turn made none. */
  next(): IdleAction {
    if (this.#turns >= this.#budget) {
      this.#budget = Math.max(Math.ceil(this.spinTurnsMax / BUDGET_PARTS), this.#budget >> 1);
      return 'park';
    }
    this.#turns++;
    return 'spin';
  }

  /** One pause: tells the core that this is a spin loop, where Node can say so. */
  spin(): void {
    pause();
  }
}

const pause: () => void =
  typeof Atomics.pause === 'function' ? () => Atomics.pause() : () => undefined;
