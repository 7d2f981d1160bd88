/** Law of src/runtime/restored-subtask.ts: state, elements and splits each come to one subtask, whatever the parallelism. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainId, nodeId, subtaskId } from '../../src/base/index.ts';
import { memoryStore } from '../../src/checkpoint/index.ts';
import type { SubtaskHandles } from '../../src/checkpoint/index.ts';
import type { PhysicalPlan, PlanSubtask } from '../../src/plan/index.ts';
import { beginningOf, restoredSubtask } from '../../src/runtime/restored-subtask.ts';
import type { SubtaskRestore } from '../../src/runtime/restored-subtask.ts';
import { GROUPS, jobState, testManifest, writeStates } from '../support/checkpoint-states.ts';

/** One chain `a -> b`, as the states have it. */
function planOf(parallelism: number): PhysicalPlan {
  const operators = ['a', 'b'].map((uid, node) => ({ uid, node: nodeId(node) }));
  const subtasks = Array.from({ length: parallelism }, (_, index): PlanSubtask => ({
    id: subtaskId(index),
    chain: chainId(0),
    index,
    keyGroups: [0, 0],
  }));
  const plan = { maxParallelism: GROUPS, chains: [{ operators, parallelism }], subtasks };
  return plan as unknown as PhysicalPlan;
}

async function restored(
  states: Parameters<typeof writeStates>[2],
  parallelism: number,
  change: (handles: SubtaskHandles, index: number) => SubtaskHandles = (handles) => handles,
): Promise<SubtaskRestore[]> {
  const store = memoryStore();
  const handles = await writeStates(store, 3, states);
  const manifest = testManifest(3, handles.map(change));
  const plan = planOf(parallelism);
  return Promise.all(
    plan.subtasks.map((subtask) => restoredSubtask(store, manifest, plan, subtask)),
  );
}

test('state of a checkpoint is dealt out, each part once', async () => {
  await fc.assert(
    fc.asyncProperty(jobState, fc.integer({ min: 1, max: GROUPS }), async (states, parallelism) => {
      const found = await restored(states, parallelism);
      const groups = found.flatMap(({ states: byUid }) =>
        (byUid['a']?.keyed ?? []).flatMap((keyed) => keyed.groups),
      );
      const held = states.flatMap(({ operators }) => operators['a']!.keyed!.groups);
      const plain = (all: readonly { keyGroup: number; bytes: Uint8Array }[]): unknown =>
        all
          .map(({ keyGroup, bytes }) => ({ keyGroup, bytes: [...bytes] }))
          .toSorted((a, b) => a.keyGroup - b.keyGroup);
      expect(plain(groups)).toEqual(plain(held));
      const elements = found.flatMap(({ states: byUid }) =>
        (byUid['a']?.operator ?? []).flatMap((one) => one.elements),
      );
      expect(elements.map((bytes) => [...bytes])).toEqual(
        states.flatMap(({ operators }) =>
          operators['a']!.operator[0]!.elements.map((bytes) => [...bytes]),
        ),
      );
    }),
  );
});

test('positions of all splits come to every subtask that goes on, since splits are dealt out anew', async () => {
  const states = fc.sample(jobState, 1)[0]!;
  const found = await restored(states, 3, (handles, index) => ({
    ...handles,
    splits: { [`split-${index}`]: index },
  }));
  for (const { splits, finished } of found) {
    expect(splits).toEqual({ 'split-0': 0, 'split-1': 1 });
    expect(finished).toBe(false);
  }
});

test('a subtask that had finished stays finished, with what it had read; with others, when all had', async () => {
  const states = fc.sample(jobState, 1)[0]!;
  const ended = (handles: SubtaskHandles, index: number): SubtaskHandles => ({
    ...handles,
    finished: index === 1,
    splits: { [`split-${index}`]: index },
  });
  const same = await restored(states, 2, ended);
  expect(same.map(({ finished }) => finished)).toEqual([false, true]);
  expect(same[1]!.splits).toEqual({ 'split-1': 1 });
  const fewer = await restored(states, 1, ended);
  expect(fewer[0]!.finished).toBe(false);
  const all = await restored(states, 1, (handles) => ({ ...handles, finished: true }));
  expect(all[0]!.finished).toBe(true);
});

test('a chain goes on when a part of it, in a chain of its own before, had not finished', () => {
  const one = (head: string, finished: boolean): SubtaskHandles => ({
    head,
    index: 0,
    parallelism: 1,
    finished,
    splits: head === 'a' ? { 'split-0': 'read' } : undefined,
    operators: {},
    inFlight: [],
  });
  const begun = beginningOf([one('a', true), one('b', false)], ['a', 'b'], 0, 1);
  expect(begun).toEqual({ finished: false, splits: { 'split-0': 'read' } });
  expect(beginningOf([one('a', true), one('b', true)], ['a', 'b'], 0, 1).finished).toBe(true);
  expect(beginningOf([one('a', true), one('c', false)], ['a', 'b'], 0, 1).finished).toBe(true);
});
