/** A job of three chains in the middle of its run, as the block, the line and the report show it. */

import { readMetrics } from '../../src/metrics/index.ts';
import type { JobMetrics, RawSubtask } from '../../src/metrics/index.ts';
import type { ProgressState } from '../../src/cli/progress-state.ts';
import { rawSubtask } from '../metrics/job-fixture.ts';
import { buildPlan } from '../placement/plan-builder.ts';

const plan = buildPlan(
  [
    { operators: ['parquet', 'to one row per flight'], parallelism: 2, async: true },
    { operators: ['per-airport!', 'map-2'], parallelism: 2 },
    { operators: ['print'], parallelism: 1, async: true },
  ],
  [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ],
  1 << 20,
  'airport-delays',
);

/** Counters of the five subtasks after `k` thousand rows from each source subtask. */
function blocks(k: number): RawSubtask[] {
  const rows = 1000 * k;
  const source = rawSubtask({
    busyMs: 5.5 * k,
    idleMs: 0.5 * k,
    backpressuredMs: 4 * k,
    recordsOut: rows,
    progressDone: rows,
    progressTotal: 250_000,
    operators: [
      { rowsIn: 0, rowsOut: rows },
      { rowsIn: rows, rowsOut: rows },
    ],
  });
  const keyed = (busy: number): RawSubtask =>
    rawSubtask({
      busyMs: busy * k,
      idleMs: (10 - busy) * k,
      recordsIn: rows,
      bytesIn: 64 * rows,
      bytesOut: 64 * rows,
      stateBytes: 36_864,
      operators: [
        { rowsIn: rows, rowsOut: k },
        { rowsIn: k, rowsOut: k },
      ],
    });
  const sink = rawSubtask({
    busyMs: 0.1 * k,
    idleMs: 9.9 * k,
    operators: [{ rowsIn: 2 * k, rowsOut: 0 }],
  });
  return [source, source, keyed(9.5), keyed(7), sink];
}

function reading(k: number, previous: JobMetrics | undefined): JobMetrics {
  return readMetrics({
    shape: plan,
    raw: blocks(k),
    channels: [],
    workers: [0, 1, 0, 1, 0],
    nowMs: 10_000 + 10 * k,
    startedAtMs: 10_000,
    previous,
  });
}

/** 1.25 s into the run, half way through. */
export const running: ProgressState = {
  plan,
  state: 'running',
  metrics: reading(125, reading(25, undefined)),
};
