/** Tells a chain how far the time of its inputs came, and whether they are idle. Owner: the subtask's worker. */

import type { Clock } from '../base/index.ts';
import type { SubtaskCounters } from '../metrics/index.ts';
import { END_OF_TIME, NO_WATERMARK } from '../record/index.ts';
import type { Chain } from './chain.ts';

/** Of one subtask. */
export class TimeProgress {
  readonly #chain: Pick<Chain, 'control'>;
  readonly #counters: SubtaskCounters;
  readonly #clock: Clock;
  #watermark: number = NO_WATERMARK;
  /** Whether downstream was told that this subtask is idle. */
  #idleSaid = false;

  constructor(chain: Pick<Chain, 'control'>, counters: SubtaskCounters, clock: Clock) {
    this.#chain = chain;
    this.#counters = counters;
    this.#clock = clock;
  }

  /** What follows a step's rows. Going idle is said last, since what an idle input says does not count. */
  afterRows(watermark: number, idle: boolean): void {
    const { control } = this.#chain;
    if (!idle) this.#say(false);
    if (watermark > this.#watermark) this.#advance(watermark);
    control.run();
    if (idle && !control.pending) this.#say(true);
  }

  /** All inputs ended, or are to end: the end of time comes, once. */
  end(): void {
    this.#say(false);
    if (this.#watermark < END_OF_TIME) this.#advance(END_OF_TIME);
  }

  #advance(watermark: number): void {
    this.#watermark = watermark;
    this.#counters.watermark = watermark;
    this.#counters.watermarkSinceMs = this.#clock.nowMs();
    this.#chain.control.watermark(watermark);
  }

  /** Tells what follows that this subtask went idle, or is active again. */
  #say(idle: boolean): void {
    if (idle === this.#idleSaid) return;
    this.#idleSaid = idle;
    this.#chain.control.status(idle);
  }
}
