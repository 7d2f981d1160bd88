/** The completion script for fish (complete: fish documentation, commands). */

import { COMMAND_NAMES, COMMANDS, COMMON_OPTIONS, OPTIONS } from './option-table.ts';
import type { Completion, OptionName } from './option-table.ts';

/** Save it as `completions/millrace.fish` in the folder of fish's configuration. */
export function fishCompletion(): string {
  const none = 'not __fish_seen_subcommand_from $millrace_commands';
  const lines = [
    '# fish completion for millrace; save it as ~/.config/fish/completions/millrace.fish',
    `set -l millrace_commands ${COMMAND_NAMES.join(' ')}`,
    'complete -c millrace -f',
    ...COMMAND_NAMES.map(
      (name) => `complete -c millrace -n "${none}" -a ${name} -d ${quoted(COMMANDS[name].summary)}`,
    ),
    ...COMMON_OPTIONS.map((name) => optionLine(name, undefined)),
    ...COMMAND_NAMES.flatMap((name) => {
      const seen = `__fish_seen_subcommand_from ${name}`;
      return [
        ...COMMANDS[name].options.map((option) => optionLine(option, seen)),
        ...COMMANDS[name].complete.map(
          (completion) => `complete -c millrace -n "${seen}" ${candidates(completion)}`,
        ),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function optionLine(name: OptionName, condition: string | undefined): string {
  const { short, value, help, complete } = OPTIONS[name];
  return [
    'complete -c millrace',
    condition === undefined ? '' : `-n "${condition}"`,
    `-l ${name}`,
    short === undefined ? '' : `-s ${short}`,
    value === undefined ? '' : complete === undefined ? '-x' : `-r ${candidates(complete)}`,
    `-d ${quoted(help)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function candidates(completion: Completion): string {
  if ('words' in completion) return `-f -a ${quoted(completion.words.join(' '))}`;
  const { files } = completion;
  if (files.length === 0) return '-F';
  return `-k -a ${quoted(`(__fish_complete_suffix ${files.map((ending) => `.${ending}`).join(' ')})`)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
