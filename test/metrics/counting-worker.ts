/** Thread entry of the stress test: counts to a bound and publishes after every step of one. */

import { workerData } from 'node:worker_threads';

import { SubtaskCounters } from '../../src/metrics/index.ts';
import type { CounterRegion } from '../../src/metrics/index.ts';

const { region, subtask, bound } = workerData as {
  region: CounterRegion;
  subtask: number;
  bound: number;
};
const counters = new SubtaskCounters(region, subtask);
for (let n = 1; n <= bound; n++) {
  counters.recordsIn = n;
  counters.bytesIn = n * 4294967297;
  counters.publish();
}
