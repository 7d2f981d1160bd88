/** A short simulation, and the proof that its models find what is wrong. `npm run simulate` is the long one. */

import { describe, expect, it } from 'vitest';

import type { Canary } from './play.ts';
import { failureText, kindOf, KINDS, simulate } from './simulate.ts';
import type { Failure } from './simulate.ts';

const RUNS = 300;
const SEED = 1;

/** Bugs that a runtime may have. */
const CANARIES: Readonly<Record<string, Canary>> = {
  'rows after a restore are lost': {
    row: (said, _, restores) => (restores > 0 && said.row.id % 3 === 0 ? [] : [said]),
  },
  'rows after a restore are doubled': {
    row: (said, _, restores) => (restores > 0 && said.row.id % 3 === 0 ? [said, said] : [said]),
  },
  'a watermark comes one millisecond early': { watermark: (watermark) => watermark + 1 },
  'a row that is just in time counts as late': {
    row: (said, watermark) => {
      return said.time === watermark + 1 ? [{ ...said, time: watermark - 1000 }] : [said];
    },
  },
};

/** The first failure of these kinds. */
async function find(canary: Canary, kinds: readonly string[]): Promise<Failure | undefined> {
  for (let seed = SEED; seed < SEED + 120; seed++) {
    const failure = await simulate(seed, kindOf(seed, kinds), canary);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

describe('a simulation', () => {
  it(
    `gives what the models give, for ${RUNS} seeds from ${SEED}`,
    { timeout: 120_000 },
    async () => {
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        const failure = await simulate(seed, kindOf(seed));
        expect(failure && failureText(failure)).toBeUndefined();
      }
    },
  );

  it.each(Object.entries(CANARIES))(
    'finds out when %s, and says how to see it again',
    { timeout: 120_000 },
    async (_, canary) => {
      const failure = (await find(canary, ['windows', 'slices', 'interval-join', 'process']))!;
      expect(failure).toBeDefined();
      expect(failure.script.length).toBeLessThanOrEqual(8);
      expect(failure.script.length).toBeLessThan(failure.drawnLength);
      const text = failureText(failure);
      expect(text).toContain(`npm run simulate -- ${failure.seed} --runs 1 --only ${failure.kind}`);
      expect(await simulate(failure.seed, failure.kind)).toBeUndefined();
    },
  );

  it('is the same again for the same seed', { timeout: 120_000 }, async () => {
    const canary = CANARIES['a watermark comes one millisecond early']!;
    const failure = (await find(canary, ['slices']))!;
    const again = await simulate(failure.seed, failure.kind, canary);
    expect(failureText(again!)).toBe(failureText(failure));
  });

  it('takes every kind in turn', () => {
    const kinds = new Set(KINDS.map((_, seed) => kindOf(seed)));
    expect([...kinds].toSorted()).toEqual([...KINDS].toSorted());
  });
});
