/** Measures what the machine takes away while something else is measured. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { beside } from '../beside.ts';
import { quantilesOf } from './histogram.ts';
import type { Quantiles } from './histogram.ts';

/** What `work` came to, and the hiccups of the same period. */
export async function withHiccups<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly hiccups: Quantiles }> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(beside('hiccups-main', import.meta.url), { workerData: { stop } });
  try {
    await once(worker, 'message');
    const result = await work();
    const answer = once(worker, 'message');
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
    const [encoded] = (await answer) as [string];
    return { result, hiccups: quantilesOf(encoded) };
  } finally {
    await worker.terminate();
  }
}
