/** Which of the running jobs a command means. Pure, but for the asking. */

import { dirname, resolve } from 'node:path';

import { EngineError } from '../base/index.ts';
import { count, nearestName } from '../graph/index.ts';
import { runningEngines, runtimeFolder } from '../remote/index.ts';
import type { EngineEntry, RemoteJob } from '../remote/index.ts';
import type { CliOptions } from './arguments.ts';
import type { CliIo } from './io.ts';
import type { CommandName } from './option-table.ts';
import { errorStyle, errorText } from './error-text.ts';
import { styleOf } from './style.ts';

/** A running job and the engine that runs it. */
export interface FoundJob {
  readonly entry: EngineEntry;
  readonly job: RemoteJob;
  /** What tells it from all others: `PID-NUMBER`. */
  readonly id: string;
}

/** All running jobs of this user, those of `--pid` when it was given; engines that do not answer are told of. */
export async function findJobs(options: CliOptions, io: CliIo): Promise<FoundJob[]> {
  const { engines, silent } = await runningEngines(runtimeFolder(io.env));
  const { paint } = styleOf(io.stderr, io.env, options);
  for (const { error } of silent) {
    io.stderr.write(errorText(error, errorStyle(io, paint, options.debug)));
  }
  return engines
    .filter(({ entry }) => options.pid === undefined || entry.pid === options.pid)
    .flatMap(({ entry, jobs }) =>
      jobs.map((job) => ({ entry, job, id: `${entry.pid}-${job.id}` })),
    );
}

/** The one job that a command means. @throws ERR_CLI_JOB there is none, or there are several */
export async function findJob(
  command: CommandName,
  options: CliOptions,
  io: CliIo,
): Promise<FoundJob> {
  return chooseJob(await findJobs(options, io), options.operands[0], io.cwd, command);
}

/**
 * The job of this name, of this ID, or with this folder of checkpoints; the only one when nothing is said.
 *
 * @throws ERR_CLI_JOB
 */
export function chooseJob(
  jobs: readonly FoundJob[],
  wanted: string | undefined,
  cwd: string,
  command: CommandName,
): FoundJob {
  const folder = wanted === undefined ? '' : resolve(cwd, wanted);
  const matching =
    wanted === undefined
      ? jobs
      : firstThatFinds([
          jobs.filter(({ id }) => id === wanted),
          jobs.filter(({ job }) => job.name === wanted),
          jobs.filter(({ job }) => job.checkpointFolder === folder),
          jobs.filter(
            ({ job }) => job.checkpointFolder !== null && dirname(job.checkpointFolder) === folder,
          ),
        ]);
  if (matching.length === 1) return matching[0]!;
  const several = matching.length > 1;
  const shown = several ? matching : jobs;
  const names = shown.map(({ job, id }) => `${job.name} (${id})`).join(', ');
  const near = wanted === undefined ? undefined : nearestName(wanted, namesOf(jobs));
  throw new EngineError('ERR_CLI_JOB', {
    wanted: wanted === undefined ? 'one running job' : `a running job ${wanted}`,
    found: several
      ? `${count(matching.length, 'job')}: ${names}`
      : names === ''
        ? 'no running job'
        : names,
    suggestion: several
      ? `Give one of the IDs: \`millrace ${command} ${matching[0]!.id}\`.`
      : near === undefined
        ? 'See `millrace list`; jobs of a program are there when it starts its engine with `control: true`.'
        : `Did you mean ${near}?`,
  });
}

function firstThatFinds(tries: readonly (readonly FoundJob[])[]): readonly FoundJob[] {
  return tries.find((found) => found.length > 0) ?? [];
}

function namesOf(jobs: readonly FoundJob[]): string[] {
  return jobs.flatMap(({ job, id }) => [job.name, id]);
}
