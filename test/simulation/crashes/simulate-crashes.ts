/** One seed of the whole engine with crashes, and what is left of a failing case after everything that does not matter is taken away. */

import { inspect } from 'node:util';

import { Draw } from '../draw.ts';
import { drawCase, NO_FAULTS } from './case.ts';
import type { CrashCase } from './case.ts';
import { playCrashes } from './crash-play.ts';
import type { CrashCanary } from './crash-play.ts';
import { inputsOf } from './job-draft.ts';
import type { Operator } from './job-draft.ts';

/** Name of this kind of run. */
export const CRASHES = 'crashes';

/** A run that gave something else than its model, or went on from the wrong place. */
export interface CrashFailure {
  readonly seed: number;
  /** What was wrong, after shrinking. */
  readonly problem: string;
  readonly drawn: CrashCase;
}

const SHRINK_RUNS_MAX = 60;

/** Runs one seed; gives what failed, shrunk. @param seed integer ≥ 0 */
export async function simulateCrashes(
  seed: number,
  canary?: CrashCanary,
): Promise<CrashFailure | undefined> {
  const drawn = drawCase(new Draw(seed));
  const problem = await playCrashes(drawn, canary);
  return problem === undefined ? undefined : shrink({ seed, problem, drawn }, canary);
}

/** Smaller and smaller, as long as something is wrong. */
async function shrink(found: CrashFailure, canary?: CrashCanary): Promise<CrashFailure> {
  let best = found;
  let runs = 0;
  const attempt = async (change: Partial<CrashCase>): Promise<void> => {
    if (++runs > SHRINK_RUNS_MAX) return;
    const drawn = { ...best.drawn, ...change };
    const problem = await playCrashes(drawn, canary);
    if (problem !== undefined) best = { ...best, problem, drawn };
  };
  await attempt({ faults: NO_FAULTS });
  for (let i = best.drawn.troubles.length - 1; i >= 0; i--) {
    await attempt({ troubles: best.drawn.troubles.toSpliced(i, 1) });
  }
  for (let i = best.drawn.operators.length - 1; i >= 0; i--) {
    const operators = without(best.drawn.operators, i);
    if (operators !== undefined) await attempt({ operators });
  }
  await attempt({ parallelism: 1 });
  await attempt({ workers: 1 });
  return best;
}

/** The operators without this one, when no other reads from it. */
function without(operators: readonly Operator[], place: number): readonly Operator[] | undefined {
  const isRead = operators.some((one) => inputsOf(one).includes(place));
  const others = operators.filter((one, i) => i !== place && one.kind === 'sink');
  if (isRead || others.length === 0) return undefined;
  const moved = (from: number): number => (from > place ? from - 1 : from);
  return operators.toSpliced(place, 1).map((one): Operator => {
    if (one.kind === 'source') return one;
    const from = moved(one.from);
    return 'other' in one ? { ...one, from, other: moved(one.other) } : { ...one, from };
  });
}

/** A failure for people, with the line that repeats it. */
export function crashFailureText({ seed, problem, drawn }: CrashFailure): string {
  const { operators, troubles, ...rest } = drawn;
  const list = (values: readonly unknown[]): string[] =>
    values.map((value) => `    ${inspect(value, { breakLength: Infinity })}`);
  return [
    `seed ${seed}: ${CRASHES}`,
    `  npm run simulate -- ${seed} --runs 1 --only ${CRASHES}`,
    `  ${inspect(rest, { breakLength: Infinity })}`,
    '  operators:',
    ...list(operators),
    '  troubles:',
    ...list(troubles),
    problem,
  ].join('\n');
}
