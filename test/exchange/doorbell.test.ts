import { expect, test } from 'vitest';
import { createDoorbell, Doorbell } from '../../src/exchange/index.ts';

test('ringing wakes only an owner that armed, and only once', () => {
  const words = createDoorbell();
  const owner = new Doorbell(words);
  const ringer = new Doorbell(words);
  ringer.ring();
  expect(ringer.rings).toBe(0);
  owner.arm();
  ringer.ring();
  ringer.ring();
  expect(ringer.rings).toBe(1);
  expect(owner.park(0)).toBe(true);
});

test('a park that nobody rings ends when its time passed', () => {
  const owner = new Doorbell(createDoorbell());
  owner.arm();
  expect(owner.park(1)).toBe(false);
  expect(owner.parks).toBe(1);
});

test('a disarmed owner is not rung, and parking without arming is an invariant broken', async () => {
  const words = createDoorbell();
  const owner = new Doorbell(words);
  const ringer = new Doorbell(words);
  owner.arm();
  owner.disarm();
  ringer.ring();
  expect(ringer.rings).toBe(0);
  expect(() => owner.park(0)).toThrow(expect.objectContaining({ code: 'ERR_BASE_INVARIANT' }));
  await expect(owner.parkAsync(0)).rejects.toMatchObject({ code: 'ERR_BASE_INVARIANT' });
});

test('parkAsync leaves the event loop turning and is woken from a callback of its own thread', async () => {
  const words = createDoorbell();
  const owner = new Doorbell(words);
  const ringer = new Doorbell(words);
  owner.arm();
  setTimeout(() => ringer.ring(), 1);
  expect(await owner.parkAsync(10_000)).toBe(true);
  owner.arm();
  ringer.ring();
  expect(await owner.parkAsync(10_000)).toBe(true);
  owner.arm();
  expect(await owner.parkAsync(1)).toBe(false);
});
