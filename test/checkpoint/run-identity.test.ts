/** What tells a run of a job from others. */

import { expect, test } from 'vitest';

import { forgetRun, memoryStore, runIdentity } from '../../src/checkpoint/index.ts';
import type { Manifest } from '../../src/checkpoint/index.ts';

const nothing = { chosen: undefined };

test('a run that goes on keeps its identity until it is forgotten', async () => {
  const store = memoryStore();
  expect(await runIdentity(store, nothing, 'first')).toBe('first');
  expect(await runIdentity(store, nothing, 'second')).toBe('first');
  await forgetRun(store);
  expect(await store.list()).toEqual([]);
  expect(await runIdentity(store, nothing, 'third')).toBe('third');
});

test('those that go on from one checkpoint have the same, and another than before it', async () => {
  const store = memoryStore();
  const first = await runIdentity(store, nothing, 'first');
  const from = { chosen: { checkpoint: 7 } as Manifest };
  const second = await runIdentity(store, from, 'second');
  expect(second).not.toBe(first);
  expect(await runIdentity(store, from, 'third')).toBe(second);
});

test('a run that begins anew has one of its own', async () => {
  const store = memoryStore();
  await runIdentity(store, nothing, 'first');
  expect(await runIdentity(store, undefined, 'second')).toBe('second');
  expect(await runIdentity(store, nothing, 'third')).toBe('second');
  expect(await store.list()).toEqual(['run-second.id']);
});
