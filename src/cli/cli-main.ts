#!/usr/bin/env node
/** The entry of the command `millrace`: acts on load, exports nothing. */

import { runCommandLine } from './command-line.ts';
import { flushStreams, processIo } from './process-io.ts';

const exitCode = await runCommandLine(process.argv.slice(2), processIo());
await flushStreams();
// Not only `exitCode`: a timer or a socket that a job module left open must not keep the process alive.
process.exit(exitCode);
