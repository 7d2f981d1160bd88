/** `millrace doctor`: what the machine offers, and the pool of workers that the configuration makes of it. */

import { formatBytes, formatCpu, formatDuration } from '../../base/index.ts';
import { formatCpuList, poolOf, probeMachine } from '../../placement/index.ts';
import type { Config, Machine, Pool } from '../../placement/index.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { readConfig } from '../inputs.ts';
import { columnsOf } from '../io.ts';
import { styleOf } from '../style.ts';
import type { Paint } from '../style.ts';
import { padText, wrapText } from '../text.ts';

/** What each capability is for. */
const MEANING: Readonly<Record<string, string>> = {
  pin: 'bind workers to CPUs',
  cpuTime: 'CPU time per thread',
  runQueue: 'time spent waiting for a CPU',
  nice: 'priority per thread',
  clock: 'clock',
  waitAsync: 'sleep with the event loop turning',
  pause: 'hint to the CPU while spinning',
};

/** See the file header. */
export const command: Command = async (options, io) => {
  const config = await readConfig(options, io);
  const machine = probeMachine();
  const pool = poolOf(machine, config);
  if (options.json) {
    const document = { machine, pool, config: { file: config.file ?? null, pool: config.pool } };
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return ExitCode.ok;
  }
  const { paint } = styleOf(io.stdout, io.env, options);
  io.stdout.write(doctorText(machine, pool, config, paint, columnsOf(io.stdout)));
  return ExitCode.ok;
};

/** The findings for people; lines break at `columns`. */
export function doctorText(
  machine: Machine,
  pool: Pool,
  config: Config,
  paint: Paint,
  columns: number,
): string {
  const { capabilities } = machine;
  const width = Math.max(...Object.keys(capabilities).map((name) => name.length));
  const rows = (title: string, entries: readonly (readonly [string, string])[]): string[] => [
    '',
    paint.bold(title),
    ...entries.flatMap(([name, text]) => row(name, text, width, columns)),
  ];
  const lines = [
    ...rows('Machine', [
      ['node', `${machine.nodeVersion} on ${machine.platform}`],
      [
        'cpus',
        `${formatCpuList(machine.cpus)} (${machine.cpus.length}), ${formatCpu(machine.cpuMilli)} CPU usable: ${machine.cpuSource}`,
      ],
      [
        'memory',
        `${formatBytes(machine.memoryLimitBytes)} usable: ${machine.memorySource}; ${formatBytes(machine.memoryTotalBytes)} in all, ${formatBytes(machine.rssBytes)} resident now`,
      ],
      ['clock', `step ${formatDuration(machine.clockStepNs / 1e6)}`],
    ]),
    '',
    paint.bold('Capabilities'),
    ...Object.entries(capabilities)
      .filter(([name]) => name !== 'clock')
      .flatMap(([name, { available, reason }]) => {
        const [first = '', ...rest] = row(
          name,
          `${available ? 'yes' : 'no '}  ${MEANING[name] ?? name}: ${reason}`,
          width,
          columns,
        );
        const mark = available ? paint.green('yes') : paint.yellow('no');
        return [first.replace(available ? 'yes' : 'no', mark), ...rest];
      }),
    ...rows(`Pool, from ${config.file === undefined ? 'the defaults' : shortName(config.file)}`, [
      ['workers', `${pool.threads}, ${formatCpu(pool.workerCpuMilli)} CPU each`],
      ['cpus', pins(pool)],
      [
        'memory',
        `${formatBytes(pool.memoryLimitBytes)}: ${pool.memoryReason}; ${formatBytes(pool.reserveMemoryBytes)} of it reserved`,
      ],
      ['heap', `${formatBytes(pool.heapLimitBytes)} each: ${pool.heapReason}`],
      ...pool.notes.map((note) => ['note', note] as const),
    ]),
  ];
  return `${lines.slice(1).join('\n')}\n`;
}

function row(name: string, text: string, width: number, columns: number): string[] {
  const indent = ' '.repeat(width + 4);
  const [first = '', ...rest] = wrapText(text, Math.max(20, columns - indent.length));
  return [`  ${padText(name, width)}  ${first}`, ...rest.map((line) => indent + line)];
}

function pins(pool: Pool): string {
  const pinned = pool.workerCpus.map((cpus) => formatCpuList(cpus));
  return pool.workerCpus.some((cpus) => cpus.length > 0)
    ? pinned.map((cpus, worker) => `worker ${worker} on ${cpus}`).join(', ')
    : `any of ${formatCpuList(pool.cpus)}`;
}

function shortName(path: string): string {
  return path.slice(path.search(/[^\\/]*$/));
}
