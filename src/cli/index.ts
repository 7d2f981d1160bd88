/** The command line, for those who embed the command itself. */

export { runCommandLine } from './command-line.ts';
export type { CliIo, Output, StopSignal, StreamName } from './io.ts';
