/** Watermarks, idleness and alignment of the splits of one source subtask. */

import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/index.ts';
import type { Source, SourceOutput, SourceReader } from '../../src/connectors/index.ts';
import { BoundedWatermarks, CustomWatermarks } from '../../src/operators/index.ts';
import type { SplitWatermarks, WatermarkGenerator } from '../../src/operators/index.ts';
import { NO_WATERMARK } from '../../src/record/index.ts';
import { SourceHead } from '../../src/runtime/source-head.ts';
import type { SourceHeadOptions } from '../../src/runtime/source-head.ts';

/** What a split does next: a row with this timestamp, a watermark of the source's own, idle, or its end. */
type Item = number | { readonly watermark: number } | 'idle' | 'end';

class Bench {
  readonly clock: ManualClock = new ManualClock(1000);
  readonly rows: number[] = [];
  readonly queues: Item[][];
  readonly head: SourceHead;

  constructor(
    splits: number,
    options: SourceHeadOptions & {
      readonly generator?: () => WatermarkGenerator;
      readonly boundMs?: number;
      readonly concurrent?: boolean;
      readonly withoutStrategy?: boolean;
    } = {},
  ) {
    this.queues = Array.from({ length: splits }, () => []);
    const make = (): SplitWatermarks =>
      options.generator === undefined
        ? new BoundedWatermarks(options.boundMs ?? 0)
        : new CustomWatermarks(options.generator(), 'fake');
    const time = {
      timestampOf: undefined,
      generator: make(),
      periodic: options.generator !== undefined,
      makeGenerator: make,
    };
    const feed = { rows: 0, rowsMax: 0, full: false, emitting: false } as never as {
      rows: number;
      emit: (row: number) => void;
    };
    feed.emit = (row) => {
      this.rows.push(row);
      time.generator.observe(row, row);
      feed.rows++;
    };
    const chain = {
      driver: { feed, isFull: () => false, currentRow: () => undefined },
      spec: {
        current: { operator: 0 },
        time: options.withoutStrategy === true ? undefined : time,
      },
    };
    const source: Source<number> = {
      kind: 'fake',
      params: {},
      functions: {},
      type: undefined,
      bounded: false,
      async: false,
      maxParallelism: undefined,
      concurrentSplits: options.concurrent ?? true,
      splits: async () => this.queues.map((_, i) => ({ id: `${i}` })),
      open: async ({ id }) => this.#reader(this.queues[Number(id)]!),
    };
    const context = {
      operatorName: 'fake',
      subtaskIndex: 0,
      parallelism: 1,
      monotonicMs: () => this.clock.monotonicMs(),
      reject: () => undefined,
    };
    this.head = new SourceHead(chain as never, source, context, options);
  }

  #reader(queue: Item[]): SourceReader<number> {
    return {
      poll(output: SourceOutput<number>) {
        for (;;) {
          const item = queue.shift();
          if (item === undefined) return 'waiting';
          if (item === 'end') return 'end';
          if (item === 'idle') output.markIdle();
          else if (typeof item === 'object') output.emitWatermark(item.watermark);
          else output.emit(item);
        }
      },
      waitMs: () => 1,
      position: () => null,
    };
  }

  /** Steps until nothing comes any more. */
  drain(): void {
    while (this.head.step(100) === 'progress');
  }
}

const idleAfterMs = 5000;

describe('splits that are read side by side', () => {
  test('are combined by the minimum, each with its own generator', async () => {
    const bench = new Bench(2, { boundMs: 10 });
    await bench.head.open();
    bench.queues[0]!.push(1000, 2000);
    bench.drain();
    expect(bench.head.watermark).toBe(NO_WATERMARK);
    bench.queues[1]!.push(500);
    bench.drain();
    expect(bench.head.watermark).toBe(500 - 10 - 1);
    bench.queues[1]!.push(3000);
    bench.drain();
    expect(bench.head.watermark).toBe(2000 - 10 - 1);
  });

  test('no longer hold the watermark back when no row came for the idle timeout, until the next', async () => {
    const bench = new Bench(2, { strategy: { idleAfterMs, alignment: undefined } });
    await bench.head.open();
    bench.queues[0]!.push(1000);
    bench.drain();
    bench.clock.advance(idleAfterMs - 1);
    bench.queues[0]!.push(2000);
    bench.drain();
    expect(bench.head.watermark).toBe(NO_WATERMARK);
    bench.clock.advance(1);
    bench.drain();
    expect(bench.head.watermark).toBe(1999);
    expect(bench.head.idle).toBe(false);
    bench.queues[1]!.push(1500);
    bench.drain();
    // Behind what was said already: it takes part again once it has caught up.
    bench.queues[0]!.push(4000);
    bench.drain();
    expect(bench.head.watermark).toBe(3999);
    bench.queues[1]!.push(4500);
    bench.queues[0]!.push(9000);
    bench.drain();
    expect(bench.head.watermark).toBe(4499);
  });

  test('are idle together when none gave a row, with the largest watermark', async () => {
    const bench = new Bench(2, { strategy: { idleAfterMs, alignment: undefined } });
    await bench.head.open();
    bench.queues[0]!.push(1000);
    bench.queues[1]!.push(7000);
    bench.drain();
    expect([bench.head.watermark, bench.head.idle]).toEqual([999, false]);
    bench.clock.advance(idleAfterMs);
    bench.drain();
    expect([bench.head.watermark, bench.head.idle]).toEqual([6999, true]);
    bench.queues[0]!.push(8000);
    bench.drain();
    expect(bench.head.idle).toBe(false);
  });

  test('do not become idle by time without credit', async () => {
    const bench = new Bench(1, { strategy: { idleAfterMs, alignment: undefined } });
    await bench.head.open();
    bench.queues[0]!.push(1000);
    bench.drain();
    bench.clock.advance(1000);
    bench.head.blocked();
    bench.clock.advance(10 * idleAfterMs);
    bench.head.blocked();
    bench.drain();
    expect(bench.head.idle).toBe(false);
    expect(bench.head.waitMs()).toBe(1);
    bench.clock.advance(idleAfterMs - 1001);
    bench.drain();
    expect(bench.head.idle).toBe(false);
    bench.clock.advance(1);
    bench.drain();
    expect(bench.head.idle).toBe(true);
  });

  test('hold nobody back once they have ended', async () => {
    const bench = new Bench(2);
    await bench.head.open();
    bench.queues[0]!.push(1000, 'end');
    bench.queues[1]!.push(5000);
    bench.drain();
    await new Promise((resolve) => setImmediate(resolve));
    bench.drain();
    expect(bench.head.watermark).toBe(4999);
  });

  test('ahead of their alignment group by more than the drift are not polled', async () => {
    let group = 1000;
    const alignment = { group: 'g', maxDriftMs: 500, updateIntervalMs: 100 };
    const bench = new Bench(2, {
      strategy: { idleAfterMs, alignment },
      groupWatermark: () => group,
    });
    await bench.head.open();
    bench.queues[0]!.push(1501);
    bench.queues[1]!.push(1502);
    bench.drain();
    bench.clock.advance(100);
    bench.queues[0]!.push(1600);
    bench.queues[1]!.push(1700);
    bench.drain();
    // 1500 is at the bound, 1501 beyond it.
    expect(bench.rows).toContain(1600);
    expect(bench.rows).not.toContain(1700);
    group = 2000;
    bench.clock.advance(99);
    bench.drain();
    expect(bench.rows).not.toContain(1700);
    bench.clock.advance(1);
    bench.drain();
    expect(bench.rows).toContain(1700);
  });
});

