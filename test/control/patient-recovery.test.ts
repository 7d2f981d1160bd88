/** The search for a checkpoint waits out errors that may pass, and no others; see src/control/patient-recovery.ts. */

import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/base/index.ts';
import { manifestBytes, manifestName } from '../../src/checkpoint/index.ts';
import type { CheckpointStore } from '../../src/checkpoint/index.ts';
import { recoverPatiently } from '../../src/control/patient-recovery.ts';
import { testManifest } from '../support/checkpoint-states.ts';

const unreadable = (file: string): EngineError =>
  new EngineError('ERR_CHECKPOINT_IO', { action: 'read', file, reason: 'EIO' });

/** Holds the manifests 1 and 2; the first `broken` calls of `call` fail. */
function storeThat(call: 'list' | 'get', broken: number, damaged = false): CheckpointStore {
  const files = new Map([1, 2].map((n) => [manifestName(n), manifestBytes(testManifest(n, []))]));
  if (damaged) files.get(manifestName(2))![4]! ^= 1;
  let calls = 0;
  const maybe = <T>(what: 'list' | 'get', name: string, value: T): Promise<T> =>
    what === call && (what === 'list' || name === manifestName(2)) && calls++ < broken
      ? Promise.reject(unreadable(name))
      : Promise.resolve(value);
  return {
    place: 'memory',
    list: () => maybe('list', 'folder', [...files.keys()]),
    get: (name) => maybe('get', name, files.get(name)),
  } as Partial<CheckpointStore> as CheckpointStore;
}

async function found(store: CheckpointStore): Promise<object> {
  const warnings: string[] = [];
  const waits: number[] = [];
  const { job } = testManifest(1, []);
  const recovered = await recoverPatiently(store, job, {
    timers: {
      after: (ms, work) => {
        waits.push(ms);
        queueMicrotask(work);
        return () => undefined;
      },
    },
    warn: (message) => void warnings.push(message),
  });
  return { chosen: recovered.chosen?.checkpoint, waits, warnings };
}

const NOT_READABLE = 'checkpoint not readable';

describe('a search for the newest checkpoint', () => {
  test('waits while it cannot be read, longer each time', async () => {
    expect(await found(storeThat('get', 2))).toEqual({
      chosen: 2,
      waits: [100, 200],
      warnings: [NOT_READABLE, NOT_READABLE],
    });
  });

  test('goes back to the one before when waiting did not help', async () => {
    expect(await found(storeThat('get', 5))).toEqual({
      chosen: 1,
      waits: [100, 200, 400, 800],
      warnings: [...Array.from({ length: 4 }, () => NOT_READABLE), 'checkpoint rejected'],
    });
  });

  test('waits while the folder cannot be listed, and fails when it stays so', async () => {
    expect(await found(storeThat('list', 3))).toMatchObject({ chosen: 2, waits: [100, 200, 400] });
    await expect(found(storeThat('list', 5))).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_IO' });
  });

  test('does not wait for damage, which does not heal', async () => {
    expect(await found(storeThat('get', 0, true))).toEqual({
      chosen: 1,
      waits: [],
      warnings: ['checkpoint rejected'],
    });
  });
});
