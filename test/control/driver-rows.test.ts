/** Rows on their way to the submitting thread: kept or iterated, acknowledged when they were taken. */

import { describe, expect, test } from 'vitest';
import { CollectedRows } from '../../src/control/driver-rows.ts';

/** Pushes batches and tells which were acknowledged. */
function feeder(rows: CollectedRows): {
  push: (...values: number[]) => void;
  acknowledged: number[][];
} {
  const acknowledged: number[][] = [];
  return {
    acknowledged,
    push: (...values) =>
      rows.push({ rows: values, acknowledge: () => void acknowledged.push(values) }),
  };
}

describe('rows that nobody iterates over', () => {
  test('are kept in order and acknowledged at once', () => {
    const rows = new CollectedRows();
    const { push, acknowledged } = feeder(rows);
    push(1, 2);
    push(3);
    expect(rows.kept).toEqual([1, 2, 3]);
    expect(acknowledged).toEqual([[1, 2], [3]]);
  });
});

describe('an iterator', () => {
  test('first gives what was kept, and acknowledges a batch only when it asks for the next', async () => {
    const rows = new CollectedRows();
    const { push, acknowledged } = feeder(rows);
    push(1);
    const iterator = rows.iterate();
    expect((await iterator.next()).value).toBe(1);
    push(2, 3);
    push(4);
    expect((await iterator.next()).value).toBe(2);
    expect((await iterator.next()).value).toBe(3);
    expect(acknowledged).toEqual([[1]]);
    expect((await iterator.next()).value).toBe(4);
    expect(acknowledged).toEqual([[1], [2, 3]]);
    rows.end(undefined);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    expect(acknowledged).toEqual([[1], [2, 3], [4]]);
  });

  test('that is left keeps the rest and acknowledges everything', async () => {
    const rows = new CollectedRows();
    const { push, acknowledged } = feeder(rows);
    const iterator = rows.iterate();
    const first = iterator.next();
    push(1, 2, 3);
    push(4);
    expect((await first).value).toBe(1);
    await iterator.return();
    expect(rows.kept).toEqual([2, 3, 4]);
    expect(acknowledged).toEqual([[1, 2, 3], [4]]);
    push(5);
    expect(rows.kept).toEqual([2, 3, 4, 5]);
  });

  test('leaves its rows to another one when it is left', async () => {
    const rows = new CollectedRows();
    const { push, acknowledged } = feeder(rows);
    const [one, other] = [rows.iterate(), rows.iterate()];
    const waits = [one.next(), other.next()];
    push(1, 2);
    push(3);
    expect((await waits[0])!.value).toBe(1);
    expect((await waits[1])!.value).toBe(3);
    await one.return();
    expect((await other.next()).value).toBe(2);
    rows.end(undefined);
    expect((await other.next()).done).toBe(true);
    expect(acknowledged.flat().toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(rows.kept).toEqual([]);
  });

  test('throws the reason the job ended with, after the rows before it', async () => {
    const rows = new CollectedRows();
    const { push } = feeder(rows);
    push(1);
    rows.end({ reason: new Error('failed') });
    const iterator = rows.iterate();
    expect((await iterator.next()).value).toBe(1);
    await expect(iterator.next()).rejects.toThrow('failed');
  });
});

describe('a restart', () => {
  test('takes back what an iterator has not given, and acknowledges nothing of the failed attempt', async () => {
    const rows = new CollectedRows();
    const acknowledged: unknown[] = [];
    const push = (epoch: number | undefined, ...values: number[]): void =>
      rows.push({ rows: values, epoch, acknowledge: () => void acknowledged.push(values) });
    const iterator = rows.iterate();
    const first = iterator.next();
    push(undefined, 1, 2);
    push(1, 3, 4);
    push(1, 5);
    push(2, 6);
    expect((await first).value).toBe(1);
    expect((await iterator.next()).value).toBe(2);
    expect((await iterator.next()).value).toBe(3);
    expect(acknowledged).toEqual([[1, 2]]);
    rows.restart(1);
    push(undefined, 7);
    expect((await iterator.next()).value).toBe(7);
    rows.end(undefined);
    expect((await iterator.next()).done).toBe(true);
    expect(acknowledged).toEqual([[1, 2], [7]]);
  });

  test('from the beginning takes everything back', async () => {
    const rows = new CollectedRows();
    rows.push({ rows: [1], acknowledge: () => undefined });
    rows.push({ rows: [2], epoch: 1, acknowledge: () => undefined });
    rows.restart(undefined);
    expect(rows.kept).toEqual([]);
  });

  test('takes changes of a table back', () => {
    const rows = new CollectedRows();
    const add = (n: number, epoch?: number): void =>
      rows.change([{ kind: 0, row: { n, of: 'k' } }], ['of'], epoch);
    add(1);
    add(2, 1);
    add(3, 2);
    rows.restart(2);
    expect(rows.kept).toEqual([{ n: 2, of: 'k' }]);
    add(4);
    rows.restart(2);
    expect(rows.kept).toEqual([{ n: 2, of: 'k' }]);
    rows.restart(1);
    rows.restart(undefined);
    add(5);
    rows.end(undefined);
    expect(rows.kept).toEqual([{ n: 5, of: 'k' }]);
  });
});
