/** Pinning: the command, and a helper that never throws. */

import { expect, test } from 'vitest';

import { pinCommand, pinThread } from '../../src/placement/pinning.ts';

test('the command names the CPUs as a list and the thread last', () => {
  expect(pinCommand(4711, [0, 1, 2, 5])).toEqual(['taskset', '-pc', '0-2,5', '4711']);
});

test('a thread is pinned by running the command', async () => {
  const ran: string[][] = [];
  const result = await pinThread(12, [3], (command, args) => {
    ran.push([command, ...args]);
    return Promise.resolve(undefined);
  });
  expect(ran).toEqual([['taskset', '-pc', '3', '12']]);
  expect(result).toEqual({ pinned: true, reason: 'thread 12 on CPUs 3' });
});

test('a failure is a reason, not an exception', async () => {
  const failing = (): Promise<string> => Promise.resolve('taskset: Operation not permitted');
  expect(await pinThread(12, [3], failing)).toEqual({
    pinned: false,
    reason: 'taskset: Operation not permitted',
  });
  expect((await pinThread(12, [])).pinned).toBe(false);
  expect((await pinThread(0, [1])).pinned).toBe(false);
});

test('a thread that does not exist is not pinned', async () => {
  const result = await pinThread(2 ** 31 - 1, [0]);
  expect(result.pinned).toBe(false);
  expect(result.reason).not.toBe('');
});
