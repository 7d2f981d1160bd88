/** The latency histograms of a job's workers, and who waits for them. Main thread. */

import type { WorkerId } from '../base/index.ts';
import { mergeLatency } from '../metrics/index.ts';
import type { LatencySummary } from '../metrics/index.ts';

/** The newest histogram of each worker. */
export class LatencyAnswers {
  readonly #newest = new Map<WorkerId, string>();
  readonly #asked: { readonly waiting: Set<WorkerId>; readonly resolve: () => void }[] = [];

  /** Settles when each of these workers has answered, or is gone. */
  ask(workers: ReadonlySet<WorkerId>): Promise<void> {
    if (workers.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#asked.push({ waiting: new Set(workers), resolve });
    });
  }

  /** @param encoded undefined when the worker recorded nothing, or is gone */
  take(worker: WorkerId, encoded: string | undefined): void {
    if (encoded !== undefined) this.#newest.set(worker, encoded);
    for (const request of this.#asked) {
      request.waiting.delete(worker);
      if (request.waiting.size === 0) request.resolve();
    }
  }

  /** Of all workers together. */
  summary(): Promise<LatencySummary> {
    return mergeLatency([...this.#newest.values()]);
  }
}
