/** How a run ends: what `done` settles with, and why. Main thread. */

import type { Clock } from '../base/index.ts';
import type { JobMetrics } from '../metrics/index.ts';
import type { JobResult } from './job-observer.ts';
import type { JobState } from './job-states.ts';

/** Settles once. */
export class RunOutcome {
  readonly done: Promise<JobResult>;
  /** Why it was aborted, if it was. */
  abortReason: { readonly reason: unknown } | undefined = undefined;
  failure: Error | undefined = undefined;
  readonly #clock: Clock;
  readonly #submittedMs: number;
  readonly #settle: PromiseWithResolvers<JobResult> = Promise.withResolvers();
  #startMs: number | undefined = undefined;

  /** @param submittedMs on the monotonic clock */
  constructor(clock: Clock, submittedMs: number) {
    this.#clock = clock;
    this.#submittedMs = submittedMs;
    this.done = this.#settle.promise;
    // A failure that nobody awaits must not end the process that embeds the engine.
    this.done.catch(() => undefined);
  }

  /** Rows flow; the first time counts. */
  started(): void {
    this.#startMs ??= this.#clock.monotonicMs() - this.#submittedMs;
  }

  /** Why `done` is to be rejected; undefined: it is not. */
  reasonIn(state: JobState): { readonly reason: unknown } | undefined {
    if (state === 'failed') return { reason: this.failure };
    return state === 'canceled' ? this.abortReason : undefined;
  }

  reject({ reason }: { readonly reason: unknown }): void {
    this.#settle.reject(reason);
  }

  resolve(job: string, state: JobState, metrics: JobMetrics, restarts: number): void {
    this.#settle.resolve({
      job,
      state: state === 'canceled' ? 'canceled' : 'finished',
      durationMs: this.#clock.monotonicMs() - this.#submittedMs,
      startMs: this.#startMs ?? 0,
      metrics,
      restarts,
    });
  }
}
