/** `millrace list`: the jobs that run, of all engines that can be asked. */

import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { columnsOf } from '../io.ts';
import { jobLines } from '../job-table.ts';
import { findJobs } from '../running-jobs.ts';
import { styleOf } from '../style.ts';

/** See the file header. Without a job it prints nothing but a remark on standard error. */
export const command: Command = async (options, io) => {
  const jobs = await findJobs(options, io);
  if (options.json) {
    const document = jobs.map(({ entry, id, job }) => ({
      ...job,
      id,
      pid: entry.pid,
      number: job.id,
    }));
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return ExitCode.ok;
  }
  if (jobs.length === 0) io.stderr.write('no running jobs\n');
  const style = styleOf(io.stdout, io.env, options);
  const columns = io.stdout.isTTY ? columnsOf(io.stdout) : Infinity;
  for (const line of jobLines(jobs, Date.now(), style, columns)) io.stdout.write(`${line}\n`);
  return ExitCode.ok;
};
