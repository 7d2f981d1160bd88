/** One simulated run by its seed, and what is left of a failing one after everything that does not matter is taken away. */

import { inspect } from 'node:util';

import { Draw } from './draw.ts';
import { play } from './play.ts';
import type { Canary } from './play.ts';
import { scenarios } from './scenarios.ts';
import type { Case, Say } from './scenario.ts';
import { drawScript, drawSettings } from './script.ts';
import type { Settings } from './script.ts';

/** A run that gave something else than its model. */
export interface Failure {
  readonly seed: number;
  readonly kind: string;
  readonly title: string;
  /** What was missing and what was too much, after shrinking. */
  readonly differences: string;
  readonly script: readonly Say[];
  readonly settings: Settings;
  /** Of the script as it was drawn. */
  readonly drawnLength: number;
}

const SHRINK_RUNS_MAX = 400;

/** Names of what can be simulated. */
export const KINDS: readonly string[] = scenarios.map(({ name }) => name);

/** The kind of a seed among these: they take turns. */
export function kindOf(seed: number, kinds: readonly string[] = KINDS): string {
  return kinds[seed % kinds.length]!;
}

/** Runs one seed; gives what failed, shrunk. @param seed integer ≥ 0 */
export async function simulate(
  seed: number,
  kind: string,
  canary?: Canary,
): Promise<Failure | undefined> {
  const scenario = scenarios.find(({ name }) => name === kind);
  if (scenario === undefined) throw new TypeError(`a kind of ${KINDS.join(', ')}, got ${kind}`);
  const draw = new Draw(seed);
  const drawn = scenario.draw(draw);
  const settings = drawSettings(draw);
  const script = drawScript(draw, drawn);
  const differences = await play(drawn, settings, script, canary);
  if (differences === undefined) return undefined;
  const found = { seed, kind, title: drawn.title, drawnLength: script.length };
  return { ...found, ...(await shrink(drawn, { settings, script, differences }, canary)) };
}

type Failing = Pick<Failure, 'settings' | 'script' | 'differences'>;

/** Smaller and smaller, as long as something is wrong. */
async function shrink(drawn: Case, failing: Failing, canary?: Canary): Promise<Failing> {
  let best = failing;
  let runs = 0;
  const attempt = async (settings: Settings, script: readonly Say[]): Promise<boolean> => {
    if (++runs > SHRINK_RUNS_MAX) return false;
    const differences = await play(drawn, settings, script, canary);
    if (differences === undefined) return false;
    best = { settings, script, differences };
    return true;
  };
  for (let size = Math.ceil(best.script.length / 2); size >= 1; size = size > 1 ? size >> 1 : 0) {
    for (let at = 0; at < best.script.length;) {
      const { settings, script } = best;
      const shorter = [...script.slice(0, at), ...script.slice(at + size)];
      if (!(await attempt(settings, shorter))) at += size;
    }
  }
  for (const simpler of [
    { parallelism: 1 },
    { chaining: true },
    { pruning: true },
    { codegen: true },
    { refuseSteps: false },
    { guardRows: true },
    { stepRowsMax: 64 },
    { ringBytes: 65_536 },
  ]) {
    const { settings, script } = best;
    await attempt({ ...settings, options: { ...settings.options, ...simpler } }, script);
  }
  await attempt({ ...best.settings, start: 0 }, best.script);
  for (let i = 0; i < best.script.length; i++) {
    const simpler = { ...best.script[i]!, ...('steps' in best.script[i]! ? { steps: 0 } : {}) };
    await attempt(best.settings, best.script.with(i, simpler as Say));
    if (simpler.say !== 'row') continue;
    for (const plain of [{ n: 0 }, { key: 0 }, { lane: 0 }, { gap: 1 }, { ahead: 0 }]) {
      const say = best.script[i]! as Extract<Say, { say: 'row' }>;
      await attempt(best.settings, best.script.with(i, { ...say, ...plain }));
    }
  }
  return best;
}

/** A failure for people, with the line that repeats it. */
export function failureText(failure: Failure): string {
  const { seed, kind, title, differences, script, settings, drawnLength } = failure;
  const lines = script.map((say) => `  ${inspect(say, { breakLength: Infinity })}`);
  return [
    `seed ${seed}: ${kind}: ${title}`,
    `  npm run simulate -- ${seed} --runs 1 --only ${kind}`,
    `  start ${settings.start}, ${inspect(settings.options, { breakLength: Infinity })}`,
    `  shrunk from ${drawnLength} to ${script.length}:`,
    ...lines.map((line) => `  ${line}`),
    differences,
  ].join('\n');
}
