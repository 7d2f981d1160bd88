/**
 * The job of record-latency: two thread hops, from the time a row is due to its arrival at the sink.
 *
 *     worker 0: source   === key group ===>   worker 1: map   === rebalance ===>   worker 0: sink
 *
 * Parameters: rows, rowsPerSecond (0: as fast as it goes), warmMs: rows due before are counted but not timed.
 */

import { f64, i32, job, record } from 'millrace';
import { collect } from 'millrace/connectors';
import { systemClock } from '#src/base/index';
import { Latencies } from './histogram.ts';
import { openLoop } from './open-loop.ts';
import { keyOf } from './record-latency-rows.ts';
import type { RecordLatencyAnswer } from './record-latency-rows.ts';

const Reading = record('Reading', { key: i32, value: i32, start: f64, due: f64 });

export default job('record-latency', { parallelism: 1 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const rate = Number(env.parameters['rowsPerSecond']);
  const warmMs = Number(env.parameters['warmMs']);
  const made = { key: 0, value: 0, start: 0, due: 0 };
  const mapped = { key: 0, value: 0, start: 0, due: 0 };
  const totals = new Float64Array(2);
  const all = new Latencies();
  // The last third of the time alone: in it a queue that grows shows.
  const last = new Latencies();
  const lastFromMs = warmMs + ((dueEnd(rows, rate) - warmMs) * 2) / 3;
  env
    .fromSource(
      openLoop({
        type: Reading,
        rows,
        rowsPerSecond: rate === 0 ? Infinity : rate,
        row: (i, dueMs, startMs) => {
          made.key = keyOf(i);
          made.value = i & 0xffff;
          made.start = startMs;
          made.due = dueMs;
          return made;
        },
      }),
    )
    .name('source')
    .keyBy('key')
    .map((row) => {
      mapped.key = row.key;
      mapped.value = row.value * 2;
      mapped.start = row.start;
      mapped.due = row.due;
      return mapped;
    }, Reading)
    .name('map')
    .rebalance()
    .process<RecordLatencyAnswer>({
      processElement: (row) => {
        totals[0]!++;
        totals[1]! += row.value;
        const { due } = row;
        if (due < warmMs) return;
        const latencyMs = systemClock.monotonicMs() - row.start - due;
        all.record(latencyMs);
        if (due >= lastFromMs) last.record(latencyMs);
      },
      finish: (out) => {
        out.collect({
          rows: totals[0]!,
          sum: totals[1]!,
          latency: all.encode(),
          lastThird: last.encode(),
        });
      },
    })
    .name('sink')
    .sinkTo(collect());
});

/** When the last row is due; without a rate nobody knows. */
function dueEnd(rows: number, rate: number): number {
  return rate === 0 ? 0 : (rows * 1000) / rate;
}
