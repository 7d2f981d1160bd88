/** One run of the command: reads the command line, calls the command, prints what it throws. */

import { readFileSync } from 'node:fs';

import { toEngineError } from '../base/index.ts';
import { parseCommandLine } from './arguments.ts';
import type { CliOptions, CommandLine } from './arguments.ts';
import type { Command } from './command.ts';
import { errorJson, errorStyle, errorText } from './error-text.ts';
import { ExitCode, exitCodeOfError } from './exit-codes.ts';
import { helpText } from './help.ts';
import type { CliIo } from './io.ts';
import { MANIFEST } from './own-files.ts';
import type { CommandName } from './option-table.ts';
import { styleOf } from './style.ts';

/** Imported when called, so that `--version` and completions need not load the engine. */
const COMMAND_MODULES: Readonly<
  Record<Exclude<CommandName, 'help'>, () => Promise<{ readonly command: Command }>>
> = {
  run: () => import('./commands/run.ts'),
  plan: () => import('./commands/plan.ts'),
  validate: () => import('./commands/validate.ts'),
  bench: () => import('./commands/bench.ts'),
  schema: () => import('./commands/schema.ts'),
  doctor: () => import('./commands/doctor.ts'),
  list: () => import('./commands/list.ts'),
  savepoint: () => import('./commands/savepoint.ts'),
  stop: () => import('./commands/stop.ts'),
  cancel: () => import('./commands/cancel.ts'),
  inspect: () => import('./commands/inspect.ts'),
  'check-upgrade': () => import('./commands/check-upgrade.ts'),
  completion: () => import('./commands/completion.ts'),
};

/**
 * Runs a command line and settles with the exit code; never rejects.
 *
 * @param argv without the names of node and of the script
 * @example
 * process.exitCode = await runCommandLine(process.argv.slice(2), io);
 */
export async function runCommandLine(argv: readonly string[], io: CliIo): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(argv);
  } catch (thrown) {
    return report(thrown, io, {
      noColor: argv.includes('--no-color'),
      debug: argv.includes('--debug'),
      json: argv.includes('--json'),
    });
  }
  if (line.kind === 'version') {
    io.stdout.write(`${version()}\n`);
    return ExitCode.ok;
  }
  if (line.kind === 'help') {
    // Without any argument nothing was asked for: that is a mistake in a script.
    const asked = argv.length > 0;
    (asked ? io.stdout : io.stderr).write(helpText(line.command));
    return asked ? ExitCode.ok : ExitCode.usage;
  }
  const { options } = line;
  try {
    if (options.command === 'help') return ExitCode.ok;
    const { command } = await COMMAND_MODULES[options.command]();
    return await command(options, io);
  } catch (thrown) {
    return report(thrown, io, options);
  }
}

function report(
  thrown: unknown,
  io: CliIo,
  options: Pick<CliOptions, 'noColor' | 'debug' | 'json'>,
): number {
  const error = toEngineError(thrown);
  const { paint } = styleOf(io.stderr, io.env, options);
  const exitCode = exitCodeOfError(error);
  io.stderr.write(errorText(error, errorStyle(io, paint, options.debug)));
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ exitCode, error: errorJson(error) }, undefined, 2)}\n`);
  }
  return exitCode;
}

/** The package's own version; the path holds for sources and for built files. */
function version(): string {
  const text = readFileSync(MANIFEST, 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
