/** Laws of src/checkpoint/file-references.ts and checkpoint-folder.ts: what is removed is exactly what nobody needs. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  CheckpointFolder,
  FileReferences,
  manifestName,
  memoryStore,
  orphansOf,
  removeOrphans,
  stateName,
} from '../../src/checkpoint/index.ts';
import type { Manifest, SubtaskHandles } from '../../src/checkpoint/index.ts';
import { sectionIn, testManifest } from '../support/checkpoint-states.ts';

/** A manifest that refers to these files. */
function referring(checkpoint: number, files: readonly string[]): Manifest {
  const operator = files.map((file, i) => ({
    name: `list ${i}`,
    redistribution: 'split' as const,
    section: sectionIn(file),
  }));
  const subtask: SubtaskHandles = {
    head: 'a',
    index: 0,
    parallelism: 1,
    finished: false,
    splits: undefined,
    operators: { a: { keyed: [], operator } },
    inFlight: [],
  };
  return testManifest(checkpoint, [subtask]);
}

const fileName = (file: number): string => stateName(file, 0, 0);
const references = fc.array(fc.array(fc.nat(6), { maxLength: 5 }), { minLength: 1, maxLength: 6 });

describe('references', () => {
  test('give the files that only a removed manifest referred to', () => {
    fc.assert(
      fc.property(references, fc.infiniteStream(fc.nat()), (all, picks) => {
        const counted = new FileReferences();
        const kept = new Map(all.map((files, id) => [id, new Set(files.map(fileName))]));
        all.forEach((files, id) => {
          counted.add(referring(id, files.map(fileName)));
          counted.add(referring(id, files.map(fileName)));
        });
        while (kept.size > 0) {
          const id = [...kept.keys()][picks.next().value! % kept.size]!;
          const own = kept.get(id)!;
          kept.delete(id);
          const others = new Set([...kept.values()].flatMap((files) => [...files]));
          const unused = [...own].filter((file) => !others.has(file)).toSorted();
          expect(counted.remove(id)).toEqual(unused);
          for (const file of own) expect(counted.has(file)).toBe(others.has(file));
        }
      }),
    );
  });
});

describe('a folder of checkpoints', () => {
  test('keeps what complete checkpoints refer to when others are dropped', async () => {
    const store = memoryStore();
    const folder = new CheckpointFolder(store, []);
    const files = [1, 2].map((checkpoint) => stateName(checkpoint, 0, 0));
    for (const file of files) await store.put(file, Uint8Array.of(1));
    await folder.publish(referring(1, [files[0]!]));
    await folder.publish(referring(2, files));
    await folder.drop([1]);
    expect(await store.list()).toEqual([...files, manifestName(2)].toSorted());
    await folder.drop([2]);
    expect(await store.list()).toEqual([]);
  });

  test('refuses a checkpoint that refers to a file of none', async () => {
    const folder = new CheckpointFolder(memoryStore(), []);
    await expect(folder.publish(referring(2, [stateName(1, 0, 0)]))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_MISSING',
    });
  });

  test('discards all of an attempt and nothing else', async () => {
    const store = memoryStore();
    const folder = new CheckpointFolder(store, []);
    const others = [stateName(1, 0, 0), stateName(3, 0, 0), manifestName(1), 'notes'];
    const own = [
      stateName(2, 0, 0),
      stateName(2, 1, 0),
      `${stateName(2, 2, 0)}.tmp`,
      manifestName(2),
    ];
    for (const name of [...others, ...own]) await store.put(name, Uint8Array.of(1));
    await folder.discard(2);
    expect(await store.list()).toEqual(others.toSorted());
  });
});

describe('orphans', () => {
  test('are the files that no manifest needs and no attempt under way writes', async () => {
    const complete = [referring(2, [fileName(1), fileName(2)]), referring(4, [fileName(4)])];
    const needed = [fileName(1), fileName(2), fileName(4), manifestName(2), manifestName(4)];
    const underWay = [fileName(5), `${fileName(6)}.tmp`, 'notes.txt'];
    const orphans = [fileName(0), fileName(3), `${fileName(2)}.tmp`, `${manifestName(3)}.tmp`];
    const store = memoryStore();
    for (const name of [...needed, ...underWay, ...orphans]) {
      await store.put(name, Uint8Array.of(1));
    }
    const found = await removeOrphans(store, complete, 5);
    expect(found.remove.toSorted()).toEqual(orphans.toSorted());
    expect(await store.list()).toEqual([...needed, ...underWay].toSorted());
  });

  test('stay while a manifest that may need them cannot be read', () => {
    const names = [fileName(1), fileName(3), manifestName(2)];
    expect(orphansOf(names, [], 9)).toEqual({ remove: [fileName(3)], held: [fileName(1)] });
  });
});
