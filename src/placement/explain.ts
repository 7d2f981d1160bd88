/**
 * A placement, or a shortage, as text for people: at most 80 columns, ASCII, no colour, the same every time.
 */

import { formatBytes, formatCpu } from '../base/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import { formatCpuList } from './cpu-list.ts';
import { formatQuantity } from './placement.ts';
import type { MemoryTerm, Placement, Shortage, WorkerPlacement } from './placement.ts';

const WIDTH = 80;
const NAME_WIDTH = 34;

/**
 * Explains the decision of {@link place}.
 *
 * @example
 * process.stdout.write(explainPlacement(place(plan, machine, config), plan));
 */
export function explainPlacement(placement: Placement | Shortage, plan: PhysicalPlan): string {
  const lines = placement.fits ? placementLines(placement, plan) : shortageLines(placement);
  return `${lines.flatMap(wrapped).join('\n')}\n`;
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
    ...placement.process.map((term) => termLine(term)),
    ...workers.map(({ worker }, at) =>
      termLine({ name: `worker ${worker}`, bytes: workerBytes[at]!, reason: 'see above' }),
    ),
    ...(placement.memoryTakenBytes === 0
      ? []
      : [
          termLine({
            name: 'jobs already running',
            bytes: placement.memoryTakenBytes,
            reason: 'rings, overdraft, state',
          }),
        ]),
    termLine({ name: '=', bytes: memoryUsedBytes, reason: `of ${formatBytes(memoryLimitBytes)}` }),
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
  return [...lines, ...worker.memory.map((term) => termLine(term))];
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
    ...terms.map((each) => termLine(each, each.name === term ? '>' : ' ')),
    ...(terms.length === 0 ? [] : [termLine({ name: '=', bytes: total(terms), reason: '' })]),
  ];
}

function termLine({ name, bytes, reason }: MemoryTerm, mark = ' '): string {
  return `${mark} ${formatBytes(bytes).padStart(10)}  ${name.padEnd(NAME_WIDTH)}  ${reason}`.trimEnd();
}

function total(terms: readonly MemoryTerm[]): number {
  return terms.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Breaks a line at spaces; what follows is indented below the text of the first. */
function wrapped(line: string): readonly string[] {
  let rest = line.replace(/[^\x20-\x7e]/g, '?');
  const indent = ' '.repeat(Math.min(16, rest.length - rest.trimStart().length + 4));
  const lines: string[] = [];
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(' ', WIDTH);
    const at = space > indent.length ? space : WIDTH;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
