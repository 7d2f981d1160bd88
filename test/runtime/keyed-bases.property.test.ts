/** Law of src/runtime/keyed-bases.ts, through files and manifests; and what is written of what did not change. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  manifestBytes,
  memoryStore,
  parseManifest,
  readOperatorState,
  writeSubtaskState,
} from '../../src/checkpoint/index.ts';
import type { CheckpointStore, Manifest, SubtaskHandles } from '../../src/checkpoint/index.ts';
import { murmur32 } from '../../src/base/index.ts';
import { groupsToChange, KeyedBases } from '../../src/runtime/keyed-bases.ts';
import { writtenState } from '../../src/runtime/snapshot-pieces.ts';
import {
  createKeyedBackend,
  foldChanges,
  HeapValuePart,
  QuotaAccount,
} from '../../src/state/index.ts';
import type { KeyedBackend } from '../../src/state/index.ts';
import { functionInput } from '../state/key-rows.ts';

const GROUPS = 16;

/** One value a key. */
class Values {
  readonly backend: KeyedBackend;
  readonly #part: HeapValuePart<number>;

  constructor() {
    this.backend = createKeyedBackend({
      operatorName: 'test',
      account: new QuotaAccount('test', Infinity),
      maxParallelism: GROUPS,
      inputs: [functionInput()],
    });
    this.#part = new HeapValuePart(this.backend, { name: 'value' });
    this.backend.register(this.#part);
  }

  put(key: number, value: number | undefined): void {
    const id = this.backend.keys.intern(`key ${key}`, murmur32(key));
    if (value === undefined) this.#part.clear(id);
    else this.#part.set(id, value);
    this.backend.keys.settle(id);
  }

  all(): [unknown, unknown][] {
    const { keys } = this.backend;
    return [...keys.ids()]
      .map((id): [unknown, unknown] => [keys.keyOf(id), this.#part.get(id)])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  }
}

/** Checkpoints of it, as a worker takes them. */
class Checkpoints {
  readonly values: Values = new Values();
  readonly bases: KeyedBases = new KeyedBases();
  readonly store: CheckpointStore = memoryStore();
  #last = 0;

  /** Settles when it is written; it has no outcome yet. */
  async take(between: () => void): Promise<{
    readonly checkpoint: number;
    readonly handles: SubtaskHandles;
    readonly bytes: number;
  }> {
    const checkpoint = ++this.#last;
    const keyed = this.values.backend.snapshot();
    const snapshot = {
      operators: { op: { keyed, operator: [] } },
      splits: undefined,
      finished: false,
    };
    const continued = this.bases.begin(0, snapshot.operators);
    between();
    const unchanged = Object.fromEntries(
      [...continued].map(([uid, { handles }]) => [uid, handles]),
    );
    const { handles, bytes } = await writeSubtaskState(
      this.store,
      { checkpoint, subtask: 0, head: 'op', index: 0, parallelism: 1 },
      writtenState(snapshot),
      unchanged,
    );
    this.bases.written(checkpoint, 0, snapshot.operators, continued, handles.operators);
    keyed.progress!.release();
    return { checkpoint, handles, bytes };
  }

  /** What a restore of these handles gives, at parallelism 2. */
  async read(handles: SubtaskHandles): Promise<[unknown, unknown][]> {
    const manifest = parseManifest(manifestBytes(manifestWith(handles)), 'test');
    const op = manifest.subtasks[0]!.operators['op']!;
    const copy = new Values();
    for (const [first, end] of [
      [0, GROUPS / 2],
      [GROUPS / 2, GROUPS],
    ] as const) {
      const { keyed } = await readOperatorState(this.store, op, [first, end]);
      copy.backend.restore(foldChanges(keyed), first, end - 1);
    }
    return copy.all();
  }
}

function manifestWith(handles: SubtaskHandles): Manifest {
  return {
    version: 1,
    kind: 'checkpoint',
    checkpoint: 1,
    job: 'job',
    graphFingerprint: 'f',
    triggeredAtMs: 0,
    completedAtMs: 0,
    operators: [{ uid: 'op', name: 'op', parallelism: 1, maxParallelism: GROUPS }],
    subtasks: [handles],
  };
}

const changes = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 60 }), fc.option(fc.integer(), { nil: undefined })),
  { maxLength: 30 },
);
const rounds = fc.array(
  fc.record({
    before: changes,
    between: changes,
    outcome: fc.constantFrom(...(['complete', 'complete', 'aborted', 'late'] as const)),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('checkpoints that go on from earlier ones', () => {
  it('restore what the state was at their barrier, whatever became of those before', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        const checkpoints = new Checkpoints();
        const { values, bases } = checkpoints;
        let late: number[] = [];
        for (const { before, between, outcome } of all) {
          for (const [key, value] of before) values.put(key, value);
          const expected = values.all();
          const { checkpoint, handles } = await checkpoints.take(() => {
            for (const [key, value] of between) values.put(key, value);
          });
          expect(await checkpoints.read(handles)).toEqual(expected);
          if (outcome === 'late') {
            late.push(checkpoint);
            continue;
          }
          for (const one of late) bases.end(one, true);
          late = [];
          bases.end(checkpoint, outcome === 'complete');
        }
      }),
      { numRuns: 60 },
    );
  });

  it('write what changed', async () => {
    const checkpoints = new Checkpoints();
    for (let key = 0; key < 2000; key++) checkpoints.values.put(key, key);
    const whole = await checkpoints.take(() => {});
    checkpoints.bases.end(whole.checkpoint, true);
    checkpoints.values.put(7, -7);
    const changed = await checkpoints.take(() => {});
    expect(changed.bytes).toBeLessThan(whole.bytes / 100);
    checkpoints.bases.end(changed.checkpoint, true);
    const nothing = await checkpoints.take(() => {});
    expect(nothing.bytes).toBe(0);
    expect(nothing.handles.operators['op']!.keyed).toHaveLength(2);
  });

  it('refer to a bounded number of files, and to twice the state and a half at most', async () => {
    const checkpoints = new Checkpoints();
    const { values, bases } = checkpoints;
    for (let key = 0; key < 200; key++) values.put(key, key);
    let files = 0;
    let read = 0;
    for (let round = 0; round < 150; round++) {
      for (let key = 0; key < 60; key++) values.put((round * 17 + key) % 200, round);
      const { checkpoint, handles } = await checkpoints.take(() => {});
      bases.end(checkpoint, true);
      const { keyed } = handles.operators['op']!;
      files = Math.max(files, new Set(keyed.map(({ section }) => section.file)).size);
      const held = await readOperatorState(checkpoints.store, handles.operators['op']!, [
        0,
        GROUPS,
      ]);
      const bytes = held.keyed.flatMap(({ groups }) => groups.map((group) => group.bytes.length));
      read = Math.max(
        read,
        bytes.reduce((sum, one) => sum + one, 0),
      );
    }
    const whole = values.backend.snapshot();
    const state = whole.groups.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(files).toBeLessThan(20);
    expect(read).toBeLessThan(3 * state);
    expect(await checkpoints.read((await checkpoints.take(() => {})).handles)).toEqual(
      values.all(),
    );
  });
});

describe('key groups that are due to be whole', () => {
  it('are those with the most changes, a share of all at a time', () => {
    const sizes = new Map(
      Array.from({ length: 16 }, (_, group) => [
        group,
        { whole: 100, changes: 100 + group, files: 1 },
      ]),
    );
    expect(groupsToChange(sizes, false)).toHaveLength(16);
    expect(groupsToChange(sizes, true)).toEqual(Array.from({ length: 14 }, (_, group) => group));
    sizes.set(3, { whole: 100, changes: 150, files: 1 });
    sizes.set(4, { whole: 100, changes: 0, files: 1000 });
    sizes.set(5, { whole: 100, changes: 190, files: 1 });
    expect(groupsToChange(sizes, true)).not.toContain(3);
    expect(groupsToChange(sizes, true)).not.toContain(4);
    expect(groupsToChange(sizes, true)).not.toContain(5);
    expect(groupsToChange(sizes, true)).toHaveLength(13);
  });
});
