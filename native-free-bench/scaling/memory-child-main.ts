/**
 * **Process entry** of memory-per-key: runs the job once, and sends its parent the resident memory before and at most, and the bytes
 * of state. A process of its own, since memory that was resident once mostly stays so.
 */

import { setTimeout } from 'node:timers/promises';
import { beside } from '../beside.ts';
import { startEngine } from '../engine.ts';
import { expectAnswer } from '../harness.ts';

const keys = Number(process.argv[2]);
let stateBytes = 0;
{
  await using engine = await startEngine({
    pool: { threads: 1 },
    jobs: { memory: { parallelism: 1 } },
  });
  await engine.ready();
  const idleBytes = process.memoryUsage.rss();
  const run = await engine.submit(beside('memory-job', import.meta.url), { parameters: { keys } });
  let ended = false;
  const done = run.done.finally(() => {
    ended = true;
  });
  done.catch(() => undefined);
  while (!ended) {
    stateBytes = Math.max(stateBytes, run.metrics().totals.stateBytes);
    await Promise.race([done, setTimeout(10)]);
  }
  await done;
  // Each key's running sum is 1 and then 2.
  expectAnswer([{ rows: 2 * keys, total: 3 * keys }], run.collected(), 'answer of the job');
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  process.send?.({ idleBytes, peakBytes, stateBytes });
}
process.disconnect?.();
