/** The command line, read and checked against the tables of options. Pure. */

import { parseArgs } from 'node:util';

import { EngineError } from '../base/index.ts';
import { nearestName } from '../graph/index.ts';
import type { JobParameters } from '../graph/index.ts';
import type { PlanFormat } from '../plan/index.ts';
import {
  COMMAND_NAMES,
  COMMANDS,
  COMMON_OPTIONS,
  EXPORT_FORMATS,
  OPTIONS,
  optionsOf,
  PLAN_FORMATS,
  usageOf,
} from './option-table.ts';
import type { CommandName, OptionName } from './option-table.ts';

/** What every command is given; what was not said is undefined, false or empty. */
export interface CliOptions {
  readonly command: CommandName;
  readonly operands: readonly string[];
  readonly config: string | undefined;
  readonly profile: string | undefined;
  readonly set: readonly string[];
  readonly parallelism: number | undefined;
  readonly parameters: JobParameters;
  readonly from: string | undefined;
  readonly allowNonRestoredState: boolean;
  readonly pid: number | undefined;
  /** Folder for savepoints, as it was given: `--to`, or `--savepoint` of `stop`. */
  readonly to: string | undefined;
  readonly stop: boolean;
  readonly drain: boolean;
  readonly checkpoint: number | undefined;
  readonly state: string | undefined;
  readonly key: string | undefined;
  readonly limit: number | undefined;
  readonly format: PlanFormat;
  readonly exportFormat: ExportFormat;
  readonly out: string | undefined;
  readonly smoke: boolean;
  readonly list: boolean;
  readonly peers: readonly string[];
  readonly report: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly noColor: boolean;
}

/** How exported state is written. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'version' }
  /** Help, of one command or of all. */
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'command'; readonly options: CliOptions };

const PARALLELISM_MAX = 32_768;
const NAMES = Object.keys(OPTIONS) as OptionName[];

const PARSER_OPTIONS: Readonly<
  Record<string, { type: 'string' | 'boolean'; short?: string; multiple: true }>
> = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { short, value }]) => [
    name,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      multiple: true as const,
      ...(short === undefined ? {} : { short }),
    },
  ]),
);

/** Values by option, in the order given. */
type Given = ReadonlyMap<OptionName, readonly string[]>;

