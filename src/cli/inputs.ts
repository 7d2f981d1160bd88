/** Files that a command is given: the job and the configuration. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { EngineError } from '../base/index.ts';
import { nearestName } from '../graph/index.ts';
import { CONFIG_FILE_NAMES, loadConfig } from '../placement/index.ts';
import type { Config } from '../placement/index.ts';
import type { CliOptions } from './arguments.ts';
import type { CliIo } from './io.ts';

/**
 * The URL of a file that must exist.
 *
 * @param path relative to the working directory, or a `file:` URL
 * @param expected what it is to be, for the error: `the file of a job`
 * @throws ERR_CLI_FILE
 */
export function existingFile(path: string, expected: string, io: CliIo): URL {
  const url = path.startsWith('file:') ? new URL(path) : pathToFileURL(resolve(io.cwd, path));
  const found = statSync(url, { throwIfNoEntry: false });
  if (found?.isFile() === true) return url;
  const reason = found === undefined ? 'no such file' : 'it is no file';
  throw new EngineError('ERR_CLI_FILE', {
    expected,
    path,
    reason,
    suggestion: suggestFile(path, io),
  });
}

function suggestFile(path: string, io: CliIo): string {
  const folder = dirname(resolve(io.cwd, path));
  if (!existsSync(folder)) return 'Correct the path; it is relative to the working directory.';
  const near = nearestName(basename(path), readdirSync(folder));
  return near === undefined
    ? 'Correct the path; it is relative to the working directory.'
    : `Did you mean ${near}?`;
}

/** Absolute path of the configuration: the one given, or the first that lies in the working directory. */
export function configPath(options: CliOptions, io: CliIo): string | undefined {
  const found =
    options.config ?? CONFIG_FILE_NAMES.find((name) => existsSync(resolve(io.cwd, name)));
  return found === undefined ? undefined : resolve(io.cwd, found);
}

/** The resolved configuration. @throws ERR_CONFIG_… */
export function readConfig(options: CliOptions, io: CliIo): Promise<Config> {
  return loadConfig(configPath(options, io), options.set, options.profile, {
    workingDirectory: io.cwd,
    environment: io.env,
  });
}
