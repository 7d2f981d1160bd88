/** The head of a source chain: splits one after the other, stopping, and failures of what is read. */

import { describe, expect, test } from 'vitest';
import type { Source, SourceReader } from '../../src/connectors/index.ts';
import { SourceHead } from '../../src/runtime/source-head.ts';

/** What a head needs of a chain: rows land in `rows`; a row of value `poison` fails. */
function fakeChain(poison?: number): { chain: never; rows: number[] } {
  const rows: number[] = [];
  let last: unknown;
  const feed = {
    rows: 0,
    rowsMax: 0,
    full: false,
    emitting: false,
    emit(row: number) {
      last = row;
      feed.emitting = true;
      if (row === poison) throw new Error(`poison ${row}`);
      feed.emitting = false;
      rows.push(row);
      if (++feed.rows >= feed.rowsMax) feed.full = true;
    },
  };
  const chain = {
    driver: { feed, isFull: () => false, currentRow: () => last },
    spec: { current: { operator: 5 }, time: undefined },
  };
  return { chain: chain as never, rows };
}

interface Log {
  readonly opened: string[];
  readonly closed: string[];
}

/** Splits `s0`, `s1`, …; split i gives the values 100i … 100i + length - 1. */
function fakeSource(
  lengths: readonly number[],
  behaviour: {
    readonly open?: (id: string) => Promise<void>;
    readonly poll?: (value: number) => void;
    readonly withoutProgress?: boolean;
  } = {},
): { source: Source<number>; log: Log } {
  const log: Log = { opened: [], closed: [] };
  const source = {
    kind: 'fake',
    params: {},
    functions: {},
    type: undefined,
    bounded: true,
    async: false,
    maxParallelism: undefined,
    splits: async () => lengths.map((_, i) => ({ id: `s${i}` })),
    open: async ({ id }): Promise<SourceReader<number>> => {
      await behaviour.open?.(id);
      log.opened.push(id);
      const first = 100 * Number(id.slice(1));
      const total = lengths[Number(id.slice(1))]!;
      let done = 0;
      return {
        poll(output) {
          while (done < total && !output.full) {
            behaviour.poll?.(first + done);
            output.emit(first + done++);
          }
          return done === total ? 'end' : 'more';
        },
        position: () => done,
        close: () => void log.closed.push(id),
        ...(behaviour.withoutProgress ? {} : { progress: () => ({ done, total }) }),
      };
    },
  } satisfies Source<number>;
  return { source, log };
}

function head(
  source: Source<number>,
  subtaskIndex = 0,
  parallelism = 1,
  poison?: number,
): { head: SourceHead; rows: number[]; chain: { spec: { current: { operator: number } } } } {
  const { chain, rows } = fakeChain(poison);
  const made = new SourceHead(chain, source, {
    operatorName: 'fake',
    subtaskIndex,
    parallelism,
    monotonicMs: () => 0,
    reject: () => undefined,
  });
  return { head: made, rows, chain };
}

