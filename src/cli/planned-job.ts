/** A job planned and placed for this machine, without starting anything: what plan, validate and schema begin with. */

import { planJob } from '../control/index.ts';
import type { JobPlan } from '../control/index.ts';
import { probeMachine } from '../placement/index.ts';
import type { CliOptions } from './arguments.ts';
import { existingFile, readConfig } from './inputs.ts';
import type { CliIo } from './io.ts';

/**
 * Plans the job of a file. What the module prints while it is loaded goes to standard error.
 *
 * @throws ERR_CLI_FILE, ERR_CONFIG_…, ERR_GRAPH_…, ERR_PLAN_…, ERR_PLACEMENT_…
 */
export async function planFile(path: string, options: CliOptions, io: CliIo): Promise<JobPlan> {
  const url = existingFile(path, 'the file of a job', io);
  const config = await readConfig(options, io);
  const { parameters, parallelism } = options;
  const release = io.capture((_, text) => io.stderr.write(text));
  try {
    return await planJob(url, config, probeMachine(), {
      parameters,
      ...(parallelism === undefined ? {} : { parallelism }),
    });
  } finally {
    release();
  }
}
