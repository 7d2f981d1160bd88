/**
 * Rows of 32 bytes from one thread to another, Millrace's ring against one written by hand for just these rows.
 *
 *     main thread                          worker thread
 *     OutputGate > RingWriter  === 1 MiB ===>  RingReader > InputGate > sum
 *     plain loop               === 1 MiB ===>  plain loop > sum
 *
 * Both publish every 16 KiB and wait alike. The answer is the sum over all fields. Millrace writes in runs (`claimRun`: one
 * channel, rows of one size) and row by row (`claim` and `commit` for each); the hand-written loop knows one size of row, no
 * kinds and no second channel. Goal: ratio of the runs ≥ 0.7.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createDoorbell, createRing } from '#src/exchange/index';
import { beside } from '../beside.ts';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import {
  expectedSum,
  FRAME_BYTES,
  PlainProducer,
  RING_BYTES,
  RingProducer,
} from './ring-one-to-one-kernels.ts';
import type { Producer, Shared } from './ring-one-to-one-kernels.ts';

const rowCount = parameter('rows per run', 20_000, 8_000_000);
const pairCount = parameter('pairs', 1, 9);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const shared: Shared = {
    ring: createRing(RING_BYTES),
    plainControl: new SharedArrayBuffer(256),
    plainData: new SharedArrayBuffer(RING_BYTES),
    producerBell: createDoorbell(),
    consumerBell: createDoorbell(),
  };
  const worker = new Worker(beside('ring-one-to-one-consumer-main', import.meta.url), {
    workerData: shared,
  });
  const expected = expectedSum(0, rows);
  const transfer = async (contender: 'ring' | 'plain', producer: Producer): Promise<number> => {
    worker.postMessage({ contender, rows });
    await once(worker, 'message');
    const sum = once(worker, 'message');
    const startMs = performance.now();
    producer.send(0, rows);
    const [got] = await sum;
    const seconds = (performance.now() - startMs) / 1000;
    expectAnswer(expected, got as number, `sum of ${contender}`);
    return rows / seconds;
  };
  const ring = new RingProducer(shared);
  const plain = new PlainProducer(shared);
  const runPlain = (): Promise<number> => transfer('plain', plain);
  const measure = async (name: string, byRuns: boolean): Promise<BenchResult> => {
    const runRing = (): Promise<number> => {
      ring.byRuns = byRuns;
      return transfer('ring', ring);
    };
    await warmUp(runRing, options.smoke ? 1 : 6);
    await warmUp(runPlain, options.smoke ? 1 : 6);
    const found = await pairs(runRing, runPlain, pairCount(options));
    return {
      name,
      unit: 'rows/s',
      value: found.a.median,
      ceiling: found.b.median,
      ratio: found.ratio.median,
      ratioMin: found.ratio.min,
      ratioMax: found.ratio.max,
      megabytesPerSecond: (found.a.median * FRAME_BYTES) / 1e6,
    };
  };
  try {
    return [
      await measure('ring-one-to-one', true),
      await measure('ring-one-to-one, row by row', false),
    ];
  } finally {
    await worker.terminate();
  }
}

export const benchmark: Benchmark = {
  name: 'ring-one-to-one',
  topology:
    'main: OutputGate > RingWriter === 1 MiB ring ===> worker: RingReader > InputGate > sum',
  threads: 2,
  run,
};
