/**
 * Count and sum by key and tumbling window on two threads, against the same work written by hand.
 *
 *     worker 0: generate   === key group ===>   worker 1: tumbling 10 s -> checksum
 *     twin:     one loop   === plain ring ===>  one loop over a typed table
 *
 * 10,000 keys, 100 rows a millisecond of event time. The answer is the number of results, the rows in them and a checksum of
 * keys, windows, counts and sums. Goal: ratio ≥ 0.5.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { beside } from '../beside.ts';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import type { TwinShared } from './keyed-sum-twin.ts';
import { expectedWindows } from './windows-rows.ts';
import { runSteady } from './steady-run.ts';
import { TwinSource } from './windows-twin.ts';

const SIZE_MS = 10_000;
const rowCount = parameter('rows per run', 50_000, 30_000_000);
const pairCount = parameter('pairs', 1, 7);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const expected = expectedWindows(rows, SIZE_MS, SIZE_MS);
  const runEngine = (): Promise<number> =>
    runSteady({
      module: beside('windows-job', import.meta.url),
      job: 'windows',
      threads: 2,
      operators: { generate: { worker: 0 }, window: { worker: 1 } },
      parameters: { rows, sizeMs: SIZE_MS, slideMs: SIZE_MS },
      expected,
    });
  const shared: TwinShared = {
    control: new SharedArrayBuffer(512),
    data: new SharedArrayBuffer(24 << 16),
  };
  const worker = new Worker(beside('windows-twin-main', import.meta.url), {
    workerData: { shared, sizeMs: SIZE_MS },
  });
  await once(worker, 'message');
  const source = new TwinSource(shared);
  const runTwin = async (): Promise<number> => {
    const answer = once(worker, 'message');
    const startMs = performance.now();
    worker.postMessage(rows);
    source.send(rows);
    const [got] = await answer;
    const seconds = (performance.now() - startMs) / 1000;
    expectAnswer(expected, got, 'answer of the twin');
    return rows / seconds;
  };
  try {
    await warmUp(runTwin, options.smoke ? 1 : 3);
    const found = await pairs(runEngine, runTwin, pairCount(options));
    return [
      {
        name: 'tumbling-window',
        unit: 'rows/s',
        value: found.a.median,
        ceiling: found.b.median,
        ratio: found.ratio.median,
        ratioMin: found.ratio.min,
        ratioMax: found.ratio.max,
      },
    ];
  } finally {
    await worker.terminate();
  }
}

export const benchmark: Benchmark = {
  name: 'tumbling-window',
  topology: 'worker 0: generate === key group ===> worker 1: tumbling 10 s -> checksum',
  threads: 2,
  run,
};
