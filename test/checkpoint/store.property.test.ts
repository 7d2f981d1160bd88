/** Laws of src/checkpoint/store.ts, for the file store on a disk that fails and for the store in memory. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fileStore, memoryStore, nodeDisk } from '../../src/checkpoint/index.ts';
import type { CheckpointStore } from '../../src/checkpoint/index.ts';
import { FaultyDisk } from '../support/faulty-disk.ts';

const name = fc.constantFrom('a', 'b', 'c');
const call = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), name, size: fc.nat(30) }),
  fc.record({ kind: fc.constant('create' as const), name, size: fc.nat(30) }),
  fc.record({ kind: fc.constant('abort' as const), name, size: fc.nat(30) }),
  fc.record({ kind: fc.constant('delete' as const), name, size: fc.constant(0) }),
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** What a name may hold: exactly one of these, undefined for nothing. */
type Possible = Map<string, (Uint8Array | undefined)[]>;

/** Carries calls out; what failed may have happened or not. */
async function carryOut(store: CheckpointStore, calls: readonly Call[]): Promise<Possible> {
  const possible: Possible = new Map(['a', 'b', 'c'].map((each) => [each, [undefined]]));
  for (const [i, { kind, name: file, size }] of calls.entries()) {
    const bytes = new Uint8Array(size).fill(i + 1);
    const before = possible.get(file)!;
    try {
      if (kind === 'put') await store.put(file, bytes);
      else if (kind === 'delete') await store.delete([file]);
      else await stream(store, file, bytes, kind === 'create');
      if (kind !== 'abort') possible.set(file, [kind === 'delete' ? undefined : bytes]);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'ERR_CHECKPOINT_IO', retryable: true });
      if (kind !== 'abort') possible.set(file, [...before, kind === 'delete' ? undefined : bytes]);
    }
  }
  return possible;
}

async function stream(
  store: CheckpointStore,
  file: string,
  bytes: Uint8Array,
  commits: boolean,
): Promise<void> {
  const writer = await store.create(file);
  try {
    await writer.append(bytes.subarray(0, 7));
    await writer.append(bytes.subarray(7));
    expect(writer.length).toBe(bytes.length);
    if (commits) await writer.commit();
  } catch (thrown) {
    await writer.abort();
    throw thrown;
  }
  await writer.abort();
}

async function expectPossible(store: CheckpointStore, possible: Possible): Promise<void> {
  const listed = await store.list();
  for (const [file, values] of possible) {
    const found = await store.get(file);
    expect(values).toContainEqual(found);
    expect(listed.includes(file)).toBe(found !== undefined);
    expect(await store.size(file)).toBe(found?.length);
    expect(await store.read(file, 2, 3)).toEqual(found?.subarray(2, 5));
  }
}

describe('a store', () => {
  test('gives what was put whole, or nothing, whatever the disk does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), fc.integer(), async (calls, seed) => {
        const disk = new FaultyDisk(seed, { shortWrites: 0.3, full: 0.05, errors: 0.05 });
        const possible = await carryOut(fileStore('/c', disk), calls);
        const after = new FaultyDisk(
          0,
          {},
          new Map([...disk.files()].map(([path, bytes]) => [path, { bytes, durable: bytes }])),
        );
        await expectPossible(fileStore('/c', after), possible);
      }),
    );
  });

  test('gives it after a loss of power at any call, too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 12 }),
        fc.integer(),
        fc.integer({ min: 1, max: 60 }),
        async (calls, seed, powerLossAt) => {
          const disk = new FaultyDisk(seed, { shortWrites: 0.3, powerLossAt });
          const possible = await carryOut(fileStore('/c', disk), calls);
          await expectPossible(fileStore('/c', disk.afterPowerLoss()), possible);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('in memory gives the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        const store = memoryStore();
        await expectPossible(store, await carryOut(store, calls));
      }),
    );
  });

  test('leaves no temporary file when writing fails', async () => {
    const disk = new FaultyDisk(1, { full: 1 });
    const store = fileStore('/c', disk);
    await expect(store.put('a', Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
      message: 'Cannot write /c/a: ENOSPC: no space left on device',
    });
    expect(disk.files()).toEqual(new Map());
  });

  test('lists nothing before it was written to', async () => {
    expect(await fileStore('/c', new FaultyDisk(1)).list()).toEqual([]);
  });
});

describe('a store on the disk of this machine', () => {
  test('makes its folder, keeps files, replaces and removes them', async () => {
    const root = mkdtempSync(join(tmpdir(), 'millrace-'));
    try {
      const folder = join(root, 'deep', 'checkpoints');
      const store = fileStore(folder, nodeDisk);
      expect(await store.list()).toEqual([]);
      await store.delete(['a']);
      expect(await store.get('a')).toBeUndefined();
      await store.put('a', Uint8Array.of(1, 2, 3, 4));
      await store.put('b', new Uint8Array(0));
      await store.put('a', Uint8Array.of(5, 6, 7));
      expect(await store.list()).toEqual(['a', 'b']);
      expect([...(await store.get('a'))!]).toEqual([5, 6, 7]);
      expect([...(await store.read('a', 1, 9))!]).toEqual([6, 7]);
      expect(await store.size('b')).toBe(0);
      await store.delete(['a', 'b']);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
