/** A job of two chains, two subtasks each, all to all: what the tests of readings and exposition share. */

import type { JobShape, MetricsInput, RawSubtask } from '../../src/metrics/index.ts';
import { NO_VALUE } from '../../src/metrics/index.ts';

export const shape: JobShape = {
  job: 'flights',
  chains: [
    {
      name: 'source -> filter',
      operators: [
        { name: 'source', uid: 'u-source', kind: 'source' },
        { name: 'filter', uid: 'u-filter', kind: 'filter' },
      ],
      subtasks: [0, 1],
      inputs: [],
      outputs: [0],
    },
    {
      name: 'sum -> sink',
      operators: [
        { name: 'sum', uid: 'u-sum', kind: 'reduce' },
        { name: 'sink', uid: 'u-sink', kind: 'sink' },
      ],
      subtasks: [2, 3],
      inputs: [0],
      outputs: [],
    },
  ],
  subtasks: [
    { chain: 0, index: 0 },
    { chain: 0, index: 1 },
    { chain: 1, index: 0 },
    { chain: 1, index: 1 },
  ],
  channels: [
    { edge: 0, producer: 0, consumer: 2 },
    { edge: 0, producer: 0, consumer: 3 },
    { edge: 0, producer: 1, consumer: 2 },
    { edge: 0, producer: 1, consumer: 3 },
  ],
};

/** A block of zeros with some values replaced. */
export function rawSubtask(values: Partial<RawSubtask> = {}): RawSubtask {
  return {
    recordsIn: 0,
    recordsOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    busyMs: 0,
    idleMs: 0,
    backpressuredMs: 0,
    cpuNs: 0,
    watermark: NO_VALUE,
    watermarkSinceMs: 0,
    watermarkHolder: -1,
    inputStatus: 0,
    lateRowsDropped: 0,
    badRows: 0,
    progressDone: 0,
    progressTotal: 0,
    steps: 0,
    longestStepMs: 0,
    stateBytes: 0,
    operators: [
      { rowsIn: 0, rowsOut: 0 },
      { rowsIn: 0, rowsOut: 0 },
    ],
    custom: [],
    ...values,
  };
}

/** A reading one second after the start of the four given blocks. */
export function inputOf(
  raw: readonly RawSubtask[],
  rest: Partial<MetricsInput> = {},
): MetricsInput {
  return {
    shape,
    raw,
    channels: [],
    workers: [],
    nowMs: 11_000,
    startedAtMs: 10_000,
    previous: undefined,
    ...rest,
  };
}
