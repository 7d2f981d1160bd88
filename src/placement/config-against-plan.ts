/** Names in the configuration against the names a plan has: a setting that applies to nothing is a mistake. */

import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import { ConfigProblems, didYouMean, nearest, showPath } from './config-problems.ts';
import { jobConfigOf } from './config.ts';
import type { Config } from './config.ts';

/**
 * Checks the operator names of the plan's job. Other jobs of the configuration are left alone, since a file may name
 * several; but when none is the plan's and one is nearly so, that is a warning.
 *
 * @returns warnings
 * @throws ERR_CONFIG_OPERATOR with all of them in `details.problems`
 */
export function checkConfigAgainstPlan(config: Config, plan: PhysicalPlan): readonly PlanWarning[] {
  const known = plan.chains.flatMap((chain) => chain.operators.map(({ name }) => name));
  const problems = new ConfigProblems();
  for (const operator of Object.keys(jobConfigOf(config, plan.job).operators)) {
    if (known.includes(operator)) continue;
    const path = showPath(['jobs', plan.job, 'operators', operator]);
    problems.add(
      'ERR_CONFIG_OPERATOR',
      {
        job: plan.job,
        operator,
        known: known.join(', '),
        suggestion: didYouMean(operator, known, 'Name the operator in the code with .name().'),
      },
      sourceOf(config, path),
    );
  }
  problems.throwIfAny();
  if (Object.hasOwn(config.jobs, plan.job)) return [];
  const near = nearest(plan.job, Object.keys(config.jobs));
  if (near === undefined) return [];
  return [
    {
      code: 'WARN_CONFIG_JOB',
      message: `The configuration does not name job ${plan.job}; did you mean it by "${near}"?`,
      operator: undefined,
      location: undefined,
    },
  ];
}

/** The place of the first value below a key, from its recorded source. */
function sourceOf(config: Config, path: string): { file?: string; line?: number } {
  const key = Object.keys(config.sources).find((name) => name.startsWith(`${path}.`));
  const match = /^(.*):(\d+)$/.exec(key === undefined ? '' : config.sources[key]!);
  return match ? { file: config.file ?? match[1]!, line: Number(match[2]) } : {};
}
