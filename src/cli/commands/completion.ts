/** `millrace completion SHELL`: a script that completes the command line, made from the tables of options. */

import { EngineError } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { bashCompletion } from '../completion-bash.ts';
import { fishCompletion } from '../completion-fish.ts';
import { zshCompletion } from '../completion-zsh.ts';
import { ExitCode } from '../exit-codes.ts';
import { SHELLS } from '../option-table.ts';

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** See the file header. */
export const command: Command = async (options, io) => {
  const got = options.operands[0]!;
  const shell = SHELLS.find((known) => known === got);
  if (shell === undefined) {
    throw new EngineError('ERR_CLI_OPERANDS', {
      usage: `millrace completion ${SHELLS.join('|')}`,
      got,
      command: 'completion',
    });
  }
  io.stdout.write(SCRIPTS[shell]());
  return ExitCode.ok;
};
