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

test('after the last spinning turn the answer is park, and progress begins the ladder anew', () => {
  const idle = new IdleStrategy(3);
  const ladder = (): string[] => {
    const actions = [idle.next(), idle.next(), idle.next(), idle.next(), idle.next()];
    idle.spin();
    return actions;
  };
  expect(ladder()).toEqual(['spin', 'spin', 'spin', 'park', 'park']);
  idle.reset();
  expect(ladder()).toEqual(['spin', 'spin', 'spin', 'park', 'park']);
});
