/** `millrace savepoint JOB`: a savepoint of a job that runs in another process. */

import type { Command } from '../command.ts';
import { takeSavepoint } from '../savepoint-call.ts';

/** See the file header. */
export const command: Command = (options, io) =>
  takeSavepoint('savepoint', options, io, options.stop);
