import { describe, expect, test } from 'vitest';

import { job } from 'millrace';
import type { Job, Stream } from 'millrace';
import { testSink, testSource, TestRun } from 'millrace/testing';
import { a, Row } from './rows.ts';

/** Names of the operators of each chain. */
async function chains(
  build: (rows: Stream<Row>) => Stream<unknown>,
  parallelism = 2,
): Promise<string[]> {
  const built = job('chains', (env) => {
    build(env.fromSource(testSource('in', Row)).name('in'))
      .sinkTo(testSink('out'))
      .name('out');
  });
  const run = await TestRun.start(built, { parallelism });
  const names = run.plan.chains.map(({ operators }) => operators.map(({ name }) => name).join(' '));
  await run.cancel();
  return names;
}

const same = (row: Row): Row => row;

describe('operators', () => {
  test('chain when they have one input, one parallelism and a forward edge', async () => {
    expect(
      await chains((rows) =>
        rows
          .map(same)
          .name('m')
          .filter(() => true)
          .name('f'),
      ),
    ).toEqual(['in m f out']);
  });

  test.each([
    ['another parallelism', (rows: Stream<Row>) => rows.map(same).name('m').setParallelism(1)],
    ['a partitioner in between', (rows: Stream<Row>) => rows.rebalance().map(same).name('m')],
    ['a key', (rows: Stream<Row>) => rows.keyBy('key').sum('n').name('m')],
    [
      'an operator that forbids it',
      (rows: Stream<Row>) => rows.map(same).name('m').disableChaining(),
    ],
    ['two inputs', (rows: Stream<Row>) => rows.connect(rows).map(same, same).name('m')],
    ['a chain that starts anew', (rows: Stream<Row>) => rows.map(same).name('m').startNewChain()],
  ])('do not chain across %s', async (_, build) => {
    const names = await chains(build as (rows: Stream<Row>) => Stream<unknown>);
    expect(names.find((name) => name.startsWith('in'))).toBe('in');
  });
});

/** For each row the subtask that got it. */
async function routes(
  build: (rows: Stream<Row>) => Stream<Row>,
  numbers: readonly number[],
  parallelism = 3,
  sources = 1,
): Promise<string[]> {
  const routed: Job = job('routes', (env) => {
    const rows = env.fromSource(testSource('in', Row, { subtasks: sources }));
    build(rows)
      .process<string>({
        processElement: ({ n }, { subtaskIndex }, out) => out.collect(`${n} to ${subtaskIndex}`),
      })
      .sinkTo(testSink('out'));
  });
  const run = await TestRun.start(routed, { parallelism });
  run.source<Row>('in').pushAll(numbers.map(a));
  await run.finish();
  return run.output<string>('out').rows.toSorted();
}

describe('partitioners', () => {
  const six = [0, 1, 2, 3, 4, 5];

  test('rebalance goes round all subtasks', async () => {
    const got = await routes((rows) => rows.rebalance(), six);
    const counts = [0, 1, 2].map((i) => got.filter((text) => text.endsWith(`to ${i}`)).length);
    expect(counts).toEqual([2, 2, 2]);
    // One after the other, from whichever it begins.
    const subtaskOf = (n: number): number =>
      Number(got.find((text) => text.startsWith(`${n} `))!.at(-1));
    for (const n of [0, 1, 2, 3, 4]) expect(subtaskOf(n + 1)).toBe((subtaskOf(n) + 1) % 3);
  });

  test('rescale goes round the own share of the subtasks', async () => {
    const got = await routes((rows) => rows.rescale(), six, 4, 2);
    for (const text of got) {
      const [n, subtask] = text.split(' to ').map(Number);
      // Even numbers come from source 0, which has subtasks 0 and 1.
      expect(Math.floor(subtask! / 2)).toBe(n! % 2);
    }
    expect(new Set(got.map((text) => text.at(-1))).size).toBe(4);
  });

  test('broadcast gives every row to every subtask', async () => {
    expect(await routes((rows) => rows.broadcast(), [7, 8])).toEqual(
      [7, 8].flatMap((n) => [0, 1, 2].map((i) => `${n} to ${i}`)),
    );
  });

  test('global gives every row to subtask 0', async () => {
    expect(await routes((rows) => rows.global(), six)).toEqual(six.map((n) => `${n} to 0`));
  });

  test('forward gives row i to subtask i', async () => {
    expect(await routes((rows) => rows.forward(), six, 3, 3)).toEqual(
      six.map((n) => `${n} to ${n % 3}`),
    );
  });

  test("a partitioner of one's own says the subtask", async () => {
    const reverse = (rows: Stream<Row>): Stream<Row> =>
      rows.partitionCustom(({ n }, parallelism) => parallelism - 1 - (n % parallelism));
    expect(await routes(reverse, six)).toEqual(six.map((n) => `${n} to ${2 - (n % 3)}`));
  });

  test('shuffle loses and doubles nothing', async () => {
    const got = await routes((rows) => rows.shuffle(), six);
    expect(got.map((text) => text[0])).toEqual(six.map(String));
  });
});