describe('watermarks', () => {
  test('of a generator by row are taken as said, and never go back', async () => {
    const bench = new Bench(1, {
      generator: () => ({
        onEvent: (_, timestamp, output) => {
          if (timestamp % 100 === 0) output.emitWatermark(timestamp);
        },
      }),
    });
    await bench.head.open();
    bench.queues[0]!.push(150, 300, 200, 350);
    bench.drain();
    expect(bench.head.watermark).toBe(300);
  });

  test('of a periodic generator come after each batch, and by the clock when no row comes', async () => {
    let beats = 0;
    const bench = new Bench(1, {
      generator: () => {
        let largest = 0;
        return {
          onEvent: (_, timestamp) => {
            largest = timestamp;
          },
          onPeriodicEmit: (output) => {
            beats++;
            output.emitWatermark(largest + beats);
          },
        };
      },
    });
    await bench.head.open();
    bench.queues[0]!.push(1000, 2000);
    bench.drain();
    const afterRows = bench.head.watermark;
    expect(afterRows).toBeGreaterThan(2000);
    bench.clock.advance(200);
    bench.drain();
    expect(bench.head.watermark).toBe(afterRows + 1);
    bench.clock.advance(199);
    bench.drain();
    expect(bench.head.watermark).toBe(afterRows + 1);
  });

  test('of the source itself count without a strategy, as does its word that it is idle', async () => {
    const bench = new Bench(2, { withoutStrategy: true });
    await bench.head.open();
    bench.queues[0]!.push(1, { watermark: 10 });
    bench.queues[1]!.push(2, { watermark: 30 });
    bench.drain();
    expect(bench.head.watermark).toBe(10);
    bench.queues[0]!.push(3, 'idle');
    bench.drain();
    expect(bench.head.watermark).toBe(30);
    bench.queues[1]!.push('idle', 4);
    bench.drain();
    expect(bench.head.idle).toBe(false);
  });

  test('of a generator that says no integer are an error that names the operator', () => {
    const custom = new CustomWatermarks(
      { onEvent: (_, timestamp, output) => output.emitWatermark(timestamp + 0.5) },
      'clicks',
    );
    expect(() => custom.observe(1, undefined)).toThrow(/clicks.*1\.5/);
  });

  test('are not sent in batch mode', async () => {
    const bench = new Bench(1, { batch: true });
    await bench.head.open();
    bench.queues[0]!.push(1000);
    bench.drain();
    expect(bench.head.watermark).toBe(NO_WATERMARK);
  });
});

test('splits that are pieces of one input are read one after the other, with one generator', async () => {
  const bench = new Bench(2, { concurrent: false });
  await bench.head.open();
  bench.queues[0]!.push(1000, 'end');
  bench.queues[1]!.push(500, 2000);
  bench.drain();
  expect(bench.head.watermark).toBe(999);
  await new Promise((resolve) => setImmediate(resolve));
  bench.drain();
  expect(bench.head.watermark).toBe(1999);
  expect(bench.rows).toEqual([1000, 500, 2000]);
});

test('a head that is restored goes on at its positions, and does not read again what was read', async () => {
  const bench = new Bench(3, { concurrent: false });
  bench.head.restore({ '0': { read: true } });
  await bench.head.open();
  bench.queues[0]!.push(1);
  bench.queues[1]!.push(2, 'end');
  bench.queues[2]!.push(3);
  bench.drain();
  await new Promise((resolve) => setImmediate(resolve));
  bench.drain();
  expect(bench.rows).toEqual([2, 3]);
  expect(bench.head.positions()).toEqual({
    '0': { read: true },
    '1': { read: true },
    '2': { at: null },
  });
});
