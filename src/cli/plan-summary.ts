/** A plan in one block: chains, where they run, and the sums of CPU and memory. Pure. */

import { formatBytes, formatCpu } from '../base/index.ts';
import { count } from '../graph/index.ts';
import type { Placement } from '../placement/index.ts';
import type { PhysicalPlan, PlanChain } from '../plan/index.ts';
import type { Style } from './style.ts';
import { cutText, padText, plainText, textWidth, wrapText } from './text.ts';

/**
 * Lines of at most `columns` columns.
 *
 * @example
 * planSummary(plan, placement, style, 80)[0]; // 'airport-delays: 2 chains, 4 subtasks on 2 workers, batch'
 */
export function planSummary(
  plan: PhysicalPlan,
  placement: Placement,
  style: Style,
  columns: number,
): string[] {
  const { paint, glyphs } = style;
  const used = placement.workers.filter(({ subtasks }) => subtasks.length > 0);
  const head =
    `${count(plan.chains.length, 'chain')}, ${count(plan.subtasks.length, 'subtask')} ` +
    `on ${count(used.length, 'worker')}, ${plan.executionMode}`;
  const places = plan.chains.map((chain) => workersOf(chain, placement));
  const placeWidth = Math.max(...places.map((text) => text.length));
  const timesWidth = Math.max(...plan.chains.map((chain) => timesOf(chain).length));
  const longest = Math.max(...plan.chains.map(({ name }) => textWidth(plainText(name))));
  const nameWidth = Math.min(longest, columns - 2 - timesWidth - 2 - 2 - placeWidth);
  const job = plainText(plan.job);
  const [first = '', ...rest] = wrapText(`${job}: ${head}`, columns);
  return [
    first.startsWith(job) ? paint.bold(job) + first.slice(job.length) : first,
    ...rest.map((line) => `  ${line}`),
    ...plan.chains.map((chain, at) => {
      const beside = nameWidth >= Math.min(longest, 16);
      const shown = cutText(
        plainText(chain.name),
        beside ? nameWidth : columns - 4 - timesWidth,
        glyphs.cut,
      );
      const place = beside ? `  ${paint.dim(places[at]!)}` : '';
      return `  ${padText(timesOf(chain), timesWidth)}  ${beside ? padText(shown, nameWidth) : shown}${place}`;
    }),
    ...sums(plan, placement).flatMap((line) => wrapText(line, columns, '  ')),
  ];
}

function timesOf(chain: PlanChain): string {
  return `x${chain.parallelism}`;
}

/** `worker 0`, `workers 0-1`, `workers 0,2`. */
function workersOf(chain: PlanChain, placement: Placement): string {
  const ids = [...new Set(chain.subtasks.map((id) => placement.subtasks[id]!.worker))].toSorted(
    (a, b) => a - b,
  );
  const first = ids[0]!;
  const last = ids.at(-1)!;
  if (ids.length === 1) return `worker ${first}`;
  return ids.length === last - first + 1 ? `workers ${first}-${last}` : `workers ${ids.join(',')}`;
}

function sums(plan: PhysicalPlan, placement: Placement): string[] {
  const { workers, memoryUsedBytes, memoryLimitBytes } = placement;
  const cpuUsed = workers.reduce((total, worker) => total + worker.cpuUsed, 0);
  const cpuCapacity = workers.reduce((total, worker) => total + worker.cpuCapacity, 0);
  const rings = plan.edges.reduce((sum, edge) => sum + edge.channels.length * edge.ringBytes, 0);
  return [
    `cpu ${formatCpu(cpuUsed)} of ${formatCpu(cpuCapacity)}, memory ${formatBytes(memoryUsedBytes)} of ${formatBytes(memoryLimitBytes)}`,
    ...(plan.channels.length === 0
      ? []
      : [`${count(plan.channels.length, 'channel')}, rings ${formatBytes(rings)}`]),
  ];
}
