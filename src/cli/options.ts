/** The options of the commands, as data. */

/** Name of an option, without `--`. */
export type OptionName =
  | 'config'
  | 'profile'
  | 'set'
  | 'parallelism'
  | 'param'
  | 'from'
  | 'allow-non-restored-state'
  | 'pid'
  | 'to'
  | 'stop'
  | 'drain'
  | 'savepoint'
  | 'checkpoint'
  | 'state'
  | 'key'
  | 'limit'
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

/** Forms in which a plan is printed. */
export const PLAN_FORMATS = ['text', 'json', 'mermaid', 'dot'] as const;
/** Forms in which state is exported. */
export const EXPORT_FORMATS = ['jsonl', 'csv'] as const;
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
    help: 'go on from a savepoint or checkpoint: its folder, `latest`, `latest-or-new`',
    complete: { files: [] },
  },
  'allow-non-restored-state': {
    help: 'leave out state of operators that the job no longer has',
  },
  pid: { value: 'PID', help: 'only jobs of the engine in this process' },
  to: {
    value: 'FOLDER',
    help: 'the savepoint gets a folder of its own in there; default: `savepoints` beside the checkpoints of the job',
    complete: { files: [] },
  },
  stop: { help: 'end the job behind the savepoint' },
  drain: { help: 'end the job at the end of time: windows and timers fire before the savepoint' },
  savepoint: {
    value: 'FOLDER',
    help: 'as --to of `millrace savepoint`',
    complete: { files: [] },
  },
  checkpoint: { value: 'N', help: 'number of a checkpoint; default: the newest that is intact' },
  state: {
    value: 'UID[/STATE]',
    help: 'export the keyed state of this operator, or one state of it',
  },
  key: {
    value: 'KEY',
    help: 'only this key; JSON if it parses, else text; a list for keys of several fields',
  },
  limit: { value: 'N', help: 'at most so many keys' },
  format: {
    short: 'f',
    value: 'FORMAT',
    help: 'of a plan: text (default), json, mermaid or dot; of state: jsonl (default) or csv',
    complete: { words: [...PLAN_FORMATS, ...EXPORT_FORMATS] },
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
