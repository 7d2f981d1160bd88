/** What `run.metrics()` says of jobs on real threads, and that what is in flight is bounded. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { ChannelMetrics, JobTotals } from '../../src/metrics/index.ts';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/metrics.ts', import.meta.url));
}, 90_000);

/** Rows of the model: of 9700 those that 3 does not divide pass; of these key 0 comes twice. */
const PASSED = Array.from({ length: 9700 }, (_, i) => i).filter((i) => i % 3 !== 0);
const DOUBLED = PASSED.length + PASSED.filter((i) => i % 97 === 0).length;

describe('counts of a finished job', () => {
  interface Counted {
    readonly operators: Record<string, [number, number]>;
    readonly totals: JobTotals;
    readonly channels: readonly ChannelMetrics[];
    readonly again: number;
    readonly plain: boolean;
  }

  test('are exactly those of the model, per operator', () => {
    const { operators, totals } = program.value<Counted>('operators');
    expect(operators).toEqual({
      made: [0, 9700],
      filtered: [9700, PASSED.length],
      doubled: [PASSED.length, DOUBLED],
      summed: [DOUBLED, DOUBLED],
      gone: [DOUBLED, 0],
    });
    expect(totals).toMatchObject({ sourceRows: 9700, sinkRows: DOUBLED, badRows: 0, progress: 1 });
  });

  test('are exactly those of the model, per channel', () => {
    const { channels, totals } = program.value<Counted>('operators');
    // One source to two filters by turns, two filters to two reducers by key.
    expect(channels).toHaveLength(2 + 4);
    expect(channels.slice(0, 2).map(({ records }) => records)).toEqual([4850, 4850]);
    expect(channels.slice(2).reduce((sum, { records }) => sum + records, 0)).toBe(DOUBLED);
    expect(channels.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(totals.exchangedBytes);
  });

  test('stay readable after the end, and are plain data', () => {
    const { again, plain } = program.value<Counted>('operators');
    expect(again).toBe(DOUBLED);
    expect(plain).toBe(true);
  });
});

describe('the time of a subtask', () => {
  interface Load {
    readonly sums: readonly number[];
    readonly heldSums: readonly number[];
    readonly source: readonly [string, number][];
    readonly bottleneck: string;
    readonly channels: readonly ChannelMetrics[];
    readonly rows: number;
  }

  test('is busy, idle or backpressured, about 1000 ms of it a second', () => {
    const { sums, heldSums } = program.value<Load>('load');
    expect(sums.length + heldSums.length).toBeGreaterThan(4);
    for (const sum of [...sums, ...heldSums]) {
      expect(sum).toBeGreaterThan(500);
      expect(sum).toBeLessThan(1500);
    }
  });

  test('is backpressured at a source in front of a slow sink, and the sink is the bottleneck', () => {
    const { source, bottleneck, rows } = program.value<Load>('load');
    expect(source).toHaveLength(1);
    expect(source[0]![0]).toBe('HIGH');
    expect(bottleneck).toBe('slow');
    expect(rows).toBeGreaterThan(0);
  });

  test('without credit, the backlog and the credit of every channel are told', () => {
    const { channels } = program.value<Load>('load');
    expect(channels).toHaveLength(2);
    for (const { records, bytes, backlogBytes, creditBytes, noCreditMs } of channels) {
      expect(records).toBeGreaterThan(0);
      expect(bytes).toBeGreaterThan(records);
      expect(backlogBytes).toBeGreaterThan(0);
      expect(creditBytes).toBeGreaterThanOrEqual(0);
      expect(noCreditMs).toBeGreaterThan(0);
    }
  });
});

describe('a sink far slower than its source', () => {
  test('gets every row once and in order, while few are in flight', () => {
    const { state, most, sinkRows } = program.value<{
      state: string;
      most: number;
      sinkRows: number;
    }>('slowSink');
    // A row out of order fails the job.
    expect(state).toBe('finished');
    expect(sinkRows).toBe(20_000);
    // Two rings of 16 KiB of rows of 24 bytes and more, one step of rows at the sink; and what 20 ms between two
    // publications of the counters may hide.
    expect(most).toBeLessThan(2 * 683 + 1024 + 64 * 40);
    expect(most).toBeGreaterThan(0);
  });
});

describe('progress', () => {
  test('of bounded sources reaches 1, also with subtasks that have nothing to read', () => {
    expect(program.value('progress')).toEqual({
      file: 1,
      rows: 20_000,
      generator: 1,
      few: 1,
      endless: null,
    });
  });
});

describe('a worker', () => {
  test('says what it uses', () => {
    const workers =
      program.value<{ alive: boolean; cpuMs: number; heapUsedBytes: number; turns: number }[]>(
        'workers',
      );
    expect(workers).toHaveLength(2);
    for (const { alive, cpuMs, heapUsedBytes, turns } of workers) {
      expect(alive).toBe(true);
      expect(cpuMs).toBeGreaterThan(0);
      expect(heapUsedBytes).toBeGreaterThan(1_000_000);
      expect(turns).toBeGreaterThan(0);
    }
  });
});

describe('the process', () => {
  test('ends by itself, and nothing was left unhandled', () => {
    expect(program.value('close')).toBeUndefined();
    expect(program.value('unhandled')).toEqual([]);
    expect(program.exitCode).toBe(0);
  });
});