/**
 * Reads a command line.
 *
 * @param argv without the names of node and of the script
 * @throws ERR_CLI_COMMAND, ERR_CLI_OPTION, ERR_CLI_VALUE, ERR_CLI_OPERANDS
 * @example
 * parseCommandLine(['plan', 'job.ts', '--format', 'dot']);
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: PARSER_OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [word, ...operands] = positionals;
  const command = word === undefined ? undefined : commandOf(word);
  const given = new Map<OptionName, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const name = checkedOption(token, command);
    given.set(name, [...(given.get(name) ?? []), token.value ?? '']);
  }
  if (given.has('version')) return { kind: 'version' };
  if (command === undefined || given.has('help')) return { kind: 'help', command };
  checkOperands(command, operands);
  if (command === 'help') {
    return {
      kind: 'help',
      command: operands[0] === undefined ? undefined : commandOf(operands[0]),
    };
  }
  return { kind: 'command', options: optionsFrom(command, operands, given) };
}

function commandOf(word: string): CommandName {
  const found = COMMAND_NAMES.find((name) => name === word);
  if (found !== undefined) return found;
  throw new EngineError('ERR_CLI_COMMAND', {
    known: COMMAND_NAMES.join(', '),
    got: word,
    suggestion: suggest(word, COMMAND_NAMES, 'See `millrace help`.'),
  });
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkedOption(token: OptionToken, command: CommandName | undefined): OptionName {
  const { rawName, value, inlineValue } = token;
  const name = NAMES.find((known) => known === token.name);
  const own = command === undefined ? COMMON_OPTIONS : optionsOf(command);
  if (name === undefined || !own.includes(name)) throw unknownOption(rawName, name, own, command);
  const { value: shown } = OPTIONS[name];
  const described = command ?? 'millrace';
  if (shown === undefined) {
    if (value === undefined) return name;
    throw new EngineError('ERR_CLI_VALUE', {
      option: `--${name}`,
      expected: 'no value',
      got: value,
      command: described,
    });
  }
  // `--config --json` is a forgotten value and not a file of that name, which would be `--config=--json`.
  if (value === undefined || (inlineValue !== true && value.startsWith('-') && value !== '-')) {
    throw new EngineError('ERR_CLI_VALUE', {
      option: `--${name}`,
      expected: shown,
      got: value ?? 'nothing',
      command: described,
    });
  }
  return name;
}

function unknownOption(
  rawName: string,
  name: OptionName | undefined,
  own: readonly OptionName[],
  command: CommandName | undefined,
): EngineError {
  const others =
    name === undefined
      ? []
      : COMMAND_NAMES.filter((other) => COMMANDS[other].options.includes(name));
  const suggestion =
    others.length > 0
      ? `It is an option of ${others.map((other) => `\`millrace ${other}\``).join(', ')}.`
      : suggest(
          rawName,
          own.map((known) => `--${known}`),
          `See \`millrace ${command === undefined ? '--help' : `help ${command}`}\`.`,
        );
  return new EngineError('ERR_CLI_OPTION', {
    command: command === undefined ? 'millrace' : `millrace ${command}`,
    got: rawName,
    suggestion,
  });
}

function checkOperands(command: CommandName, operands: readonly string[]): void {
  const { operandsMin, operandsMax } = COMMANDS[command];
  if (operands.length >= operandsMin && operands.length <= operandsMax) return;
  const got =
    operands.length < operandsMin
      ? operands.length === 0
        ? 'nothing more'
        : `only ${operands.join(' ')}`
      : `also ${operands.slice(operandsMax).join(' ')}`;
  throw new EngineError('ERR_CLI_OPERANDS', { usage: usageOf(command), got, command });
}

function optionsFrom(command: CommandName, operands: readonly string[], given: Given): CliOptions {
  const last = (name: OptionName): string | undefined => given.get(name)?.at(-1);
  const json = given.has('json');
  return {
    command,
    operands,
    config: last('config'),
    profile: last('profile'),
    set: given.get('set') ?? [],
    parallelism: countOf('parallelism', last('parallelism'), command, PARALLELISM_MAX),
    parameters: parametersOf(given.get('param') ?? [], command),
    from: last('from'),
    allowNonRestoredState: given.has('allow-non-restored-state'),
    pid: countOf('pid', last('pid'), command),
    to: last('to') ?? last('savepoint'),
    stop: given.has('stop') || given.has('drain'),
    drain: given.has('drain'),
    checkpoint: countOf('checkpoint', last('checkpoint'), command),
    state: last('state'),
    key: last('key'),
    limit: countOf('limit', last('limit'), command),
    ...formatsOf(last('format'), command, json),
    out: last('out'),
    smoke: given.has('smoke'),
    list: given.has('list'),
    peers: given.get('peers') ?? [],
    report: given.has('report'),
    json,
    quiet: given.has('quiet'),
    debug: given.has('debug'),
    noColor: given.has('no-color'),
  };
}

function countOf(
  option: OptionName,
  text: string | undefined,
  command: CommandName,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new EngineError('ERR_CLI_VALUE', {
    option: `--${option}`,
    expected: most === Number.MAX_SAFE_INTEGER ? 'an integer ≥ 1' : `an integer of 1 .. ${most}`,
    got: text,
    command,
  });
}

/** Plans and exported state have formats of their own. */
function formatsOf(
  text: string | undefined,
  command: CommandName,
  json: boolean,
): Pick<CliOptions, 'format' | 'exportFormat'> {
  if (command === 'inspect') {
    return { format: 'text', exportFormat: wordOf(EXPORT_FORMATS, text, command) ?? 'jsonl' };
  }
  const format = wordOf(PLAN_FORMATS, text, command) ?? (json ? 'json' : 'text');
  return { format, exportFormat: 'jsonl' };
}

function wordOf<W extends string>(
  words: readonly W[],
  text: string | undefined,
  command: CommandName,
): W | undefined {
  if (text === undefined) return undefined;
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new EngineError('ERR_CLI_VALUE', {
    option: '--format',
    expected: words.join(', '),
    got: text,
    command,
  });
}

function parametersOf(texts: readonly string[], command: CommandName): JobParameters {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), parameterValue(text.slice(at + 1))];
      throw new EngineError('ERR_CLI_VALUE', {
        option: '--param',
        expected: 'NAME=VALUE',
        got: text,
        command,
      });
    }),
  );
}

function parameterValue(text: string): JobParameters[string] {
  try {
    return JSON.parse(text) as JobParameters[string];
  } catch {
    return text;
  }
}

function suggest(got: string, known: readonly string[], otherwise: string): string {
  const near = nearestName(got, known);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
}
