/** The commands, as data: the parser, the help and the completions are made from this table and that of the options. */

import { SHELLS } from './options.ts';
import type { Completion, OptionName } from './options.ts';

export { EXPORT_FORMATS, OPTIONS, PLAN_FORMATS, SHELLS } from './options.ts';
export type { Completion, OptionName, OptionSpec } from './options.ts';

/** Name of a command. */
export type CommandName =
  | 'run'
  | 'plan'
  | 'validate'
  | 'bench'
  | 'schema'
  | 'doctor'
  | 'list'
  | 'savepoint'
  | 'stop'
  | 'cancel'
  | 'inspect'
  | 'check-upgrade'
  | 'completion'
  | 'help';

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
  list: {
    operands: '',
    operandsMin: 0,
    operandsMax: 0,
    summary: 'show running jobs',
    description: [
      'Shows the jobs of all engines of this user that have a control socket: those of `millrace run`, and of programs that start theirs with `control: true`.',
      'ID, or the name of a job where no other has it, is what savepoint, stop and cancel take.',
    ],
    options: ['pid', 'json'],
    examples: ['millrace list', 'millrace list --json'],
    complete: [],
  },
  savepoint: {
    operands: '[JOB|FOLDER]',
    operandsMin: 0,
    operandsMax: 1,
    summary: 'take a savepoint of a running job',
    description: [
      'JOB is the name or the ID of a running job (see `millrace list`), FOLDER that of its checkpoints; neither is needed where only one job runs. The savepoint is never removed by the engine; `millrace run --from` begins there.',
      'Standard output is the folder of the savepoint, and nothing else. Ends with 1 when it failed; the job goes on then.',
    ],
    options: ['to', 'stop', 'drain', 'pid', 'json', 'quiet'],
    examples: ['millrace savepoint words --to /backups', 'millrace savepoint --pid 4711 --stop'],
    complete: [{ files: [] }],
  },
  stop: {
    operands: '[JOB|FOLDER]',
    operandsMin: 0,
    operandsMax: 1,
    summary: 'end a running job with a savepoint',
    description: [
      'Takes a savepoint behind which nothing is processed, then ends the job: whoever begins there goes on as if it had never ended. With --drain the sources say the end of time first, so that windows and timers fire; go on from there only with a job that is meant to.',
      'Standard output is the folder of the savepoint. Ends with 1 when it failed; the job goes on then.',
    ],
    options: ['savepoint', 'drain', 'pid', 'json', 'quiet'],
    examples: ['millrace stop words --savepoint /backups', 'millrace stop words --drain'],
    complete: [{ files: [] }],
  },
  cancel: {
    operands: '[JOB|FOLDER]',
    operandsMin: 0,
    operandsMax: 1,
    summary: 'end a running job at once',
    description: [
      'What is in flight is dropped; checkpoints stay, and `millrace run --from latest` goes on from the last one.',
    ],
    options: ['pid', 'json', 'quiet'],
    examples: ['millrace cancel words'],
    complete: [{ files: [] }],
  },
  inspect: {
    operands: 'FOLDER',
    operandsMin: 1,
    operandsMax: 1,
    summary: 'show or export what checkpoints hold',
    description: [
      'FOLDER is that of a savepoint, or of the checkpoints of a job. Shows each checkpoint, whether it is intact, and what the operators hold in one: states, record types, keys, bytes; positions of the sources.',
      'With --state it writes keyed state, a line a key: JSON lines or CSV, to standard output or to --out.',
      'Ends with 1 when the checkpoint asked for cannot be read.',
    ],
    options: ['checkpoint', 'state', 'key', 'limit', 'format', 'out', 'json'],
    examples: [
      'millrace inspect /backups/savepoint-words-12',
      'millrace inspect /var/lib/words/words --checkpoint 12 --json',
      'millrace inspect /backups/savepoint-words-12 --state count/total --key \'"home"\'',
      'millrace inspect /backups/savepoint-words-12 --state count -f csv -o words.csv',
    ],
    complete: [{ files: [] }],
  },
  'check-upgrade': {
    operands: 'JOB',
    operandsMin: 1,
    operandsMax: 1,
    summary: 'whether a changed job can go on from a savepoint',
    description: [
      'JOB is the module of the changed job, --from the savepoint or the checkpoints it is to go on from. Says of each operator whether it takes its state back, begins anew or is gone, of each state whether its kind and record type can be read, field by field, and of key groups and rows in flight.',
      'Starts nothing. Ends with 0 when the job can go on, with 1 and the reasons when it cannot.',
    ],
    options: [...CONFIGURED, 'from', 'allow-non-restored-state', 'parallelism', 'param', 'json'],
    examples: [
      'millrace check-upgrade words.ts --from /backups/savepoint-words-12',
      'millrace check-upgrade words.ts --from latest --allow-non-restored-state',
    ],
    complete: [MODULES],
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
      {
        words: [
          'run',
          'plan',
          'validate',
          'bench',
          'schema',
          'doctor',
          'list',
          'savepoint',
          'stop',
          'cancel',
          'inspect',
          'check-upgrade',
          'completion',
          'help',
        ],
      },
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
