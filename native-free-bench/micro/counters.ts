/**
 * What counting costs a worker's turn: plain fields published once per turn, against an atomic addition per row, which is
 * what counters in shared memory take when they are not batched. A turn here is 1,024 rows.
 */

import { createCounterRegion, readCounters, SubtaskCounters } from '#src/metrics/index';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const ROWS_PER_TURN = 1024;
const turns = parameter('turns', 100, 1_000);
const pairCount = parameter('pairs', 2, 9);

export const benchmark: Benchmark = {
  name: 'counters',
  threads: 1,
  topology: `
    1,024 rows --> 4 plain fields --> publish() --> shared memory     measured
    1,024 rows --> 4 x Atomics.add -------------> shared memory       ceiling column: the unbatched peer
  `,
  run,
};

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const count = turns(options);
  const rows = count * ROWS_PER_TURN;
  const rate = (startMs: number): number => (rows / (performance.now() - startMs)) * 1000;

  const plain = (): number => {
    const region = createCounterRegion(1, 4);
    const counters = new SubtaskCounters(region, 0);
    const startMs = performance.now();
    for (let turn = 0; turn < count; turn++) countTurn(counters);
    const figure = rate(startMs);
    const [read] = readCounters(region);
    expectAnswer([rows, rows, rows * 32], [read?.recordsIn, read?.recordsOut, read?.bytesIn]);
    return figure;
  };
  const atomic = (): number => {
    const words = new Int32Array(new SharedArrayBuffer(128));
    const startMs = performance.now();
    for (let turn = 0; turn < count; turn++) countTurnByAtomics(words);
    const figure = rate(startMs);
    expectAnswer(rows | 0, Atomics.load(words, 0));
    return figure;
  };
  if (!options.smoke) {
    await warmUp(plain);
    await warmUp(atomic);
  }
  const { a, b, ratio } = await pairs(plain, atomic, pairCount(options));
  return [
    {
      name: 'counters per row, published per turn',
      unit: 'rows/s',
      value: a.median,
      ceiling: b.median,
      ratio: ratio.median,
      ratioMin: ratio.min,
      ratioMax: ratio.max,
      publishNs: await publishNs(count),
    },
  ];
}

function countTurn(counters: SubtaskCounters): void {
  for (let row = 0; row < ROWS_PER_TURN; row++) {
    counters.recordsIn += 1;
    counters.recordsOut += 1;
    counters.bytesIn += 32;
    counters.bytesOut += 32;
  }
  counters.publish();
}

function countTurnByAtomics(words: Int32Array): void {
  for (let row = 0; row < ROWS_PER_TURN; row++) {
    Atomics.add(words, 0, 1);
    Atomics.add(words, 1, 1);
    Atomics.add(words, 2, 32);
    Atomics.add(words, 3, 32);
  }
}

/** Nanoseconds of one `publish` of a subtask with four operators. */
async function publishNs(count: number): Promise<number> {
  const counters = new SubtaskCounters(createCounterRegion(1, 4), 0);
  const round = (): number => {
    const startMs = performance.now();
    for (let i = 0; i < count * 10; i++) counters.publish();
    return ((performance.now() - startMs) * 1e6) / (count * 10);
  };
  await warmUp(round, 5);
  return round();
}
