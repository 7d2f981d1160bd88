/** Laws of src/checkpoint/state-file-writer.ts and state-file-reader.ts. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  memoryStore,
  readPieces,
  StateFileWriter,
  verifySection,
} from '../../src/checkpoint/index.ts';
import type { CheckpointStore, Piece, Section } from '../../src/checkpoint/index.ts';

const FILE = 'chk-000000000001-s0-0.state';
const pieces = fc
  .uniqueArray(fc.tuple(fc.nat(40), fc.uint8Array({ maxLength: 60 })), {
    selector: ([id]) => id,
    maxLength: 12,
  })
  .map((all) => all.toSorted(([a], [b]) => a - b).map(([id, bytes]): Piece => ({ id, bytes })));
const sections = fc.array(pieces, { minLength: 1, maxLength: 3 });

async function write(
  store: CheckpointStore,
  all: readonly (readonly Piece[])[],
  name = FILE,
): Promise<Section[]> {
  const file = await StateFileWriter.open(store, name);
  const written: Section[] = [];
  for (const each of all) {
    file.begin();
    for (const { id, bytes } of each) await file.piece(id, bytes);
    written.push(await file.end());
  }
  await file.commit();
  expect(await store.size(name)).toBe(file.length);
  return written;
}

async function read(
  store: CheckpointStore,
  section: Section,
  wanted?: (id: number) => boolean,
): Promise<Piece[]> {
  const found: Piece[] = [];
  for await (const { id, bytes } of readPieces(store, section, wanted)) {
    found.push({ id, bytes: bytes.slice() });
  }
  return found;
}

const damaged = { code: expect.stringMatching(/^ERR_CHECKPOINT_(?:DAMAGED|MISSING)$/) };

describe('a state file', () => {
  test('gives back the pieces of each section, all or those that are wanted', async () => {
    await fc.assert(
      fc.asyncProperty(sections, fc.nat(40), async (all, least) => {
        const store = memoryStore();
        const written = await write(store, all);
        for (const [i, section] of written.entries()) {
          await verifySection(store, section);
          expect(await read(store, section)).toEqual(all[i]);
          const wanted = all[i]!.filter(({ id }) => id >= least);
          expect(await read(store, section, (id) => id >= least)).toEqual(wanted);
        }
      }),
    );
  });

  test('that was changed in one bit is an error where that matters, and never gives other bytes', async () => {
    await fc.assert(
      fc.asyncProperty(sections, fc.nat(), fc.nat(7), async (all, at, bit) => {
        const store = memoryStore();
        const written = await write(store, all);
        const bytes = (await store.get(FILE))!;
        const changed = at % bytes.length;
        bytes[changed]! ^= 1 << bit;
        await store.put(FILE, bytes);
        for (const [i, section] of written.entries()) {
          const { offset, bytes: length } = section;
          const inside = changed < 8 || (changed >= offset && changed < offset + length);
          if (inside) {
            await expect(verifySection(store, section)).rejects.toMatchObject(damaged);
            await expect(read(store, section)).rejects.toMatchObject(damaged);
          } else {
            expect(await read(store, section)).toEqual(all[i]);
          }
        }
      }),
    );
  });

  test('that was cut off, is gone, or lies under another name is an error', async () => {
    const store = memoryStore();
    const [section] = await write(store, [[{ id: 1, bytes: Uint8Array.of(1, 2, 3) }]]);
    const bytes = (await store.get(FILE))!;
    for (let length = 0; length < bytes.length; length++) {
      await store.put(FILE, bytes.subarray(0, length));
      await expect(read(store, section!)).rejects.toMatchObject(damaged);
      await expect(verifySection(store, section!)).rejects.toMatchObject(damaged);
    }
    await store.put('other', bytes);
    const moved = { ...section!, file: 'other' };
    await expect(read(store, moved)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_DAMAGED' });
    await store.delete([FILE]);
    await expect(read(store, section!)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_MISSING' });
  });

  test('takes pieces larger than a page, and many, and reads little at once', async () => {
    const store = memoryStore();
    const large = new Uint8Array(700_000).map((_, i) => i * 31);
    const many = Array.from({ length: 2_000 }, (_, id) => ({ id, bytes: large.slice(0, 900) }));
    const written = await write(store, [[{ id: 3, bytes: large }], many, []]);
    let most = 0;
    const watched: CheckpointStore = {
      ...store,
      place: store.place,
      read: (name, offset, bytes) => {
        most = Math.max(most, bytes);
        return store.read(name, offset, bytes);
      },
    };
    expect(await read(watched, written[0]!)).toEqual([{ id: 3, bytes: large }]);
    expect(await read(watched, written[1]!)).toEqual(many);
    expect(await read(watched, written[2]!)).toEqual([]);
    expect(most).toBeLessThanOrEqual(1024 * 1024);
    expect(await read(store, written[1]!, (id) => id === 77)).toEqual([many[77]]);
  });
});
