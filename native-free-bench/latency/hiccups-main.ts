/**
 * **Thread entry**: what the machine itself takes away. It sleeps for a millisecond again and again and counts by how much each
 * sleep was too long, as jHiccup does. Nothing of the engine runs here. Told to stop by a word, it answers with its histogram.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { Latencies } from './histogram.ts';

const SLEEP_MS = 1;

const { stop } = workerData as { readonly stop: Int32Array };
const latencies = new Latencies();
parentPort!.postMessage('ready');
while (Atomics.load(stop, 0) === 0) {
  const startMs = performance.now();
  Atomics.wait(stop, 0, 0, SLEEP_MS);
  latencies.record(performance.now() - startMs - SLEEP_MS);
}
parentPort!.postMessage(latencies.encode());
