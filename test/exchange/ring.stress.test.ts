/**
 * Real threads: one producer, two consumers, 500,000 frames to each through rings of 16 KiB that wrap past 2^31.
 *
 *     outcome                                          verdict
 *     every frame once, in order, with its content     acceptable
 *     a frame twice, missing or out of order           forbidden
 *     a frame with bytes of another                    forbidden
 *     a thread asleep while there is work for it       forbidden (its wait of 10 s runs out)
 */

import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createDoorbell, createRing, readRingStatistics } from '../../src/exchange/index.ts';
import type { StressOrder, StressReport } from './stress-worker-main.ts';

function start(order: StressOrder): Promise<StressReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('stress-worker-main.ts', import.meta.url), {
      workerData: order,
      execArgv: ['-C', 'source'],
    });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

test('two consumers see every frame once, in order and whole, and no thread sleeps through work', async () => {
  const frames = 500_000;
  const rings = [createRing(16_384, 0x7fffffff + 1 - 65_536), createRing(16_384, -65_536)];
  const own = createDoorbell();
  const peers = [createDoorbell(), createDoorbell()];
  const reports = await Promise.all([
    start({ role: 'produce', rings, own, peers, frames }),
    start({ role: 'consume', ring: rings[0]!, own: peers[0]!, peer: own, frames }),
    start({ role: 'consume', ring: rings[1]!, own: peers[1]!, peer: own, frames }),
  ]);
  for (const report of reports) {
    expect(report).toMatchObject({ frames, outOfOrder: 0, torn: 0, lostWakeups: 0 });
  }
  for (const ring of rings) {
    const statistics = readRingStatistics(ring);
    expect(statistics.backlogBytes).toBe(0);
    expect(statistics.bytesRead).toBe(statistics.bytesWritten);
  }
});

test('a doorbell loses no wake-up between two threads that take turns', async () => {
  const rounds = 20_000;
  const words = new SharedArrayBuffer(4);
  const bells = [createDoorbell(), createDoorbell()];
  const reports = await Promise.all(
    [0, 1].map((parity) =>
      start({
        role: 'ping',
        words,
        own: bells[parity]!,
        peer: bells[1 - parity]!,
        parity,
        rounds,
      }),
    ),
  );
  for (const report of reports) expect(report).toMatchObject({ frames: rounds, lostWakeups: 0 });
});
