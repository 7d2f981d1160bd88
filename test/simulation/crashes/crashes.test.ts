/**
 * A short simulation of the whole engine with crashes and a failing disk, and the proof that it finds planted bugs. `npm run simulate`
 * is the long one.
 */

import { describe, expect, it } from 'vitest';

import { CRASH_CANARIES } from './canaries.ts';
import { drawCase } from './case.ts';
import { playCrashes } from './crash-play.ts';
import type { CrashCanary } from './crash-play.ts';
import { Draw } from '../draw.ts';
import { crashFailureText, simulateCrashes } from './simulate-crashes.ts';

const RUNS = 16;
const SEED = 1;

/** The first seed from here on that finds the bug. */
async function find(canary: CrashCanary): Promise<number | undefined> {
  for (let seed = SEED; seed < SEED + 100; seed++) {
    if ((await playCrashes(drawCase(new Draw(seed)), canary)) !== undefined) return seed;
  }
  return undefined;
}

describe('the engine', () => {
  it(
    `gives what the model gives whatever crashes, for ${RUNS} seeds from ${SEED}`,
    { timeout: 120_000 },
    async () => {
      const played = { processes: 0, attempts: 0, checkpoints: 0, restored: 0, actions: 0 };
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        expect({ seed, problem: await playCrashes(drawCase(new Draw(seed)), {}, played) }).toEqual({
          seed,
          problem: undefined,
        });
      }
      // One that does nothing finds nothing.
      expect(played.processes).toBeGreaterThan(RUNS);
      expect(played.checkpoints).toBeGreaterThan(RUNS / 2);
      expect(played.restored).toBeGreaterThan(0);
    },
  );

  it.each(Object.keys(CRASH_CANARIES))(
    'is found out when %s',
    { timeout: 120_000 },
    async (name) => {
      const canary = CRASH_CANARIES[name]!;
      const seed = (await find(canary))!;
      expect(seed).toBeDefined();
      expect(await playCrashes(drawCase(new Draw(seed)))).toBeUndefined();
    },
  );

  it('is the same again for the same seed, and shrinks', { timeout: 120_000 }, async () => {
    const canary = CRASH_CANARIES['a source goes on behind where it was']!;
    const seed = (await find(canary))!;
    const failure = (await simulateCrashes(seed, canary))!;
    expect(failure.drawn.operators.length).toBeLessThanOrEqual(
      drawCase(new Draw(seed)).operators.length,
    );
    const again = (await simulateCrashes(seed, canary))!;
    expect(crashFailureText(again)).toBe(crashFailureText(failure));
    expect(crashFailureText(failure)).toContain(`simulate -- ${seed} --runs 1 --only crashes`);
  });
});
