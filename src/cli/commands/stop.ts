/** `millrace stop JOB`: ends a job that runs in another process, with a savepoint to go on from. */

import type { Command } from '../command.ts';
import { takeSavepoint } from '../savepoint-call.ts';

/** See the file header. */
export const command: Command = (options, io) => takeSavepoint('stop', options, io, true);
