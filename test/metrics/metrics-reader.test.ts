import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readMetrics } from '../../src/metrics/index.ts';
import { inputOf, rawSubtask, shape } from './job-fixture.ts';

const idle = [0, 1, 2, 3].map(() => rawSubtask());

describe('a reading', () => {
  test('counts from the start of the job when there is none before', () => {
    const source = rawSubtask({ recordsOut: 500, busyMs: 400, idleMs: 600 });
    const metrics = readMetrics(inputOf([source, ...idle.slice(1)], { nowMs: 12_000 }));
    expect(metrics.uptimeMs).toBe(2000);
    expect(metrics.subtasks[0]).toMatchObject({
      chainName: 'source -> filter',
      index: 0,
      recordsOutPerSecond: 250,
      busyMsPerSecond: 200,
      idleMsPerSecond: 300,
    });
  });

  test('takes rates against the reading before', () => {
    const first = readMetrics(inputOf([rawSubtask({ recordsOut: 500 }), ...idle.slice(1)]));
    const second = readMetrics(
      inputOf([rawSubtask({ recordsOut: 800 }), ...idle.slice(1)], {
        nowMs: 11_500,
        previous: first,
      }),
    );
    expect(second.subtasks[0]!.recordsOutPerSecond).toBe(600);
  });

  test('gives a rate of zero, not a negative one, when a counter went back', () => {
    const first = readMetrics(inputOf([rawSubtask({ recordsIn: 9 }), ...idle.slice(1)]));
    const again = readMetrics(inputOf(idle, { nowMs: 12_000, previous: first }));
    expect(again.subtasks[0]!.recordsInPerSecond).toBe(0);
  });

  test('adds up operators over their subtasks, with their custom counters', () => {
    const block = (rowsIn: number, hits: number) =>
      rawSubtask({
        operators: [
          { rowsIn, rowsOut: rowsIn - 1 },
          { rowsIn: rowsIn - 1, rowsOut: 0 },
        ],
        custom: [{ operator: 0, name: 'hits', value: hits }],
      });
    const { operators, totals } = readMetrics(
      inputOf([block(10, 1), block(20, 2), block(5, 3), block(6, 4)]),
    );
    expect(operators.map(({ name, rowsIn, rowsOut }) => [name, rowsIn, rowsOut])).toEqual([
      ['source', 30, 28],
      ['filter', 28, 0],
      ['sum', 11, 9],
      ['sink', 9, 0],
    ]);
    expect(operators.map(({ counters }) => counters)).toEqual([{ hits: 3 }, {}, { hits: 7 }, {}]);
    expect(totals).toMatchObject({ sourceRows: 28, sinkRows: 9, sinkRowsPerSecond: 9 });
  });

  test('has no watermark before the first, and no lag at the end of time', () => {
    const { subtasks, totals } = readMetrics(
      inputOf([
        rawSubtask({ watermark: 10_900 }),
        rawSubtask({ watermark: Number.MAX_SAFE_INTEGER }),
        ...idle.slice(2),
      ]),
    );
    expect(subtasks.map(({ watermark }) => watermark)).toEqual([
      10_900,
      Number.MAX_SAFE_INTEGER,
      null,
      null,
    ]);
    expect(subtasks.map(({ watermarkLagMs }) => watermarkLagMs)).toEqual([100, null, null, null]);
    expect(totals.watermark).toBe(10_900);
  });

  test('knows the progress of a job only when every source knows its size', () => {
    const half = rawSubtask({ progressDone: 5, progressTotal: 10 });
    const done = rawSubtask({ progressDone: 30, progressTotal: 30 });
    const blocks = (second: typeof half) => inputOf([half, second, ...idle.slice(2)]);
    expect(readMetrics(blocks(done)).totals.progress).toBe(35 / 40);
    expect(readMetrics(blocks(rawSubtask())).totals.progress).toBeNull();
  });

  test('joins channel samples with their ends, and workers with their subtasks', () => {
    const sample = { records: 3, bytes: 96, creditBytes: 4096, backlogBytes: 32, noCreditMs: 7 };
    const { channels, subtasks } = readMetrics(
      inputOf(idle, { channels: [sample], workers: [0, 0, 1, 1] }),
    );
    expect(channels[0]).toEqual({ channel: 0, edge: 0, from: 0, to: 2, ...sample });
    expect(channels[3]).toMatchObject({ from: 1, to: 3, records: 0 });
    expect(subtasks.map(({ worker }) => worker)).toEqual([0, 0, 1, 1]);
  });

  test('is plain data: JSON gives it back unchanged', () => {
    const metrics = readMetrics(inputOf(idle));
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
  });
});

test('law: totals are the sums of their parts', () => {
  const block = fc
    .record({
      bytesOut: fc.nat(),
      badRows: fc.nat(),
      lateRowsDropped: fc.nat(),
      stateBytes: fc.nat(),
    })
    .map(rawSubtask);
  fc.assert(
    fc.property(fc.tuple(block, block, block, block), (blocks) => {
      const { totals } = readMetrics(inputOf(blocks));
      const sum = (field: 'badRows' | 'bytesOut' | 'lateRowsDropped' | 'stateBytes') =>
        blocks.reduce((total, one) => total + one[field], 0);
      expect(totals.exchangedBytes).toBe(sum('bytesOut'));
      expect(totals.badRows).toBe(sum('badRows'));
      expect(totals.lateRowsDropped).toBe(sum('lateRowsDropped'));
      expect(totals.stateBytes).toBe(sum('stateBytes'));
    }),
  );
});

test('law: rates over consecutive readings, weighted by their spans, add up to the growth of the counters', () => {
  const steps = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 5000 }), rows: fc.nat(1e6) }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(steps, (readings) => {
      let nowMs = 10_000;
      let recordsIn = 0;
      let weighted = 0;
      let previous: ReturnType<typeof readMetrics> | undefined;
      for (const { ms, rows } of readings) {
        nowMs += ms;
        recordsIn += rows;
        const raw = [rawSubtask({ recordsIn }), ...idle.slice(1)];
        previous = readMetrics({ ...inputOf(raw), nowMs, previous, shape });
        weighted += (previous.subtasks[0]!.recordsInPerSecond * ms) / 1000;
      }
      expect(weighted).toBeCloseTo(recordsIn, 3);
    }),
  );
});
