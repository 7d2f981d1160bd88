/** The options and commands, as data: the parser, the help and the completions are made from these tables. */

/** Name of an option, without `--`. */
export type OptionName =
  | 'config'
  | 'profile'
  | 'set'
  | 'parallelism'
  | 'param'
  | 'from'
  | 'allow-non-restored-state'
  | 'format'
  | 'out'
  | 'smoke'
  | 'list'
  | 'peers'
  | 'report'
  | 'json'
  | 'quiet'
  | 'debug'
  | 'no-color'
  | 'help'
  | 'version';

/** Name of a command. */
export type CommandName =
  | 'run'
  | 'plan'
  | 'validate'
  | 'bench'
  | 'schema'
  | 'doctor'
  | 'completion'
  | 'help';

/** What completes a word: names of files (with these endings, or any), or one of these words. */
export type Completion =
  | { readonly files: readonly string[] }
  | { readonly words: readonly string[] };

/** One option. */
export interface OptionSpec {
  readonly short?: string;
  /** What stands for its value in the help; an option without one is a switch. */
  readonly value?: string;
  readonly repeatable?: true;
  readonly help: string;
  readonly complete?: Completion;
}

/** One command. */
export interface CommandSpec {
  /** After the name, as in a usage line. */
  readonly operands: string;
  readonly operandsMin: number;
  readonly operandsMax: number;
  /** A clause; the list of commands. */
  readonly summary: string;
  /** Paragraphs of its help. */
  readonly description: readonly string[];
  readonly options: readonly OptionName[];
  readonly examples: readonly string[];
  /** What completes each operand in turn. */
  readonly complete: readonly Completion[];
}

const MODULES: Completion = { files: ['ts', 'mts', 'js', 'mjs'] };
/** Forms in which a plan is printed. */
export const PLAN_FORMATS = ['text', 'json', 'mermaid', 'dot'] as const;
/** Shells that completions are made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** All options, in the order of the help. */
export const OPTIONS: Readonly<Record<OptionName, OptionSpec>> = {
  config: {
    short: 'c',
    value: 'FILE',
    help: 'configuration (.yaml, .json, .ts); default: millrace.yaml and the like, if there',
    complete: { files: ['yaml', 'yml', 'json', 'ts', 'mts', 'js', 'mjs'] },
  },
  profile: { value: 'NAME', help: 'overlay of the configuration, from its `profiles`' },
  set: {
    value: 'KEY=VALUE',
    repeatable: true,
    help: 'override one setting, such as pool.threads=2; repeatable',
  },
  parallelism: { short: 'p', value: 'N', help: 'subtasks of operators that do not say otherwise' },
  param: {
    value: 'NAME=VALUE',
    repeatable: true,
    help: 'env.parameters of the job; JSON if it parses, else text; repeatable',
  },
  from: {
    value: 'FOLDER',
    help: 'go on from a savepoint or checkpoint: its folder, or `latest`',
    complete: { files: [] },
  },
  'allow-non-restored-state': {
    help: 'leave out state of operators that the job no longer has',
  },
  format: {
    short: 'f',
    value: 'FORMAT',
    help: 'text (default), json, mermaid or dot',
    complete: { words: PLAN_FORMATS },
  },
  out: {
    short: 'o',
    value: 'FILE',
    help: 'write there, not to standard output',
    complete: { files: [] },
  },
  smoke: { help: 'small sizes: shows that all benchmarks work, measures nothing' },
  list: { help: 'only the names of the benchmarks' },
  peers: {
    value: 'NAMES',
    repeatable: true,
    help: 'engines to measure beside this one, such as flink; repeatable',
  },
  report: { help: 'also write a report: Markdown and plots' },
  json: { help: 'one JSON document on standard output' },
  quiet: { short: 'q', help: 'only results and errors' },
  debug: { help: 'show stacks of errors' },
  'no-color': { help: 'no colors (also: NO_COLOR in the environment)' },
  help: { short: 'h', help: 'show help' },
  version: { short: 'V', help: 'show the version' },
};

/** Options that every command has. */
export const COMMON_OPTIONS: readonly OptionName[] = ['debug', 'no-color', 'help', 'version'];

const CONFIGURED = ['config', 'profile', 'set'] as const;

