/** A savepoint that is asked for from outside: what `millrace savepoint` and `millrace stop` share. */

import { resolve } from 'node:path';

import { formatBytes, formatDuration } from '../base/index.ts';
import { callEngine } from '../remote/index.ts';
import type { CliOptions } from './arguments.ts';
import { ExitCode } from './exit-codes.ts';
import type { CliIo } from './io.ts';
import type { CommandName } from './option-table.ts';
import { findJob } from './running-jobs.ts';
import { plainText } from './text.ts';

/**
 * Takes it, and prints its folder on standard output, what is to be said of it on standard error.
 *
 * @param ends whether the job is to end behind it
 * @throws ERR_CLI_JOB, ERR_REMOTE_…, ERR_CONTROL_…, ERR_CHECKPOINT_…
 */
export async function takeSavepoint(
  command: CommandName,
  options: CliOptions,
  io: CliIo,
  ends: boolean,
): Promise<number> {
  const { entry, job, id } = await findJob(command, options, io);
  const folder = options.to === undefined ? null : resolve(io.cwd, options.to);
  const { drain } = options;
  const info = ends
    ? await callEngine(entry, { call: 'stop', job: job.id, folder, drain })
    : await callEngine(entry, { call: 'savepoint', job: job.id, folder });
  if (options.json) {
    const document = { job: job.name, id, stopped: ends, drained: ends && drain, ...info };
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return ExitCode.ok;
  }
  io.stdout.write(`${info.folder}\n`);
  if (!options.quiet) {
    const what = ends ? (drain ? 'drained and ended' : 'ended') : 'goes on';
    const size = `${formatBytes(info.bytes)} in ${formatDuration(info.durationMs)}`;
    io.stderr.write(
      `savepoint ${info.checkpoint} of ${plainText(job.name)}: ${size}; the job ${what}\n`,
    );
  }
  return ExitCode.ok;
}
