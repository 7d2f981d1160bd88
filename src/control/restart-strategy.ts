/**
 * Whether and when a job that failed is started again. Pure: a fold over the times of its failures.
 *
 * Laws (test/control/restart-strategy.property.test.ts), Flink's for the strategies of the same names:
 *  1. `none` answers no failure; `fixed-delay` answers the first `attempts`, each after `delay`.
 *  2. `exponential-delay`: the n-th failure in a row waits for min(maxBackoff, initialBackoff × multiplier^n), longer or
 *     shorter by at most the share `jitterFactor`; a failure `resetBackoffThreshold` after the end of the last wait is the
 *     first again.
 *  3. `failure-rate` answers a failure unless more than `maxFailuresPerInterval` lie within one interval, this one included.
 */

import type { RestartConfig } from '../placement/index.ts';

/** A strategy with all it needs; times in ms. */
export type RestartStrategy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed-delay'; readonly attempts: number; readonly delayMs: number }
  | {
      readonly kind: 'exponential-delay';
      readonly attempts: number;
      readonly initialMs: number;
      readonly maxMs: number;
      readonly multiplier: number;
      readonly jitter: number;
      readonly resetAfterMs: number;
    }
  | {
      readonly kind: 'failure-rate';
      readonly failuresMax: number;
      readonly intervalMs: number;
      readonly delayMs: number;
    };

/** The strategy of a configuration, defaults filled in. */
export function restartStrategyOf(config: RestartConfig): RestartStrategy {
  const delayMs = config.delay ?? 1000;
  switch (config.strategy ?? 'none') {
    case 'none':
      return { kind: 'none' };
    case 'fixed-delay':
      return { kind: 'fixed-delay', attempts: config.attempts ?? 1, delayMs };
    case 'exponential-delay':
      return {
        kind: 'exponential-delay',
        attempts: config.attempts ?? Infinity,
        initialMs: config.initialBackoff ?? 1000,
        maxMs: config.maxBackoff ?? 60_000,
        multiplier: config.backoffMultiplier ?? 1.5,
        jitter: config.jitterFactor ?? 0.1,
        resetAfterMs: config.resetBackoffThreshold ?? 3_600_000,
      };
    case 'failure-rate':
      return {
        kind: 'failure-rate',
        failuresMax: config.maxFailuresPerInterval ?? 1,
        intervalMs: config.failureRateInterval ?? 60_000,
        delayMs,
      };
  }
}

/** What one job's failures came to so far. */
export class Restarts {
  readonly #strategy: RestartStrategy;
  readonly #random: () => number;
  /** Failures in a row. */
  #failures = 0;
  /** End of the last wait. */
  #restartedMs = -Infinity;
  #recentMs: readonly number[] = [];

  /** @param random gives numbers from 0 to 1, for the jitter */
  constructor(strategy: RestartStrategy, random: () => number) {
    this.#strategy = strategy;
    this.#random = random;
  }

  /**
   * Takes a failure.
   *
   * @param nowMs never less than before
   * @returns ms until the job is to be started again; undefined: it stays failed
   */
  onFailure(nowMs: number): number | undefined {
    const strategy = this.#strategy;
    switch (strategy.kind) {
      case 'none':
        return undefined;
      case 'fixed-delay':
        return this.#failures++ < strategy.attempts ? strategy.delayMs : undefined;
      case 'exponential-delay': {
        if (nowMs - this.#restartedMs >= strategy.resetAfterMs) this.#failures = 0;
        if (this.#failures >= strategy.attempts) return undefined;
        const { initialMs, maxMs, multiplier, jitter } = strategy;
        const plainMs = Math.min(maxMs, initialMs * multiplier ** this.#failures++);
        const delayMs = Math.round(plainMs * (1 + jitter * (2 * this.#random() - 1)));
        this.#restartedMs = nowMs + delayMs;
        return delayMs;
      }
      case 'failure-rate': {
        const { intervalMs, failuresMax, delayMs } = strategy;
        this.#recentMs = [...this.#recentMs.filter((atMs) => nowMs - atMs < intervalMs), nowMs];
        return this.#recentMs.length > failuresMax ? undefined : delayMs;
      }
    }
  }
}
