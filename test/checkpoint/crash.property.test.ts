/**
 * Laws of src/checkpoint/recovery.ts and checkpoint-folder.ts: whatever the disk does, the newest intact checkpoint is found,
 * with the state that was written, and every newer one is named with what is wrong with it.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  beginningOf,
  CheckpointFolder,
  fileStore,
  filesOf,
  manifestBytes,
  manifestName,
  parseName,
  recover,
  removeOrphans,
  requireChosen,
  sectionsOf,
  writeSubtaskState,
} from '../../src/checkpoint/index.ts';
import type {
  CheckpointStore,
  Manifest,
  SubtaskHandles,
  SubtaskState,
} from '../../src/checkpoint/index.ts';
import { asReadBack, jobState, readBack, testManifest } from '../support/checkpoint-states.ts';
import { FaultyDisk } from '../support/faulty-disk.ts';
import type { DiskFaults } from '../support/faulty-disk.ts';

const FOLDER = '/checkpoints';
const ABORTED = new Error('aborted');

/** What the job does: checkpoints of these states; some are aborted, some refer to files of the one before. */
const attempts = fc.array(
  fc.record({
    states: jobState,
    aborts: fc.boolean(),
    rare: fc.nat(3),
    incremental: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
type Attempt = typeof attempts extends fc.Arbitrary<(infer T)[]> ? T : never;

/** A store that remembers what each file was to be. */
class RememberingStore {
  readonly files: Map<string, Uint8Array> = new Map();
  readonly manifests: Map<number, Manifest> = new Map();
  readonly states: Map<number, unknown> = new Map();

  over(store: CheckpointStore): CheckpointStore {
    const { files } = this;
    return {
      place: store.place,
      put: (name, bytes) => {
        files.set(name, bytes.slice());
        return store.put(name, bytes);
      },
      create: async (name) => {
        const writer = await store.create(name);
        return {
          get length() {
            return writer.length;
          },
          append: (bytes) => {
            files.set(name, Buffer.concat([files.get(name) ?? new Uint8Array(0), bytes]));
            return writer.append(bytes);
          },
          commit: () => writer.commit(),
          abort: () => writer.abort(),
        };
      },
      get: (name) => store.get(name),
      read: (name, offset, bytes) => store.read(name, offset, bytes),
      size: (name) => store.size(name),
      list: () => store.list(),
      delete: (names) => store.delete(names),
    };
  }

  /** The newest checkpoint whose manifest, and all that it refers to, is on the disk as it was to be. */
  newestIntact(disk: FaultyDisk): number | undefined {
    const found = disk.files();
    const isThere = (name: string, from = 0, end = Infinity): boolean => {
      const bytes = found.get(`${FOLDER}/${name}`)?.subarray(from, end);
      const expected = this.files.get(name)?.subarray(from, end);
      return bytes !== undefined && expected !== undefined && Buffer.compare(bytes, expected) === 0;
    };
    const isIntact = (id: number, manifest: Manifest): boolean =>
      isThere(manifestName(id)) &&
      manifest.subtasks
        .flatMap(sectionsOf)
        .every(
          ({ file, offset, bytes }) => isThere(file, 0, 8) && isThere(file, offset, offset + bytes),
        );
    return [...this.manifests]
      .filter(([id, manifest]) => isIntact(id, manifest))
      .map(([id]) => id)
      .toSorted((a, b) => b - a)[0];
  }
}

/** Runs the job until its attempts are done, or the disk is down. @returns the newest checkpoint that was said to be complete */
async function runJob(
  store: CheckpointStore,
  memory: RememberingStore,
  all: readonly Attempt[],
): Promise<number> {
  const folder = new CheckpointFolder(store, []);
  const kept: number[] = [];
  let last: { readonly handles: readonly SubtaskHandles[]; readonly states: SubtaskState[] } = {
    handles: [],
    states: [],
  };
  for (const [i, { states, aborts, rare, incremental }] of all.entries()) {
    const checkpoint = i + 1;
    try {
      // An incremental one leaves the keyed state of subtask 0 as it was.
      const base = incremental ? last.handles[0]?.operators['a'] : undefined;
      const now = base === undefined ? states : withKeyedOf(states, last.states);
      const handles: SubtaskHandles[] = [];
      for (const [index, state] of now.entries()) {
        const identity = { checkpoint, subtask: index, head: 'a', index, parallelism: 2 };
        const written =
          base !== undefined && index === 0
            ? await writeSubtaskState(store, identity, withoutKeyed(state), { a: base.keyed })
            : await writeSubtaskState(store, identity, state);
        handles.push(written.handles);
      }
      if (aborts && rare === 0) throw ABORTED;
      const manifest = testManifest(checkpoint, handles);
      memory.manifests.set(checkpoint, manifest);
      memory.states.set(checkpoint, asReadBack(now));
      memory.files.set(manifestName(checkpoint), manifestBytes(manifest));
      await folder.publish(manifest);
      kept.push(checkpoint);
      last = { handles, states: now };
    } catch (thrown) {
      if (thrown !== ABORTED) expect(thrown).toMatchObject({ code: 'ERR_CHECKPOINT_IO' });
      await folder.discard(checkpoint).catch(() => undefined);
      continue;
    }
    if (kept.length > 2) await folder.drop(kept.splice(0, 1)).catch(() => undefined);
  }
  return kept.at(-1) ?? 0;
}

function withKeyedOf(
  states: readonly SubtaskState[],
  earlier: readonly SubtaskState[],
): SubtaskState[] {
  return states.map((state, index) => {
    if (index > 0) return state;
    const { a, ...rest } = state.operators;
    const keyed = earlier[0]!.operators['a']!.keyed;
    return { ...state, operators: { a: { ...a!, keyed }, ...rest } };
  });
}

function withoutKeyed(state: SubtaskState): SubtaskState {
  const { a, ...rest } = state.operators;
  return { ...state, operators: { a: { ...a!, keyed: undefined }, ...rest } };
}

/** What recovery says is what the disk holds. @returns the id that was chosen, 0 for none */
async function expectRecovered(disk: FaultyDisk, memory: RememberingStore): Promise<number> {
  const expected = memory.newestIntact(disk);
  const store = fileStore(FOLDER, disk);
  const recovered = await recover(store, 'test');
  const { chosen, rejected, nextCheckpoint } = recovered;
  expect(chosen?.checkpoint).toBe(expected);
  const manifests = [...disk.files().keys()].flatMap((path) => {
    const name = path.slice(FOLDER.length + 1);
    const file = parseName(name);
    if (file !== undefined) expect(file.checkpoint).toBeLessThan(nextCheckpoint);
    return file !== undefined && name === manifestName(file.checkpoint) ? [file.checkpoint] : [];
  });
  const newer = manifests.filter((id) => id > (expected ?? 0)).toSorted((a, b) => b - a);
  expect(rejected.map(({ checkpoint }) => checkpoint).filter((id) => newer.includes(id))).toEqual(
    newer,
  );
  for (const { error } of rejected) {
    expect(error.code).toMatch(/^ERR_CHECKPOINT_(?:MANIFEST|VERSION|DAMAGED|MISSING)$/);
  }
  if (chosen === undefined) {
    expect(() => requireChosen(recovered, 'test', FOLDER)).toThrow(
      expect.objectContaining({ code: 'ERR_CHECKPOINT_NONE' }),
    );
    return 0;
  }
  expect(requireChosen(recovered, 'test', FOLDER)).toBe(chosen);
  expect(await readBack(store, chosen.subtasks)).toEqual(memory.states.get(chosen.checkpoint));
  return chosen.checkpoint;
}

/** The restored job takes one more checkpoint; what the crash left goes, what is needed stays. */
async function expectGoesOn(disk: FaultyDisk): Promise<void> {
  const store = fileStore(FOLDER, disk);
  const recovered = await recover(store, 'test');
  const { completed, nextCheckpoint } = beginningOf(recovered);
  const folder = new CheckpointFolder(store, recovered.readable);
  const handles: SubtaskHandles[] = [];
  const identity = { checkpoint: nextCheckpoint, head: 'a', parallelism: 2 };
  const nothing = { operators: {}, splits: { file: nextCheckpoint }, finished: false };
  for (const index of [0, 1]) {
    const written = writeSubtaskState(store, { ...identity, subtask: index, index }, nothing);
    handles.push((await written).handles);
  }
  const manifest = testManifest(nextCheckpoint, handles);
  await folder.publish(manifest);
  await folder.drop(completed);
  const kept = recovered.readable.filter(({ checkpoint }) => !completed.includes(checkpoint));
  const { held } = await removeOrphans(store, [...kept, manifest], nextCheckpoint + 1);
  const again = await recover(store, 'test');
  expect(again.chosen?.checkpoint).toBe(nextCheckpoint);
  const needed = new Set([...kept, manifest].flatMap((one) => [...filesOf(one)]));
  for (const name of await store.list()) {
    const isManifest = parseName(name)?.kind === 'manifest';
    expect(isManifest || needed.has(name) || held.includes(name)).toBe(true);
  }
}

async function crash(
  all: readonly Attempt[],
  seed: number,
  faults: DiskFaults,
  damages: number,
): Promise<{ readonly published: number; readonly chosen: number; readonly disk: FaultyDisk }> {
  const memory = new RememberingStore();
  const disk = new FaultyDisk(seed, faults);
  const published = await runJob(memory.over(fileStore(FOLDER, disk)), memory, all);
  const after = disk.afterPowerLoss();
  for (let i = 0; i < damages; i++) after.flipBit();
  const chosen = await expectRecovered(after, memory);
  await expectGoesOn(after);
  return { published, chosen, disk };
}

describe('after a crash', () => {
  test('at any call the newest checkpoint that was complete is there, or a newer one', async () => {
    await fc.assert(
      fc.asyncProperty(
        attempts,
        fc.integer(),
        fc.integer({ min: 1, max: 130 }),
        async (all, seed, powerLossAt) => {
          const faults = { shortWrites: 0.2, powerLossAt };
          const { published, chosen } = await crash(all, seed, faults, 0);
          expect(chosen).toBeGreaterThanOrEqual(published);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('of one job at each of its calls in turn, too', async () => {
    const [all] = fc.sample(attempts, { numRuns: 30, seed: 3 }).filter(({ length }) => length > 3);
    const { disk } = await crash(all!, 5, {}, 0);
    expect(disk.calls).toBeGreaterThan(40);
    for (let powerLossAt = 1; powerLossAt <= disk.calls; powerLossAt++) {
      const { published, chosen } = await crash(all!, 5, { powerLossAt }, 0);
      expect(chosen).toBeGreaterThanOrEqual(published);
    }
  });

  test('of a disk that fails now and then and runs full, too', async () => {
    await fc.assert(
      fc.asyncProperty(attempts, fc.integer(), async (all, seed) => {
        const faults = { shortWrites: 0.2, full: 0.02, errors: 0.03 };
        const { published, chosen } = await crash(all, seed, faults, 0);
        expect(chosen).toBeGreaterThanOrEqual(published);
      }),
      { numRuns: 100 },
    );
  });

  test('of a disk that forgets and flips bits nothing wrong is taken for state', async () => {
    const seen = { newest: 0, older: 0, none: 0 };
    await fc.assert(
      fc.asyncProperty(
        attempts,
        fc.integer(),
        fc.integer({ min: 30, max: 200 }),
        fc.nat(4),
        async (all, seed, powerLossAt, damages) => {
          const faults = { forgotten: 0.2, shortWrites: 0.1, powerLossAt };
          const { published, chosen } = await crash(all, seed, faults, damages);
          if (chosen === 0) seen.none++;
          else if (chosen < published) seen.older++;
          else seen.newest++;
        },
      ),
      { numRuns: 200 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });
});

test('checkpoints of another job are rejected', async () => {
  const disk = new FaultyDisk(1);
  const store = fileStore(FOLDER, disk);
  await store.put(manifestName(1), manifestBytes(testManifest(1, [])));
  const { chosen, rejected } = await recover(store, 'other');
  expect(chosen).toBeUndefined();
  expect(rejected).toMatchObject([
    { file: manifestName(1), error: { code: 'ERR_CHECKPOINT_RESTORE' } },
  ]);
});

test('a manifest under the name of another checkpoint is rejected', async () => {
  const store = fileStore(FOLDER, new FaultyDisk(1));
  await store.put(manifestName(2), manifestBytes(testManifest(1, [])));
  const { rejected } = await recover(store, 'test');
  expect(rejected).toMatchObject([{ checkpoint: 2, error: { code: 'ERR_CHECKPOINT_MANIFEST' } }]);
});
