/**
 * A keyed rolling sum over numeric rows on two threads, against the same work written by hand.
 *
 *     worker 0: generate -> filter -> map   === key group ===>   worker 1: sum -> checksum
 *     twin:     one loop over typed arrays  === plain ring ===>  one loop over a typed table
 *
 * The answer is the number of rows that pass and the sum of all running sums. Goal: ratio ≥ 0.5.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { beside } from '../beside.ts';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { expectedAnswer } from './keyed-sum-rows.ts';
import { TwinProducer } from './keyed-sum-twin.ts';
import type { TwinShared } from './keyed-sum-twin.ts';
import { runSteady } from './steady-run.ts';

const rowCount = parameter('rows per run', 50_000, 40_000_000);
const pairCount = parameter('pairs', 1, 7);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const expected = expectedAnswer(rows);
  const runEngine = (): Promise<number> =>
    runSteady({
      module: beside('keyed-sum-job', import.meta.url),
      job: 'keyed-sum',
      threads: 2,
      operators: { generate: { worker: 0 }, sum: { worker: 1 } },
      parameters: { rows },
      expected,
    });

  const shared: TwinShared = {
    control: new SharedArrayBuffer(512),
    data: new SharedArrayBuffer(1 << 20),
  };
  const worker = new Worker(beside('keyed-sum-twin-main', import.meta.url), {
    workerData: shared,
  });
  await once(worker, 'message');
  const producer = new TwinProducer(shared);
  const runTwin = async (): Promise<number> => {
    const answer = once(worker, 'message');
    const startMs = performance.now();
    worker.postMessage(expected.rows);
    producer.send(rows);
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
        name: 'keyed-sum',
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
  name: 'keyed-sum',
  topology: 'worker 0: generate -> filter -> map === key group ===> worker 1: sum -> checksum',
  threads: 2,
  run,
};
