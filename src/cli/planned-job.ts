/** A job planned and placed for this machine, without starting anything: what plan, validate and schema begin with. */

import { planJob } from '../control/index.ts';
import type { JobPlan } from '../control/index.ts';
import { checkConfigAgainstPlan, probeMachine } from '../placement/index.ts';
import type { PlanWarning } from '../plan/index.ts';
import type { CliOptions } from './arguments.ts';
import { existingFile, readConfig } from './inputs.ts';
import type { CliIo } from './io.ts';

/** See the file header. */
export interface PlannedJob extends JobPlan {
  /** Of the plan, and of the configuration against it. */
  readonly warnings: readonly PlanWarning[];
}

/**
 * Plans the job of a file. What the module prints while it is loaded goes to standard error.
 *
 * @throws ERR_CLI_FILE, ERR_CONFIG_…, ERR_GRAPH_…, ERR_PLAN_…, ERR_PLACEMENT_…
 */
export async function planFile(path: string, options: CliOptions, io: CliIo): Promise<PlannedJob> {
  const url = existingFile(path, 'the file of a job', io);
  const config = await readConfig(options, io);
  const { parameters, parallelism } = options;
  const release = io.capture((_, text) => io.stderr.write(text));
  try {
    const planned = await planJob(url, config, probeMachine(), {
      parameters,
      ...(parallelism === undefined ? {} : { parallelism }),
    });
    const own = checkConfigAgainstPlan(config, planned.plan);
    return { ...planned, warnings: [...planned.plan.warnings, ...own] };
  } finally {
    release();
  }
}
