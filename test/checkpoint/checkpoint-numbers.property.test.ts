/** Law of src/checkpoint/checkpoint-numbers.ts: whatever a run used, the next one begins above it. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { CheckpointNumbers, fileStore, recover } from '../../src/checkpoint/index.ts';
import { FaultyDisk } from '../support/faulty-disk.ts';

const FOLDER = '/checkpoints';

/** Runs of a job that leave nothing but what reserves numbers; each uses some and loses power at a call. */
const runs = fc.array(
  fc.record({ numbers: fc.nat(40), powerLossAt: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 6 },
);

test('no number is used twice, although runs die at any call and leave no checkpoint', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), runs, async (seed, all) => {
      let disk = new FaultyDisk(seed);
      let used = 0;
      for (const { numbers, powerLossAt } of all) {
        const store = fileStore(FOLDER, disk);
        let { nextCheckpoint } = await recover(store, 'job');
        expect(nextCheckpoint).toBeGreaterThan(used);
        disk.setFaults({ powerLossAt: disk.calls + powerLossAt });
        const reserving = new CheckpointNumbers(store);
        for (let n = 0; n < numbers && !disk.isDown; n++) {
          const number = nextCheckpoint++;
          try {
            await reserving.reserve(number);
            used = number;
          } catch {
            break;
          }
        }
        disk = disk.afterPowerLoss();
      }
    }),
  );
});

test('a job that ended as it should leaves nothing, and one file reserves many numbers', async () => {
  const store = fileStore(FOLDER, new FaultyDisk(1));
  const numbers = new CheckpointNumbers(store);
  await Promise.all([numbers.reserve(1), numbers.reserve(2)]);
  expect(numbers.reserve(16)).toBeUndefined();
  await numbers.reserve(17);
  expect(await store.list()).toHaveLength(1);
  expect((await recover(store, 'job')).nextCheckpoint).toBe(33);
  await numbers.forget();
  expect(await store.list()).toEqual([]);
});
