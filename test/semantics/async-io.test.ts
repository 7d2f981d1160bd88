import { expect, test } from 'vitest';

import type { MapAsyncOptions } from 'millrace';
import { a, over } from './rows.ts';
import type { Row } from './rows.ts';

/** Answers when it is told to, by number. */
class Server {
  readonly asked: number[] = [];
  readonly #waiting: Map<number, PromiseWithResolvers<number>> = new Map();

  ask({ n }: Row): Promise<number> {
    this.asked.push(n);
    const answer = Promise.withResolvers<number>();
    this.#waiting.set(n, answer);
    return answer.promise;
  }

  answer(...numbers: readonly number[]): void {
    for (const n of numbers) this.#waiting.get(n)!.resolve(n);
  }
}

async function served(options: MapAsyncOptions<Row, number>) {
  const server = new Server();
  const run = await over((rows) => rows.mapAsync<number>((row) => server.ask(row), options));
  return { server, run };
}

test('ordered answers come in the order of the rows, with their timestamps', async () => {
  const { server, run } = await served({ capacity: 5 });
  run.push(a(1), 10).push(a(2), 20).push(a(3), 30);
  server.answer(3, 2);
  await run.drain();
  expect(run.rows).toEqual([]);
  server.answer(1);
  await run.drain();
  expect(run.emitted).toEqual([1, 2, 3].map((n) => ({ row: n, timestamp: 10 * n })));
  await run.finish();
});

test('unordered answers come as they come, but never past a watermark', async () => {
  const { server, run } = await served({ capacity: 5, ordered: false });
  run.push(a(1), 1).push(a(2), 2).watermark(2).push(a(3), 3);
  server.answer(3);
  await run.drain();
  expect(run.events).toEqual([]);
  server.answer(2);
  await run.drain();
  expect(run.rows).toEqual([2]);
  server.answer(1);
  await run.drain();
  expect(run.events.map((event) => ('row' in event ? event.row : event))).toEqual([
    2,
    1,
    { watermark: 2 },
    3,
  ]);
  await run.finish();
});

test('at most as many requests as the capacity are under way', async () => {
  const { server, run } = await served({ capacity: 2 });
  run.pushAll([a(1), a(2), a(3), a(4)]);
  expect(server.asked).toEqual([1, 2]);
  server.answer(1);
  await run.drain();
  expect(server.asked).toEqual([1, 2, 3]);
  server.answer(2, 3);
  await run.drain();
  server.answer(4);
  await run.finish();
  expect(run.rows).toEqual([1, 2, 3, 4]);
});

test('requests under way are part of a checkpoint, and are sent again after a restore', async () => {
  const { server, run } = await served({ capacity: 3 });
  run.push(a(1), 1).push(a(2), 2);
  server.answer(2);
  await run.restore();
  expect(server.asked).toEqual([1, 2, 1, 2]);
  server.answer(1, 2);
  await run.finish();
  expect(run.rows).toEqual([1, 2]);
});

test('a timeout fails the job unless something stands in for the answer', async () => {
  const { run } = await served({ capacity: 3, timeout: 100, onTimeout: ({ n }) => -n });
  run.push(a(1), 1);
  run.advanceProcessingTime(99);
  expect(run.rows).toEqual([]);
  run.advanceProcessingTime(1);
  await run.finish();
  expect(run.rows).toEqual([-1]);
  const failing = await served({ capacity: 3, timeout: 100 });
  failing.run.push(a(1), 1);
  expect(() => failing.run.advanceProcessingTime(100)).toThrow(/timed? ?out|100/);
  await failing.run.cancel();
});

test('a request that fails is tried again, as the predicate says, after a growing delay', async () => {
  const asked: number[] = [];
  const run = await over((rows) =>
    rows.mapAsync(
      ({ n }) => {
        asked.push(n);
        return asked.length < 3 ? Promise.reject(new Error('busy')) : Promise.resolve(n);
      },
      { retry: { attempts: 3, delay: { initial: 100, max: 1000, factor: 2 } } },
    ),
  );
  run.push(a(7), 1);
  await run.drain();
  expect(asked).toHaveLength(1);
  run.advanceProcessingTime(100);
  await run.drain();
  expect(asked).toHaveLength(2);
  run.advanceProcessingTime(199);
  await run.drain();
  expect(asked).toHaveLength(2);
  run.advanceProcessingTime(1);
  await run.finish();
  expect(run.rows).toEqual([7]);
});
