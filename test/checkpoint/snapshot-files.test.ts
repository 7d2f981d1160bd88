/** Law of src/checkpoint/snapshot-files.ts; that its shapes are those of the snapshots; what a job may be restored from. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  checkRestore,
  memoryStore,
  readKeyedState,
  readOperatorState,
  writeSubtaskState,
} from '../../src/checkpoint/index.ts';
import type { ElementState, KeyedState, SubtaskState } from '../../src/checkpoint/index.ts';
import { keyGroupRange } from '../../src/record/index.ts';
import type { SubtaskSnapshot } from '../../src/runtime/index.ts';
import type { KeyedSnapshot, OperatorStateSnapshot } from '../../src/state/index.ts';
import {
  asReadBack,
  GROUPS,
  jobState,
  readBack,
  subtaskState,
  testManifest,
  writeStates,
} from '../support/checkpoint-states.ts';

const identity = { checkpoint: 3, subtask: 0, head: 'a', index: 0, parallelism: 2 };

describe('state in files', () => {
  test('is, over any division of the key groups, what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        jobState,
        fc.integer({ min: 1, max: GROUPS }),
        async (states, parallelism) => {
          const store = memoryStore();
          const handles = await writeStates(store, 3, states);
          expect(await readBack(store, handles)).toEqual(asReadBack(states));
          const all = states.flatMap(({ operators }) => operators['a']!.keyed!.groups);
          const dealt: KeyedState['groups'][number][] = [];
          for (let i = 0; i < parallelism; i++) {
            const range = keyGroupRange(i, GROUPS, parallelism);
            for (const { operators } of handles) {
              for (const handle of operators['a']!.keyed) {
                const state = await readKeyedState(store, handle, range);
                dealt.push(...(state?.groups ?? []));
              }
            }
          }
          expect(dealt.map(({ keyGroup, bytes }) => ({ keyGroup, bytes }))).toEqual(all);
        },
      ),
    );
  });

  test('may leave out key groups that an earlier file has', async () => {
    await fc.assert(
      fc.asyncProperty(subtaskState(0), async (state) => {
        const store = memoryStore();
        const first = await writeSubtaskState(store, { ...identity, checkpoint: 2 }, state);
        const { keyed, operator } = state.operators['a']!;
        const isNew = ({ keyGroup }: { readonly keyGroup: number }): boolean => keyGroup >= 2;
        const unchanged = first.handles.operators['a']!.keyed.map((handle) => ({
          ...handle,
          keyGroups: handle.keyGroups
            .map(([from, end]) => [from, Math.min(end, 2)] as const)
            .filter(([from, end]) => from < end),
        }));
        const changed = { ...keyed!, groups: keyed!.groups.filter(isNew) };
        const { handles } = await writeSubtaskState(
          store,
          identity,
          { ...state, operators: { a: { keyed: changed, operator } } },
          { a: unchanged },
        );
        const back = await readOperatorState(store, handles.operators['a']!, [0, GROUPS]);
        expect(back.keyed.flatMap(({ groups }) => groups)).toEqual(keyed!.groups);
        expect(back.operator).toEqual(operator);
      }),
    );
  });

  test('of a subtask that holds nothing needs no file', async () => {
    const store = memoryStore();
    const state = { operators: {}, splits: undefined, finished: true };
    const written = await writeSubtaskState(store, identity, state);
    expect(written).toMatchObject({ files: [], bytes: 0, handles: { finished: true } });
    expect(await store.list()).toEqual([]);
  });

  test('has the shapes of snapshots, both ways', () => {
    const keyed = (state: KeyedState): KeyedSnapshot => state;
    const stored = (snapshot: KeyedSnapshot): KeyedState => snapshot;
    const elements = (state: ElementState): OperatorStateSnapshot => state;
    const whole = (snapshot: SubtaskSnapshot): SubtaskState => snapshot;
    const back = (state: SubtaskState): SubtaskSnapshot => state;
    const nothing: SubtaskState = { operators: {}, splits: undefined, finished: false };
    const none: KeyedState = {
      version: 1,
      key: { type: { name: 'Key', fields: [] }, generic: true },
      parts: [],
      groups: [],
    };
    expect(whole(back(nothing))).toBe(nothing);
    expect(stored(keyed(none))).toBe(none);
    expect(elements({ name: 'x', redistribution: 'union', elements: [] }).elements).toEqual([]);
  });
});

describe('a job that is restored', () => {
  const operators = (...uids: string[]): { uid: string; name: string; maxParallelism: number }[] =>
    uids.map((uid) => ({ uid, name: uid, maxParallelism: GROUPS }));

  test('needs the operators that held something, unless state may be dropped', async () => {
    const [state] = fc.sample(jobState, { numRuns: 1, seed: 1 });
    const manifest = testManifest(1, await writeStates(memoryStore(), 1, state!));
    expect(checkRestore({ job: 'test', operators: operators('a', 'b') }, manifest, false)).toEqual(
      [],
    );
    const without = { job: 'test', operators: operators('b', 'c') };
    expect(() => checkRestore(without, manifest, false)).toThrow(
      'Job test cannot take the state of chk-000000000001.manifest: expected state of its operators (b, c), got state of a (operator a)',
    );
    expect(checkRestore(without, manifest, true)).toEqual([{ uid: 'a', name: 'operator a' }]);
  });

  test('needs the same number of key groups', async () => {
    const [state] = fc.sample(jobState, { numRuns: 1, seed: 1 });
    const manifest = testManifest(1, await writeStates(memoryStore(), 1, state!));
    const job = { job: 'test', operators: [{ uid: 'a', name: 'a', maxParallelism: 128 }] };
    expect(() => checkRestore(job, manifest, true)).toThrow(
      'expected 128 key groups of a (a), got 8',
    );
  });
});
