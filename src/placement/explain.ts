/**
 * A placement, or a shortage, as text for people: at most 80 columns, ASCII, no colour, the same every time.
 */

import { formatBytes, formatCpu } from '../base/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import { formatCpuList } from './cpu-list.ts';
import { formatQuantity } from './placement.ts';
import type { MemoryTerm, Placement, Shortage, WorkerPlacement } from './placement.ts';

const WIDTH = 80;
const NAME_INDENT: string = ' '.repeat(14);
const REASON_COLUMN = 48;

/**
 * Explains the decision of {@link place}.
 *
 * @example
 * process.stdout.write(explainPlacement(place(plan, machine, config), plan));
 */
export function explainPlacement(placement: Placement | Shortage, plan: PhysicalPlan): string {
  const lines = placement.fits ? placementLines(placement, plan) : shortageLines(placement);
  return `${lines.flatMap(wrappedLine).join('\n')}\n`;
}

function placementLines(placement: Placement, plan: PhysicalPlan): readonly string[] {
  const { workers, memoryUsedBytes, memoryLimitBytes } = placement;
  const cpuUsed = workers.reduce((total, worker) => total + worker.cpuUsed, 0);
  const cpuCapacity = workers.reduce((total, worker) => total + worker.cpuCapacity, 0);
  const workerBytes = workers.map((worker) => total(worker.memory));
  return [
    `Job ${placement.job} fits.`,
    `  workers  ${workers.length}`,
    `  cpu      ${formatCpu(cpuUsed)} of ${formatCpu(cpuCapacity)}`,
    `  memory   ${formatBytes(memoryUsedBytes)} of ${formatBytes(memoryLimitBytes)}`,
    ...workers.flatMap((worker, at) => [
      '',
      ...workerLines(worker, placement, plan, workerBytes[at]!),
    ]),
    '',
    'Memory, the sum',
    ...placement.process.flatMap((term) => termLines(term)),
    ...workers.flatMap(({ worker }, at) =>
      termLines({ name: `worker ${worker}`, bytes: workerBytes[at]!, reason: 'see above' }),
    ),
    ...(placement.memoryTakenBytes === 0
      ? []
      : termLines({
          name: 'jobs already running',
          bytes: placement.memoryTakenBytes,
          reason: 'rings, overdraft, state',
        })),
    ...termLines({
      name: '=',
      bytes: memoryUsedBytes,
      reason: `of ${formatBytes(memoryLimitBytes)}`,
    }),
    ...(placement.notes.length === 0 ? [] : ['', 'Notes']),
    ...placement.notes.map((note) => `  ${note}`),
  ];
}

function workerLines(
  worker: WorkerPlacement,
  placement: Placement,
  plan: PhysicalPlan,
  bytes: number,
): readonly string[] {
  const taken = worker.cpuTaken === 0 ? '' : ` (${formatCpu(worker.cpuTaken)} taken by other jobs)`;
  const cpus = worker.cpus.length === 0 ? 'any' : formatCpuList(worker.cpus);
  const lines = [
    `Worker ${worker.worker}: cpu ${formatCpu(worker.cpuUsed)} of ${formatCpu(worker.cpuCapacity)}${taken}, ` +
      `memory ${formatBytes(bytes)}, CPUs ${cpus}${worker.hostsAsync ? ', async' : ''}`,
  ];
  if (worker.subtasks.length === 0) lines.push('  runs nothing of this job');
  for (const id of worker.subtasks) {
    const { cpu, cpuGuaranteed, heapBytes, reason } = placement.subtasks[id]!;
    const { chain, index } = plan.subtasks[id]!;
    const { name, parallelism } = plan.chains[chain]!;
    const heap = heapBytes === 0 ? '' : `, heap ${formatBytes(heapBytes)}`;
    lines.push(
      `  [${index + 1}/${parallelism}] ${name}`,
      `      cpu ${formatCpu(cpu)} ${cpuGuaranteed ? 'quota' : 'share'}${heap}; ${reason}`,
    );
  }
  return [...lines, ...worker.memory.flatMap((term) => termLines(term))];
}

function shortageLines(shortage: Shortage): readonly string[] {
  const { job, term, needed, available, unit, advice, terms } = shortage;
  return [
    `Job ${job} does not fit: too little ${shortage.resource}.`,
    `  short      ${term}`,
    `  needed     ${formatQuantity(needed, unit)}`,
    `  available  ${formatQuantity(available, unit)}`,
    `  what to do ${advice}`,
    ...(terms.length === 0 ? [] : ['', 'Memory, the sum']),
    ...terms.flatMap((each) => termLines(each, each.name === term ? '>' : ' ')),
    ...(terms.length === 0 ? [] : termLines({ name: '=', bytes: total(terms), reason: '' })),
  ];
}

/** Bytes, name and reason; a reason that does not fit beside the name stands below it. */
function termLines({ name, bytes, reason }: MemoryTerm, mark = ' '): readonly string[] {
  const head = `${mark} ${formatBytes(bytes).padStart(10)}  ${name}`;
  const line = `${head.padEnd(REASON_COLUMN)}  ${reason}`.trimEnd();
  if (line.length <= WIDTH) return [line];
  return [...wrapped(head, NAME_INDENT), ...wrapped(NAME_INDENT + reason, NAME_INDENT)];
}

function total(terms: readonly MemoryTerm[]): number {
  return terms.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A plain line, what is too long continuing below its text. */
function wrappedLine(line: string): readonly string[] {
  return wrapped(line, ' '.repeat(line.length - line.trimStart().length + 4));
}

/** Breaks a line at spaces; what follows starts with `indent`. */
function wrapped(line: string, indent: string): readonly string[] {
  let rest = line.replace(/[^\x20-\x7e]/g, '?');
  const lines: string[] = [];
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(' ', WIDTH);
    const at = rest.slice(0, space).trim() === '' ? WIDTH : space;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
