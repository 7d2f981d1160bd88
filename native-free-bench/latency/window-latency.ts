/**
 * Latency of a window, from the time its last row is due to the arrival of its last result, in an open loop.
 *
 *     worker 0: source   === key group ===>   worker 1: tumbling 10 ms   === rebalance ===>   worker 0: sink
 *
 * 1,000 keys, one sample a window: with 8 s of windows of 10 ms a p99 stands on 800 samples, further quantiles on too few. At 10,
 * 50 and 80 % of the sustainable rate, beside the hiccups of the machine. The answer is the number of rows in all results and of
 * windows. Goal at 50 %: p99 ≤ 5 ms.
 */

import { beside } from '../beside.ts';
import { expectAnswer } from '../harness.ts';
import type { Benchmark } from '../harness.ts';
import { runLatency } from './latency-run.ts';
import { measureLoads } from './loads.ts';
import type { Load } from './loads.ts';
import { dueMsOf } from './open-loop.ts';
import { WINDOW_MS } from './window-latency-rows.ts';
import type { WindowLatencyAnswer } from './window-latency-rows.ts';

/** A rate that no engine reaches: the loop is closed by credit alone. */
const UNREACHABLE_ROWS_PER_SECOND = 1e9;

async function runLoad(
  load: Load,
): Promise<{ readonly answer: WindowLatencyAnswer; readonly rowsPerSecond: number }> {
  const run = await runLatency<WindowLatencyAnswer>({
    module: beside('window-latency-job', import.meta.url),
    job: 'window-latency',
    middle: 'window',
    parameters: { ...load },
  });
  const { rows, windows } = run.answer;
  const expected = Math.floor(dueMsOf(load.rows - 1, load.rowsPerSecond) / WINDOW_MS) + 1;
  expectAnswer({ rows: load.rows, windows: expected }, { rows, windows }, 'rows and windows');
  return run;
}

export const benchmark: Benchmark = {
  name: 'window-latency',
  topology:
    'worker 0: source === key group ===> worker 1: tumbling 10 ms === rebalance ===> worker 0: sink',
  threads: 2,
  run: (options) =>
    measureLoads(
      {
        name: 'window-latency',
        run: async (load) => {
          const { answer } = await runLoad(load);
          return { latency: answer.last, lastThird: answer.lastThird };
        },
        closedLoop: async (rows) => {
          const load = { rows, rowsPerSecond: UNREACHABLE_ROWS_PER_SECOND, warmMs: 0 };
          return (await runLoad(load)).rowsPerSecond;
        },
        goals: { p99: 5000 },
      },
      options,
    ),
};