/** All commands, in the order of the help. */
export const COMMANDS: Readonly<Record<CommandName, CommandSpec>> = {
  run: {
    operands: 'JOB',
    operandsMin: 1,
    operandsMax: 1,
    summary: 'run a job',
    description: [
      'JOB is a module whose default export is a job; TypeScript is run as it is. What the job prints goes to standard output; plan, progress and report go to standard error.',
      'Ctrl-C once stops the sources and lets the rest run out; twice cancels the job.',
      'With --json, standard output is one document (job, state, durations, metrics, error), and what the job prints goes to standard error.',
    ],
    options: [
      ...CONFIGURED,
      'parallelism',
      'param',
      'from',
      'allow-non-restored-state',
      'json',
      'quiet',
    ],
    examples: [
      'millrace run airport-delays.ts --config millrace.yaml',
      'millrace run bids.ts --param rows=1000000 --set pool.threads=4',
    ],
    complete: [MODULES],
  },
  plan: {
    operands: 'JOB',
    operandsMin: 1,
    operandsMax: 1,
    summary: 'explain how a job would run',
    description: [
      'Shows the logical graph, its chains, its subtasks and channels, and which worker runs what with how much CPU and memory. Starts nothing. Ends with 4 when the job does not fit, and says why.',
    ],
    options: [...CONFIGURED, 'parallelism', 'param', 'format', 'json'],
    examples: [
      'millrace plan airport-delays.ts',
      'millrace plan airport-delays.ts -f dot | dot -Tsvg > plan.svg',
    ],
    complete: [MODULES],
  },
  validate: {
    operands: '[JOB]',
    operandsMin: 0,
    operandsMax: 1,
    summary: 'check a job and the configuration',
    description: [
      'Checks the configuration, and with JOB also its graph, its plan and whether it fits. Starts nothing.',
      'Without JOB it shows every setting and where its value comes from.',
    ],
    options: [...CONFIGURED, 'parallelism', 'param', 'json', 'quiet'],
    examples: ['millrace validate airport-delays.ts', 'millrace validate --config production.yaml'],
    complete: [MODULES],
  },
  bench: {
    operands: '[NAME ...]',
    operandsMin: 0,
    operandsMax: 1000,
    summary: 'measure this machine',
    description: [
      'Runs the benchmarks of the engine, or those named, each in a process of its own, and checks their answers. A full run takes long; --list shows the names.',
      'The configuration is that of the jobs measured, except for what a benchmark sets itself: its threads, and which of them runs what.',
    ],
    options: [...CONFIGURED, 'smoke', 'list', 'peers', 'report', 'json'],
    examples: [
      'millrace bench keyed-sum record-latency',
      'millrace bench --smoke',
      'millrace bench scaling --config millrace.yaml --json > measured.json',
    ],
    complete: [],
  },
  schema: {
    operands: 'export JOB | import FILE',
    operandsMin: 2,
    operandsMax: 2,
    summary: 'record types to and from FlatBuffers schemas',
    description: [
      '`schema export JOB` writes the record types of the job as a schema (.fbs), so that other languages can read and write its rows.',
      '`schema import FILE` writes the tables of a schema as record types in TypeScript.',
    ],
    options: ['param', 'out'],
    examples: [
      'millrace schema export airport-delays.ts --out flights.fbs',
      'millrace schema import flights.fbs > flights.ts',
    ],
    complete: [{ words: ['export', 'import'] }, { files: ['ts', 'mts', 'js', 'mjs', 'fbs'] }],
  },
  doctor: {
    operands: '',
    operandsMin: 0,
    operandsMax: 0,
    summary: 'show what this machine offers',
    description: [
      'Shows CPUs, memory and their limits, what the platform can do and why not, and the pool of workers that the configuration makes of it.',
    ],
    options: [...CONFIGURED, 'json'],
    examples: ['millrace doctor', 'millrace doctor --set pool.pin=exclusive'],
    complete: [],
  },
  completion: {
    operands: SHELLS.join('|'),
    operandsMin: 1,
    operandsMax: 1,
    summary: 'completions for a shell',
    description: ['Writes a script that completes commands, options and files.'],
    options: [],
    examples: [
      'source <(millrace completion bash)',
      'millrace completion zsh > "${fpath[1]}/_millrace"',
      'millrace completion fish > ~/.config/fish/completions/millrace.fish',
    ],
    complete: [{ words: SHELLS }],
  },
  help: {
    operands: '[COMMAND]',
    operandsMin: 0,
    operandsMax: 1,
    summary: 'show help',
    description: ['Shows the commands, or the options of one.'],
    options: [],
    examples: ['millrace help run'],
    complete: [
      { words: ['run', 'plan', 'validate', 'bench', 'schema', 'doctor', 'completion', 'help'] },
    ],
  },
};

/** Names of commands, in the order of the help. */
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS) as CommandName[];

/** Options of a command, the common ones last. */
export function optionsOf(command: CommandName): readonly OptionName[] {
  return [...COMMANDS[command].options, ...COMMON_OPTIONS];
}

/** `millrace plan JOB`. */
export function usageOf(command: CommandName): string {
  return `millrace ${command} ${COMMANDS[command].operands}`.trimEnd();
}
