/**
 * An interval join of two numeric streams: how many rows of both sides a second one thread joins, with a function and with
 * fields selected.
 *
 *     worker 0: orders, payments === key group ===> worker 1: interval join -> checksum
 *
 * The answer is the number of pairs and the sum of their fields. Ceiling: none; the ratio is the selection's rate against
 * the function's.
 */

import { setTimeout } from 'node:timers/promises';
import { beside } from '../beside.ts';
import { startEngine } from '../engine.ts';
import { expectAnswer, pairs, parameter } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { expectedAnswer } from './interval-join-rows.ts';

const rowCount = parameter('rows per side and run', 20_000, 4_000_000);
const pairCount = parameter('pairs', 1, 5);

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const rows = rowCount(options);
  const expected = expectedAnswer(rows);
  const operators = { orders: { worker: 0 }, payments: { worker: 0 }, join: { worker: 1 } };
  const rate = async (form: 'function' | 'select'): Promise<number> => {
    await using engine = await startEngine({
      pool: { threads: 2 },
      jobs: { 'interval-join': { operators } },
    });
    const job = await engine.submit(beside('interval-join-job', import.meta.url), {
      parameters: { rows, form },
    });
    const sourceRows = (): number => job.metrics().totals.sourceRows;
    // Warm-up by work: a quarter of the rows, then the clock starts.
    while (sourceRows() < rows / 2 && job.state !== 'finished') await setTimeout(5);
    const warmRows = sourceRows();
    const startMs = performance.now();
    await job.done;
    const seconds = (performance.now() - startMs) / 1000;
    expectAnswer([expected], job.collected(), `answer with a ${form}`);
    return (2 * rows - warmRows) / seconds;
  };
  const found = await pairs(
    () => rate('function'),
    () => rate('select'),
    pairCount(options),
  );
  const result = (name: string, value: number): BenchResult => ({
    name,
    unit: 'rows/s',
    value,
    ceiling: null,
    ratio: null,
  });
  return [
    result('interval-join', found.a.median),
    { ...result('interval-join-select', found.b.median), ratioToFunction: 1 / found.ratio.median },
  ];
}

export const benchmark: Benchmark = {
  name: 'interval-join',
  topology: 'worker 0: orders, payments === key group ===> worker 1: interval join -> checksum',
  threads: 2,
  run,
};
