import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/index.ts';
import { fromAsyncIterable, fromCollection, generator } from '../../src/connectors/index.ts';
import type { Source } from '../../src/connectors/index.ts';
import { f64, record, timestamp } from '../../src/record/index.ts';
import {
  drain,
  KeepingOutput,
  readAll,
  readWithRestarts,
  sourceContext,
} from '../support/connector-harness.ts';

const Tick = record('Tick', { when: timestamp, price: f64 });
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('a collection is read in order and goes on where it stopped', async () => {
  const source = fromCollection(new Set([3, 1, 2]));
  expect((await readAll(source, 2)).rows).toEqual([3, 1, 2]);
  expect(await readWithRestarts(source, 2)).toEqual([3, 1, 2]);
});

test('a bounded generator makes every index once, in order, into one reused row', async () => {
  const seen = new Set<unknown>();
  const source = generator({
    count: 100,
    splits: 3,
    type: Tick,
    row: (index, out) => {
      out.when = index;
      out.price = index / 2;
      seen.add(out);
      return out;
    },
  });
  const expected = range(100).map((when) => ({ when, price: when / 2 }));
  const { rows, splits } = await readAll(source);
  expect(rows).toEqual(expected);
  expect(splits).toHaveLength(3);
  expect(seen.size).toBe(3);
  expect(await readWithRestarts(source, 7)).toEqual(expected);
  expect((await readAll(generator({ count: 0, row: (i) => i }))).rows).toEqual([]);
  expect(await generator({ count: 200_000, row: (i) => i }).splits()).toHaveLength(4);
});

test('a generator of fewer rows than splits has a split a row, each of its own name', async () => {
  const splits = await generator({ count: 2, splits: 5, row: (i) => i }).splits();
  expect(splits.map(({ id }) => id)).toEqual(['from-0', 'from-1']);
});

test('an unbounded generator shares the indexes out and refuses more splits than subtasks', async () => {
  const source = generator({ splits: 2, row: (i) => i });
  expect([source.bounded, source.maxParallelism]).toEqual([false, 2]);
  const splits = await source.splits();
  const reader = await source.open(splits[1]!, sourceContext({ parallelism: 2 }), undefined);
  const output = new KeepingOutput();
  expect(reader.poll(output, 3)).toBe('more');
  expect([output.rows, reader.position()]).toEqual([[1, 3, 5], 7]);
  await expect(source.open(splits[0]!, sourceContext(), undefined)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_OPTION',
  });
});

test('a rate limit is kept over time, and says how long to wait', async () => {
  const clock = new ManualClock();
  const source = generator({ rowsPerSecond: 10, row: (i) => i });
  const context = sourceContext({ nowMs: () => clock.monotonicMs() });
  const reader = await source.open((await source.splits())[0]!, context, undefined);
  const output = new KeepingOutput();
  expect(reader.poll(output, 100)).toBe('waiting');
  expect(reader.waitMs?.()).toBe(100);
  for (let ms = 0; ms < 10_000; ms += 20) {
    clock.advance(20);
    reader.poll(output, 100);
  }
  expect(output.rows).toHaveLength(100);
  // Time in which nobody asked is not made up for.
  clock.advance(60_000);
  reader.poll(output, 100);
  expect(output.rows).toHaveLength(101);
});

test.each([
  ['count', { count: -1, row: (i: number) => i }],
  ['rowsPerSecond', { rowsPerSecond: 0, row: (i: number) => i }],
  ['splits', { splits: 0.5, row: (i: number) => i }],
])('a generator refuses a bad %s', (option, options) => {
  expect(() => generator(options)).toThrow(
    expect.objectContaining({
      code: 'ERR_CONNECTORS_OPTION',
      details: expect.objectContaining({ option }),
    }),
  );
});

async function* numbers(count: number, pulled: { count: number }): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    pulled.count++;
    yield i;
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an async iterable is read to its end, and pulled at most 1024 items ahead', async () => {
  const pulled = { count: 0 };
  const source = fromAsyncIterable(() => numbers(5000, pulled));
  const reader = await source.open((await source.splits())[0]!, sourceContext(), undefined);
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(pulled.count).toBe(1024);
  const output = new KeepingOutput();
  await drain(reader, output, 100);
  expect(output.rows).toEqual(range(5000));
});

test('a Node stream and a plain iterable are iterables too', async () => {
  expect((await readAll(fromAsyncIterable(() => Readable.from(['a', 'b'])))).rows).toEqual([
    'a',
    'b',
  ]);
  expect((await readAll(fromAsyncIterable(() => [1, 2, 3]))).rows).toEqual([1, 2, 3]);
});

test('the error of an iterable fails the job after the items before it', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('connection lost');
  }
  const source: Source<number> = fromAsyncIterable(failing);
  const reader = await source.open({ id: 'items' }, sourceContext(), undefined);
  const output = new KeepingOutput();
  await expect(drain(reader, output)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_ITERABLE',
    details: { items: 1, reason: 'connection lost' },
    cause: expect.objectContaining({ message: 'connection lost' }),
  });
  expect(output.rows).toEqual([1]);
  const nothing = fromAsyncIterable(() => 5 as unknown as Iterable<number>);
  await expect(nothing.open({ id: 'items' }, sourceContext(), undefined)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_ITERABLE',
  });
});

test('a replayable iterable skips what was emitted before a restart', async () => {
  const source = fromAsyncIterable(() => range(20), undefined, { replayable: true });
  const reader = await source.open({ id: 'items' }, sourceContext(), 15);
  const output = new KeepingOutput();
  await drain(reader, output);
  expect([output.rows, reader.position()]).toEqual([[15, 16, 17, 18, 19], 20]);
});

test('closing a reader that waits for an item does not wait for it', async () => {
  const source = fromAsyncIterable(() => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }),
  }));
  const reader = await source.open({ id: 'items' }, sourceContext(), undefined);
  expect(reader.poll(new KeepingOutput(), 1)).toBe('waiting');
  await expect(Promise.resolve(reader.close?.())).resolves.toBeUndefined();
});
