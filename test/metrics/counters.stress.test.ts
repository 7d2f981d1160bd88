/**
 * Two writers on threads of their own, one reader.
 *
 * | outcome of a reading                                   |            |
 * |--------------------------------------------------------|------------|
 * | any value that was published, not older than the last   | acceptable |
 * | recordsIn and bytesIn of neighbouring turns             | acceptable |
 * | a value going back                                      | forbidden  |
 * | half of one value and half of another (not n * 2^32+n)  | forbidden  |
 * | a value missing after the writer ended                  | forbidden  |
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { createCounterRegion, readCounters } from '../../src/metrics/index.ts';

test('readers see whole values that only grow, while two threads publish', async () => {
  const bound = 1_000_000;
  const region = createCounterRegion(2, 1);
  const ended = [0, 1].map((subtask) =>
    once(
      new Worker(new URL('./counting-worker.ts', import.meta.url), {
        execArgv: ['-C', 'source'],
        workerData: { region, subtask, bound },
      }),
      'exit',
    ),
  );
  let running = true;
  const all = Promise.all(ended).then(() => (running = false));
  const last = [0, 0];
  const forbidden: string[] = [];
  while (running) {
    for (let burst = 0; burst < 200; burst++) {
      readCounters(region).forEach(({ recordsIn, bytesIn }, subtask) => {
        if (recordsIn < last[subtask]!)
          forbidden.push(`back from ${last[subtask]} to ${recordsIn}`);
        if (bytesIn % 4294967297 !== 0) forbidden.push(`torn: ${bytesIn}`);
        last[subtask] = recordsIn;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await all;
  expect(forbidden).toEqual([]);
  expect(readCounters(region).map(({ recordsIn }) => recordsIn)).toEqual([bound, bound]);
});
