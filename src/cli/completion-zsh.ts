/** The completion script for zsh (_arguments, _describe: zsh manual, 20.6). */

import { COMMAND_NAMES, COMMANDS, OPTIONS, optionsOf } from './option-table.ts';
import type { CommandName, Completion, OptionName } from './option-table.ts';

/** Save it as `_millrace` in a folder of `fpath`. */
export function zshCompletion(): string {
  return `#compdef millrace
# zsh completion for millrace; save it as _millrace in a folder of fpath

_millrace() {
  local context state line
  typeset -A opt_args
  local -a commands
  commands=(
${COMMAND_NAMES.map((name) => `    ${quoted(`${name}:${COMMANDS[name].summary}`)}`).join('\n')}
  )
  _arguments -C '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${COMMAND_NAMES.map(commandCase).join('\n')}
      esac ;;
  esac
}

if [[ $funcstack[1] == _millrace ]]; then _millrace "$@"; else compdef _millrace millrace; fi
`;
}

function commandCase(name: CommandName): string {
  const specs = [
    ...optionsOf(name).flatMap(optionSpecs),
    ...COMMANDS[name].complete.map((completion, at) => quoted(`${at + 1}: :${action(completion)}`)),
  ];
  return `        ${name}) _arguments ${specs.join(' ')} ;;`;
}

function optionSpecs(name: OptionName): string[] {
  const { short, value, help, complete, repeatable } = OPTIONS[name];
  const text = `[${help.replace(/[[\]]/g, '')}]`;
  const argument =
    value === undefined ? '' : `:${value}:${complete === undefined ? ' ' : action(complete)}`;
  const star = repeatable === true ? '*' : '';
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].map((spelling) =>
    quoted(`${star}${spelling}${text}${argument}`),
  );
}

function action(completion: Completion): string {
  if ('words' in completion) return `(${completion.words.join(' ')})`;
  const { files } = completion;
  return files.length === 0 ? '_files' : `_files -g "*.(${files.join('|')})(-.)"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
