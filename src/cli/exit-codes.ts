/** Exit codes, and which error ends the command with which. */

import type { EngineError } from '../base/index.ts';
import type { StopSignal } from './io.ts';

/** By meaning; `millrace --help` lists them. */
export const ExitCode = {
  ok: 0,
  /** The job is wrong or failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The configuration is wrong. */
  config: 3,
  /** The job does not fit the machine or the pool. */
  shortage: 4,
} as const;

const SIGNAL_CODES: Readonly<Record<StopSignal, number>> = {
  SIGINT: 130,
  SIGPIPE: 141,
  SIGTERM: 143,
};

/** 128 and the number of the signal, as a shell reports a process that a signal ended. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return SIGNAL_CODES[signal];
}

/** The exit code of an error. */
export function exitCodeOfError(error: EngineError): number {
  const { code } = error;
  if (code === 'ERR_PLACEMENT_SHORT') return ExitCode.shortage;
  if (code === 'ERR_CLI_NO_TYPES') return ExitCode.failed;
  if (code.startsWith('ERR_CLI_')) return ExitCode.usage;
  if (/^ERR_(?:CONFIG|PLACEMENT|PLAN)_/.test(code)) return ExitCode.config;
  return ExitCode.failed;
}

/** The table of codes, for `--help`. */
export const EXIT_CODE_HELP: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'the job is wrong or failed'],
  ['2', 'the command line is wrong'],
  ['3', 'the configuration is wrong'],
  ['4', 'the job does not fit the machine'],
  ['130', 'stopped by SIGINT (Ctrl-C): once drains the job, twice cancels it'],
  ['141', 'standard output was closed by its reader'],
  ['143', 'stopped by SIGTERM: once drains the job, twice cancels it'],
];
