/** The completion script for bash (complete, compgen: Bash Reference Manual, 8.6 - 8.7). */

import { COMMAND_NAMES, COMMANDS, OPTIONS, optionsOf } from './option-table.ts';
import type { CommandName, Completion, OptionName } from './option-table.ts';

/** Source it, or put it in a folder that bash-completion reads. */
export function bashCompletion(): string {
  return `# bash completion for millrace; load it by: source <(millrace completion bash)
_millrace() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" operands=0 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${valued().join('|')}) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command="\${COMP_WORDS[i]}"; else ((operands++)); fi ;;
    esac
  done
  case "$before" in
${valueCases()}
  esac
  if [[ $word == -* ]]; then
    case "$command" in
${COMMAND_NAMES.map((name) => `      ${name}) ${words(optionWords(name))} ;;`).join('\n')}
      *) ${words(['--help', '--version'])} ;;
    esac
    return
  fi
  case "$command:$operands" in
    :0) ${words(COMMAND_NAMES)} ;;
${operandCases()}
  esac
}
complete -o filenames -F _millrace millrace
`;
}

function words(list: readonly string[]): string {
  return `COMPREPLY=($(compgen -W "${list.join(' ')}" -- "$word"))`;
}

function files(endings: readonly string[]): string {
  if (endings.length === 0) return 'COMPREPLY=($(compgen -f -- "$word"))';
  const pattern = `!*.@(${endings.join('|')})`;
  // Folders too, since the file may lie in one; extglob is on within the subshell only.
  return `COMPREPLY=($(shopt -s extglob; compgen -f -X '${pattern}' -- "$word"; compgen -d -- "$word"))`;
}

function completed(completion: Completion): string {
  return 'words' in completion ? words(completion.words) : files(completion.files);
}

/** Options that take a value, long and short. */
function valued(): string[] {
  return optionNames()
    .filter((name) => OPTIONS[name].value !== undefined)
    .flatMap((name) => spellings(name));
}

function valueCases(): string {
  return optionNames()
    .filter((name) => OPTIONS[name].value !== undefined)
    .map((name) => {
      const { complete } = OPTIONS[name];
      return `    ${spellings(name).join('|')}) ${complete === undefined ? '' : `${completed(complete)}; `}return ;;`;
    })
    .join('\n');
}

function operandCases(): string {
  return COMMAND_NAMES.flatMap((name) =>
    COMMANDS[name].complete.map(
      (completion, at) => `    ${name}:${at}) ${completed(completion)} ;;`,
    ),
  ).join('\n');
}

function optionWords(command: CommandName): string[] {
  return optionsOf(command).map((name) => `--${name}`);
}

function spellings(name: OptionName): string[] {
  const { short } = OPTIONS[name];
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

function optionNames(): OptionName[] {
  return Object.keys(OPTIONS) as OptionName[];
}
