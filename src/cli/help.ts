/** The help texts, from the tables of options and commands. */

import { EXIT_CODE_HELP } from './exit-codes.ts';
import {
  COMMAND_NAMES,
  COMMANDS,
  COMMON_OPTIONS,
  OPTIONS,
  optionsOf,
  usageOf,
} from './option-table.ts';
import type { CommandName, OptionName } from './option-table.ts';
import { padText, wrapText } from './text.ts';

const WIDTH = 80;

/** Help of one command, or of the whole. At most 80 columns, but for examples. */
export function helpText(command: CommandName | undefined): string {
  return `${(command === undefined ? overview() : commandHelp(command)).join('\n')}\n`;
}

function overview(): string[] {
  return [
    'millrace: stateful stream processing inside Node.js',
    '',
    'Usage: millrace COMMAND [options]',
    '',
    'Commands',
    ...table(COMMAND_NAMES.map((name) => [usageOf(name).slice(9), COMMANDS[name].summary])),
    '',
    'Options of every command',
    ...optionLines(COMMON_OPTIONS),
    '',
    'Exit codes',
    ...table(EXIT_CODE_HELP),
    '',
    '`millrace help COMMAND` shows its options.',
  ];
}

function commandHelp(command: CommandName): string[] {
  const { summary, description, examples } = COMMANDS[command];
  return [
    `Usage: ${usageOf(command)} [options]`,
    '',
    ...wrapText(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`, WIDTH),
    ...description.flatMap((paragraph) => ['', ...wrapText(paragraph, WIDTH)]),
    '',
    'Options',
    ...optionLines(optionsOf(command)),
    '',
    'Examples',
    ...examples.map((example) => `  ${example}`),
  ];
}

function optionLines(names: readonly OptionName[]): string[] {
  return table(
    names.map((name) => {
      const { short, value, help } = OPTIONS[name];
      const long = value === undefined ? `--${name}` : `--${name} ${value}`;
      return [`${short === undefined ? '    ' : `-${short}, `}${long}`, help];
    }),
  );
}

/** Two columns; the second is broken into lines of its own column. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([head]) => head.length));
  const indent = ' '.repeat(width + 4);
  return rows.flatMap(([head, text]) => {
    const [first = '', ...rest] = wrapText(text, WIDTH - indent.length);
    return [`  ${padText(head, width)}  ${first}`, ...rest.map((line) => indent + line)];
  });
}
