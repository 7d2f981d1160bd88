/** The laws in the header of src/exchange/idle-strategy.ts. */

import { expect, test } from 'vitest';
import { IdleStrategy, spinTurnsMax } from '../../src/exchange/index.ts';

test('auto spins only when every worker thread has a core to itself', () => {
  expect(spinTurnsMax('auto', 2, 1)).toBe(0);
  expect(spinTurnsMax('auto', 3, 2)).toBe(0);
  expect(spinTurnsMax('auto', 2, 2)).toBeGreaterThan(0);
  expect(spinTurnsMax('park', 1, 64)).toBe(0);
  expect(spinTurnsMax('spin', 64, 1)).toBeGreaterThan(spinTurnsMax('auto', 1, 2));
});

/** Turns without progress up to the answer `park`. */
function spins(idle: IdleStrategy): number {
  let turns = 0;
  while (idle.next() === 'spin') turns++;
  return turns;
}

test('after the last spinning turn the answer is park, and progress begins the ladder anew', () => {
  const idle = new IdleStrategy(64);
  expect(spins(idle)).toBe(64);
  idle.spin();
  idle.reset();
  expect(spins(idle)).toBeGreaterThan(0);
});

test('the budget halves with every sleep that was not spared, down to a sixteenth', () => {
  const idle = new IdleStrategy(64);
  const seen: number[] = [];
  for (let i = 0; i < 7; i++) {
    seen.push(spins(idle));
    idle.reset();
  }
  expect(seen).toEqual([64, 32, 16, 8, 4, 4, 4]);
});

test('the budget doubles when progress came while spinning, up to the maximum', () => {
  const idle = new IdleStrategy(64);
  for (let i = 0; i < 6; i++) {
    spins(idle);
    idle.reset();
  }
  for (let i = 0; i < 6; i++) {
    expect(idle.next()).toBe('spin');
    idle.reset();
  }
  expect(spins(idle)).toBe(64);
});

test('without spinning turns the answer is always park', () => {
  const idle = new IdleStrategy(0);
  expect([idle.next(), idle.next()]).toEqual(['park', 'park']);
});
