/**
 * The job of window-latency: from the time the last row of a window is due to the arrival of its last result.
 *
 *     worker 0: source   === key group ===>   worker 1: tumbling 10 ms   === rebalance ===>   worker 0: sink
 *
 * A row's event time is the time it is due, in whole milliseconds after the start. The row that ends a window is the first of the
 * next one, due a moment after the last of this one. Parameters: rows, rowsPerSecond, warmMs.
 */

import {
  boundedOutOfOrderness,
  count,
  f64,
  i32,
  job,
  max,
  record,
  timestamp,
  tumbling,
} from 'millrace';
import { collect } from 'millrace/connectors';
import { systemClock } from '#src/base/index';
import { Latencies } from './histogram.ts';
import { openLoop } from './open-loop.ts';
import { KEYS, WINDOW_MS } from './window-latency-rows.ts';
import type { WindowLatencyAnswer } from './window-latency-rows.ts';

const Reading = record('Reading', { key: i32, time: timestamp, due: f64 });

/** Of the window whose results arrive: its end, its first and last arrival, when its last row was due. */
const WindowSlot = { end: 0, firstMs: 1, lastMs: 2, dueMs: 3 } as const;
const Total = { rows: 0, windows: 1 } as const;

export default job('window-latency', { parallelism: 1 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const rate = Number(env.parameters['rowsPerSecond']);
  const warmMs = Number(env.parameters['warmMs']);
  const made = { key: 0, time: 0, due: 0 };
  const totals = new Float64Array(2);
  const window = new Float64Array(4).fill(NaN);
  const first = new Latencies();
  const last = new Latencies();
  const lastThird = new Latencies();
  const endMs = (rows * 1000) / rate;
  const lastFromMs = warmMs + ((endMs - warmMs) * 2) / 3;
  const endWindow = (): void => {
    const end = window[WindowSlot.end]!;
    if (Number.isNaN(end)) return;
    totals[Total.windows]!++;
    // The window that the end of the input cuts off is fired by that end, and not by a row that is due.
    if (end - WINDOW_MS < warmMs || end > endMs) return;
    const latencyMs = window[WindowSlot.lastMs]! - window[WindowSlot.dueMs]!;
    first.record(window[WindowSlot.firstMs]! - window[WindowSlot.dueMs]!);
    last.record(latencyMs);
    if (end >= lastFromMs) lastThird.record(latencyMs);
  };
  env
    .fromSource(
      openLoop({
        type: Reading,
        rows,
        rowsPerSecond: rate,
        row: (i, dueMs, startMs) => {
          made.key = i % KEYS;
          made.time = Math.floor(dueMs);
          made.due = startMs + dueMs;
          return made;
        },
      }),
      boundedOutOfOrderness((row) => row.time, 0),
    )
    .name('source')
    .keyBy('key')
    .window(tumbling(WINDOW_MS))
    .aggregate({ n: count(), due: max('due') })
    .name('window')
    .rebalance()
    .process<WindowLatencyAnswer>({
      processElement: (row) => {
        const nowMs = systemClock.monotonicMs();
        totals[Total.rows]! += row.n;
        if (row.windowEnd !== window[WindowSlot.end]) {
          endWindow();
          window[WindowSlot.end] = row.windowEnd;
          window[WindowSlot.firstMs] = nowMs;
          window[WindowSlot.dueMs] = row.due;
        }
        window[WindowSlot.lastMs] = nowMs;
        if (row.due > window[WindowSlot.dueMs]!) window[WindowSlot.dueMs] = row.due;
      },
      finish: (out) => {
        endWindow();
        out.collect({
          rows: totals[Total.rows]!,
          windows: totals[Total.windows]!,
          first: first.encode(),
          last: last.encode(),
          lastThird: lastThird.encode(),
        });
      },
    })
    .name('sink')
    .sinkTo(collect());
});
