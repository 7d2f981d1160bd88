/** `millrace cancel JOB`: ends a job that runs in another process, at once. */

import { callEngine } from '../../remote/index.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { findJob } from '../running-jobs.ts';
import { plainText } from '../text.ts';

/** See the file header. Returns when no worker holds anything of the job. */
export const command: Command = async (options, io) => {
  const { entry, job, id } = await findJob('cancel', options, io);
  await callEngine(entry, { call: 'cancel', job: job.id });
  if (options.json) {
    const document = { job: job.name, id, canceled: true };
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else if (!options.quiet) io.stderr.write(`${plainText(job.name)} (${id}) is canceled\n`);
  return ExitCode.ok;
};
