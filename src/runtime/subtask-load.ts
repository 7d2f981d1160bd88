/** How a subtask spends its time, and its counters for readers on other threads. Owner: the subtask's worker. */

import { LoadMeter, LoadState } from '../metrics/index.ts';
import type { SubtaskCounters } from '../metrics/index.ts';
import type { Chain } from './chain.ts';
import { countChain } from './chain-counts.ts';
import type { TimeAccount } from './fairness.ts';
import { Progress } from './subtask-states.ts';

/** What a step that made no progress counts as. */
const LOAD_OF = {
  [Progress.idle]: LoadState.idle,
  [Progress.blocked]: LoadState.backpressured,
  [Progress.waiting]: LoadState.busy,
} as const;

/** What is published beside time and rows. */
export interface InputStatus {
  readonly idle: boolean;
  readonly ended: boolean;
  /** The input channel that holds the watermark back, or -1. */
  readonly holding: number;
}

/** Accounts the steps of one subtask. */
export class SubtaskLoad {
  readonly #counters: SubtaskCounters;
  readonly #account: TimeAccount;
  readonly #meter: LoadMeter = new LoadMeter();

  constructor(counters: SubtaskCounters, account: TimeAccount, nowMs: number) {
    this.#counters = counters;
    this.#account = account;
    this.#meter.start(nowMs);
  }

  /** Takes in one step of `rows` rows. */
  step(startMs: number, endMs: number, rows: number, result: Progress): void {
    if (result === Progress.progress) {
      const elapsedMs = endMs - startMs;
      this.#account.charge(rows, elapsedMs);
      const counters = this.#counters;
      counters.steps++;
      if (elapsedMs > counters.longestStepMs) counters.longestStepMs = elapsedMs;
      // Busy from the start of the step on: what came before belongs to the state before.
      this.#meter.enter(LoadState.busy, startMs);
    } else {
      this.#account.idle();
      this.#meter.enter(LOAD_OF[result], endMs);
    }
  }

  /** The subtask came to its end. */
  end(nowMs: number): void {
    this.#meter.enter(LoadState.idle, nowMs);
  }

  /** Shows readers the counters. @param progress of a source */
  publish(
    chain: Chain,
    status: InputStatus,
    progress: { readonly done: number; readonly total: number } | undefined,
    nowMs: number,
  ): void {
    const counters = this.#counters;
    this.#meter.enter(this.#meter.state, nowMs);
    counters.busyMs = this.#meter.busyMs;
    counters.idleMs = this.#meter.idleMs;
    counters.backpressuredMs = this.#meter.backpressuredMs;
    if (progress !== undefined) {
      counters.progressDone = progress.done;
      // Nothing to read is not the same as an unknown size.
      counters.progressTotal = progress.total === 0 ? -1 : progress.total;
    }
    counters.inputStatus = status.ended ? 2 : status.idle ? 1 : 0;
    counters.watermarkHolder = chain.producers[status.holding] ?? -1;
    countChain(chain, counters);
    chain.input?.adjustWindows(nowMs);
    counters.publish();
  }
}
