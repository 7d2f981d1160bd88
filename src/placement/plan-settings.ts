/** What the planner needs, merged from code and configuration. */

import type { JobOptions } from '../graph/index.ts';
import type { PlanSettings } from '../plan/index.ts';
import { jobConfigOf } from './config.ts';
import type { Config } from './config.ts';

/**
 * Settings of one job. Weakest first: defaults, `options` from the job's code, the configuration (file, profile,
 * overrides). The reason for this order stands in `config.ts`.
 *
 * @param threads worker threads of the pool: the parallelism of a job that sets none
 * @example
 * const settings = planSettings(config, graph.name, graph.options, poolOf(machine, config).threads);
 */
export function planSettings(
  config: Config,
  jobName: string,
  options: JobOptions,
  threads: number,
): PlanSettings {
  const job = jobConfigOf(config, jobName);
  const operatorParallelism = Object.entries(job.operators).flatMap(([name, { parallelism }]) =>
    parallelism === undefined ? [] : [[name, parallelism] as const],
  );
  return {
    parallelism: job.parallelism ?? options.parallelism ?? threads,
    maxParallelism: job.maxParallelism ?? options.maxParallelism,
    operatorParallelism: Object.fromEntries(operatorParallelism),
    chaining: job.chaining ?? true,
    pruning: job.pruning ?? true,
    strictTypes: job.strictTypes ?? options.strictTypes ?? false,
    executionMode: job.executionMode ?? options.executionMode ?? 'streaming',
    ringBytes: config.exchange.ring,
  };
}