/** Steps to the end, letting promises settle while it waits. */
async function run(one: SourceHead, rowsMax = 7): Promise<number> {
  for (let steps = 1; steps < 1000; steps++) {
    if (one.step(rowsMax) === 'end') return steps;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('no end');
}

describe('the head of a source', () => {
  test.each([1, 2, 3, 5])('reads every split once at parallelism %i', async (parallelism) => {
    const { source, log } = fakeSource([3, 0, 10, 1]);
    const all: number[] = [];
    for (let index = 0; index < parallelism; index++) {
      const { head: one, rows } = head(source, index, parallelism);
      await one.open();
      await run(one);
      await one.close();
      // In order within the subtask.
      expect(rows).toEqual(rows.toSorted((a, b) => a - b));
      all.push(...rows);
    }
    expect(all.toSorted((a, b) => a - b)).toEqual([
      0,
      1,
      2,
      ...Array.from({ length: 10 }, (_, i) => 200 + i),
      300,
    ]);
    expect(log.opened.toSorted()).toEqual(['s0', 's1', 's2', 's3']);
    expect(log.closed.toSorted()).toEqual(['s0', 's1', 's2', 's3']);
  });

  test('emits at most as many rows in a step as it may, and says how many', async () => {
    const { head: one, rows } = head(fakeSource([10]).source);
    await one.open();
    expect(one.step(4)).toBe('progress');
    expect([rows.length, one.rows]).toEqual([4, 4]);
    one.step(100);
    expect([rows.length, one.rows]).toEqual([10, 6]);
    // Nothing more was emitted while the split was being closed.
    one.step(100);
    expect(one.rows).toBe(0);
  });

  test('emits nothing after stop, and ends', async () => {
    const { source, log } = fakeSource([10, 10]);
    const { head: one, rows } = head(source);
    await one.open();
    one.step(4);
    one.stop();
    expect(one.step(4)).toBe('end');
    await one.close();
    expect(rows).toHaveLength(4);
    expect(log).toEqual({ opened: ['s0'], closed: ['s0'] });
  });

  test('throws in the next step what opening the next split rejected with, as the source', async () => {
    const open = async (id: string): Promise<void> => {
      if (id === 's1') throw new Error('no such split');
    };
    const { head: one, rows, chain } = head(fakeSource([2, 2], { open }).source);
    await one.open();
    await expect(run(one)).rejects.toThrow('no such split');
    expect(rows).toEqual([0, 1]);
    expect(one.failedRow).toBeUndefined();
    expect(chain.spec.current.operator).toBe(0);
  });

  test('throws something also where opening rejected with nothing', async () => {
    const open = (id: string): Promise<void> =>
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      id === 's1' ? Promise.reject(undefined) : Promise.resolve();
    const { head: one } = head(fakeSource([2, 2], { open }).source);
    await one.open();
    await expect(run(one)).rejects.toMatchObject({ code: 'ERR_BASE_UNEXPECTED' });
  });

  test('closes a reader that comes after it was closed itself', async () => {
    const gate = Promise.withResolvers<void>();
    const { source, log } = fakeSource([2], { open: () => gate.promise });
    const { head: one } = head(source);
    const opened = one.open();
    await new Promise((resolve) => setImmediate(resolve));
    await one.close();
    expect(log).toEqual({ opened: [], closed: [] });
    gate.resolve();
    await opened;
    expect(log).toEqual({ opened: ['s0'], closed: ['s0'] });
    expect(one.step(5)).toBe('end');
  });

  test('tells the row that failed in the chain, and none when the reader failed', async () => {
    const inChain = head(fakeSource([5]).source, 0, 1, 3);
    await inChain.head.open();
    expect(() => inChain.head.step(10)).toThrow('poison 3');
    expect(inChain.head.failedRow).toBe('3');
    expect(inChain.chain.spec.current.operator).toBe(5);

    const poll = (value: number): void => {
      if (value === 3) throw new Error('unreadable');
    };
    const inReader = head(fakeSource([5], { poll }).source);
    await inReader.head.open();
    expect(() => inReader.head.step(10)).toThrow('unreadable');
    expect(inReader.head.failedRow).toBeUndefined();
    expect(inReader.chain.spec.current.operator).toBe(0);
  });
});

describe('its progress', () => {
  test('grows to the whole, and splits to come count as those before', async () => {
    const { head: one } = head(fakeSource([10, 10]).source);
    expect(one.progress()).toBeUndefined();
    await one.open();
    one.step(5);
    expect(one.progress()).toEqual({ done: 5, total: 20 });
    await run(one);
    expect(one.progress()).toEqual({ done: 20, total: 20 });
    await one.close();
    expect(one.progress()).toEqual({ done: 20, total: 20 });
  });

  test('is nothing of nothing where there is nothing to read', async () => {
    const { head: one } = head(fakeSource([10]).source, 1, 2);
    await one.open();
    expect(one.progress()).toEqual({ done: 0, total: 0 });
    const { head: empty } = head(fakeSource([0]).source);
    await empty.open();
    await run(empty);
    expect(empty.progress()).toEqual({ done: 0, total: 0 });
  });

  test('is unknown when the readers do not know it', async () => {
    const { head: one } = head(fakeSource([10], { withoutProgress: true }).source);
    await one.open();
    expect(one.progress()).toBeUndefined();
    await run(one);
    expect(one.progress()).toBeUndefined();
  });
});
