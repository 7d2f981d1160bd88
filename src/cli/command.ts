/** The contract of a command. */

import type { CliOptions } from './arguments.ts';
import type { CliIo } from './io.ts';

/**
 * Does what the command line asks for and settles with the exit code.
 *
 * @throws EngineError what stopped it; the caller prints it and takes the exit code from it
 */
export type Command = (options: CliOptions, io: CliIo) => Promise<number>;
