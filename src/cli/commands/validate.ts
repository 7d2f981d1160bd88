/** `millrace validate [JOB]`: whether the configuration, and with it the job, is sound. */

import { basename } from 'node:path';

import { explainConfig, shortageError } from '../../placement/index.ts';
import type { Command } from '../command.ts';
import { errorStyle, errorJson, errorText } from '../error-text.ts';
import { ExitCode } from '../exit-codes.ts';
import { readConfig } from '../inputs.ts';
import { columnsOf } from '../io.ts';
import { planSummary } from '../plan-summary.ts';
import { planFile } from '../planned-job.ts';
import { styleOf } from '../style.ts';
import { warningText } from '../warnings.ts';

/** See the file header. */
export const command: Command = (options, io) =>
  options.operands[0] === undefined
    ? validateConfig(options, io)
    : validateJob(options.operands[0], options, io);

const validateConfig: Command = async (options, io) => {
  const config = await readConfig(options, io);
  if (options.json) {
    const { sources, ...values } = config;
    io.stdout.write(`${JSON.stringify({ valid: true, config: values, sources }, undefined, 2)}\n`);
  } else if (!options.quiet) {
    const name =
      config.file === undefined
        ? 'The default configuration'
        : (options.config ?? basename(config.file));
    io.stdout.write(`${name} is valid.\n\n${explainConfig(config)}\n`);
  }
  return ExitCode.ok;
};

async function validateJob(
  path: string,
  options: Parameters<Command>[0],
  io: Parameters<Command>[1],
): Promise<number> {
  const { plan, placement, warnings } = await planFile(path, options, io);
  const { paint } = styleOf(io.stderr, io.env, options);
  const shortage = placement.fits ? undefined : shortageError(placement);
  if (options.json) {
    const result = {
      valid: placement.fits,
      job: plan.job,
      warnings,
      ...(shortage === undefined ? {} : { error: errorJson(shortage) }),
    };
    io.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    for (const warning of warnings) io.stderr.write(warningText(warning, paint, io.stderr));
  }
  if (!placement.fits) {
    io.stderr.write(errorText(shortageError(placement), errorStyle(io, paint, options.debug)));
    return ExitCode.shortage;
  }
  if (!options.json && !options.quiet) {
    const style = styleOf(io.stdout, io.env, options);
    const summary = planSummary(plan, placement, style, columnsOf(io.stdout));
    io.stdout.write(`${path} is valid.\n\n${summary.join('\n')}\n`);
  }
  return ExitCode.ok;
}
