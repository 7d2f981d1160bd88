/** The command as a newcomer runs it: a process of its own, of the built package (see built.ts). */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { ROOT } from './source-files.ts';

/** The command, from the project's folder. */
export const COMMAND = 'dist/cli/cli-main.js';

/** Runs the command in the project's folder, without colours. Rejects when it does not end with 0. */
export async function millrace(
  ...argv: readonly string[]
): Promise<{ readonly out: string; readonly err: string }> {
  const run = await promisify(execFile)(process.execPath, [COMMAND, ...argv], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    maxBuffer: 1 << 24,
  });
  return { out: run.stdout, err: run.stderr };
}
