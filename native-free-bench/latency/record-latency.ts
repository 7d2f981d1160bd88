/**
 * Latency of a row over two thread hops, from the time it is due to its arrival at the sink, in an open loop.
 *
 *     worker 0: source   === key group ===>   worker 1: map   === rebalance ===>   worker 0: sink
 *
 * At 10, 50 and 80 % of the sustainable rate; every row is timed after the warm-up. Beside it the hiccups of the machine. The
 * answer is the number of rows and the sum of their values. Goal at 50 %: p50 ≤ 50 us, p99 ≤ 1 ms.
 */

import { beside } from '../beside.ts';
import { expectAnswer } from '../harness.ts';
import type { Benchmark } from '../harness.ts';
import { runLatency } from './latency-run.ts';
import { measureLoads } from './loads.ts';
import type { Load } from './loads.ts';
import { expectedSum } from './record-latency-rows.ts';
import type { RecordLatencyAnswer } from './record-latency-rows.ts';

async function runLoad(
  load: Load,
): Promise<{ readonly answer: RecordLatencyAnswer; readonly rowsPerSecond: number }> {
  const run = await runLatency<RecordLatencyAnswer>({
    module: beside('record-latency-job', import.meta.url),
    job: 'record-latency',
    middle: 'map',
    parameters: { ...load },
  });
  const { rows, sum } = run.answer;
  expectAnswer({ rows: load.rows, sum: expectedSum(load.rows) }, { rows, sum }, 'rows and sum');
  return run;
}

export const benchmark: Benchmark = {
  name: 'record-latency',
  topology: 'worker 0: source === key group ===> worker 1: map === rebalance ===> worker 0: sink',
  threads: 2,
  run: (options) =>
    measureLoads(
      {
        name: 'record-latency',
        run: async (load) => (await runLoad(load)).answer,
        closedLoop: async (rows) =>
          (await runLoad({ rows, rowsPerSecond: 0, warmMs: 0 })).rowsPerSecond,
        goals: { p50: 50, p99: 1000 },
      },
      options,
    ),
};
