/**
 * Runs the benchmarks: `npm run bench -- [--smoke] [--only NAME[,NAME]] [--json] [--list] [--from FOLDER]
 * [--config FILE] [--profile NAME] [--set KEY=VALUE] [--peers NAME[,NAME]] [--parameter NAME=NUMBER]
 * [--report [--results FILE]]`, and behind `millrace bench`.
 * Exit code 0: all measured (or skipped, with the reason); 1: one failed; 2: wrong arguments.
 */

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { BenchConfig } from './bench-config.ts';
import { endingOf } from './beside.ts';
import { mergeDocuments, readDocuments, writeReport } from './charts/write-report.ts';
import { discover, select } from './discover.ts';
import type { BenchFile } from './discover.ts';
import { machineInfo } from './machine-info.ts';
import { describeOutcome, document } from './report.ts';
import type { BenchOutcome } from './report.ts';
import { runFiles } from './run-file.ts';

/** Where benchmarks lie beside this file. */
const FOLDERS = ['micro', 'pipeline', 'nexmark', 'latency', 'scaling', 'checkpoints'];
/** Where `--report` writes: beside this file in a checkout, in the working directory of whoever has it installed. */
const REPORT_FOLDER =
  endingOf(import.meta.url) === '.ts'
    ? join(import.meta.dirname, 'report')
    : resolve('millrace-bench-report');
const USAGE =
  'usage: npm run bench -- [--smoke] [--only NAME[,NAME]] [--json] [--list] [--from FOLDER] ' +
  '[--config FILE] [--profile NAME] [--set KEY=VALUE] [--peers NAME[,NAME]] ' +
  '[--parameter NAME=NUMBER] ' +
  '[--report [--results FILE]]';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  if (options.results.length > 0) return reportOf(options.results);
  const all = await discover(options.folders);
  if (options.list) {
    process.stdout.write(all.map(({ name }) => `${name}\n`).join(''));
    return 0;
  }
  const { chosen, unknown } = select(all, options.only);
  if (unknown.length > 0) {
    const names = all.map(({ name }) => name).join(', ');
    process.stderr.write(`no benchmark named ${unknown.join(', ')}; there are: ${names}\n`);
    return 2;
  }
  const machine = machineInfo();
  if (!options.json) {
    process.stdout.write(
      `Node ${machine.node}, ${machine.cpus} CPUs (${machine.model}), load ${machine.load}\n\n`,
    );
  }
  const outcomes: BenchOutcome[] = [];
  for (const files of together(chosen, options.smoke)) {
    process.stderr.write(`running ${files.map(({ name }) => name).join(', ')}\n`);
    for (const outcome of await runFiles(files, options)) {
      outcomes.push(outcome);
      const text = `${describeOutcome(outcome)}\n`;
      if (!options.json) process.stdout.write(text);
      else if (outcome.kind !== 'measured') process.stderr.write(text);
    }
  }
  const measured = document(machine, options.smoke, outcomes);
  if (options.json) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
  if (options.report) {
    writeReport(REPORT_FOLDER, measured, ['npm run bench --', ...args].join(' '));
    process.stderr.write(`wrote ${REPORT_FOLDER}\n`);
  }
  const failed = outcomes.filter(({ kind }) => kind === 'failed');
  if (failed.length === 0) return 0;
  process.stderr.write(`failed: ${failed.map(({ name }) => name).join(', ')}\n`);
  return 1;
}

/** What runs in one process: one benchmark; in smoke runs, where starting costs more than running, those of one file. */
function together(files: readonly BenchFile[], smoke: boolean): BenchFile[][] {
  if (!smoke) return files.map((file) => [file]);
  return Object.values(Object.groupBy(files, ({ path }) => path)).map((group) => group!);
}

/** Writes the report of documents that were printed before. */
function reportOf(paths: readonly string[]): number {
  try {
    const command = `npm run bench -- --report --results ${paths.join(',')}`;
    writeReport(REPORT_FOLDER, mergeDocuments(readDocuments(paths)), command);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  process.stderr.write(`wrote ${REPORT_FOLDER}\n`);
  return 0;
}

interface Options {
  readonly smoke: boolean;
  readonly json: boolean;
  readonly list: boolean;
  readonly only: readonly string[];
  readonly folders: readonly string[];
  readonly config: BenchConfig;
  readonly peers: readonly string[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly report: boolean;
  /** Documents to make the report of, instead of measuring. */
  readonly results: readonly string[];
}

function parse(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        smoke: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        from: { type: 'string' },
        config: { type: 'string' },
        profile: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
        peers: { type: 'string', multiple: true, default: [] },
        parameter: { type: 'string', multiple: true, default: [] },
        report: { type: 'boolean', default: false },
        results: { type: 'string', multiple: true, default: [] },
      },
    });
    const here = import.meta.dirname;
    if (values.results.length > 0 && !values.report) {
      return `--results is for --report\n${USAGE}`;
    }
    return {
      smoke: values.smoke,
      json: values.json,
      list: values.list,
      only: namesIn(values.only),
      peers: namesIn(values.peers),
      parameters: Object.fromEntries(values.parameter.map(parameterIn)),
      report: values.report,
      results: namesIn(values.results),
      folders:
        values.from === undefined ? FOLDERS.map((folder) => join(here, folder)) : [values.from],
      config: {
        ...(values.config === undefined ? {} : { file: resolve(values.config) }),
        ...(values.profile === undefined ? {} : { profile: values.profile }),
        set: values.set,
      },
    };
  } catch (error) {
    return `${(error as Error).message}\n${USAGE}`;
  }
}

/** `events per run=1000000`: a size other than the benchmark's own; it stands in the document. @throws when it is none */
function parameterIn(text: string): [name: string, value: number] {
  const at = text.lastIndexOf('=');
  const value = Number(text.slice(at + 1));
  if (at < 1 || !(Number.isFinite(value) && value > 0)) {
    throw new Error(`expected --parameter NAME=NUMBER with a number above 0, got ${text}`);
  }
  return [text.slice(0, at), value];
}

/** Names separated by commas, in one option or several. */
function namesIn(values: readonly string[]): string[] {
  return values.flatMap((names) => names.split(',')).filter((name) => name !== '');
}
