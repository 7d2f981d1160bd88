/** What is shown of a running job: a reading with the shape of its plan. */

import type { JobState } from '../control/index.ts';
import type { JobMetrics, OperatorMetrics, SubtaskMetrics } from '../metrics/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import { formatPercent, plainText } from './text.ts';

/** See the file header. */
export interface ProgressState {
  readonly plan: PhysicalPlan;
  readonly state: JobState;
  readonly metrics: JobMetrics;
}

/** Shares of time, 0 .. 1; they sum to 1, or to 0 before anything was measured. */
export interface Load {
  readonly busy: number;
  readonly backpressured: number;
  readonly idle: number;
}

/** How the subtasks of a chain spent their time since the reading before. */
export function loadOf(subtasks: readonly SubtaskMetrics[]): Load {
  const sum = (pick: (one: SubtaskMetrics) => number): number =>
    subtasks.reduce((total, one) => total + pick(one), 0);
  const busy = sum((one) => one.busyMsPerSecond);
  const backpressured = sum((one) => one.backpressuredMsPerSecond);
  const idle = sum((one) => one.idleMsPerSecond);
  // Not by 1000: a reading may fall between the moments at which a worker publishes.
  const all = busy + backpressured + idle;
  if (all === 0) return { busy: 0, backpressured: 0, idle: 0 };
  return { busy: busy / all, backpressured: backpressured / all, idle: idle / all };
}

/** The subtask that holds the job back, in two parts so that a long name can be cut. */
export interface Bottleneck {
  /** `per-airport -> map` */
  readonly chain: string;
  /** ` 2/2 on worker 1, 98 % busy` */
  readonly rest: string;
  /** ` 2/2, 98 % busy` */
  readonly shortRest: string;
}

/** undefined when nothing holds the job back. */
export function bottleneckOf({ plan, metrics }: ProgressState): Bottleneck | undefined {
  if (metrics.bottleneck === null) return undefined;
  const subtask = metrics.subtasks[metrics.bottleneck]!;
  const { parallelism } = plan.chains[subtask.chain]!;
  const index = parallelism === 1 ? '' : ` ${subtask.index + 1}/${parallelism}`;
  const worker = subtask.worker === null ? '' : ` on worker ${subtask.worker}`;
  const busy = `, ${formatPercent(loadOf([subtask]).busy)} busy`;
  return {
    chain: plainText(subtask.chainName),
    rest: index + worker + busy,
    shortRest: index + busy,
  };
}

/** Whether an operator takes rows from outside, so that only what it puts out counts. */
export function isSource(
  { plan }: Pick<ProgressState, 'plan'>,
  operator: OperatorMetrics,
): boolean {
  const chain = plan.chains[operator.chain]!;
  return chain.inputs.length === 0 && chain.operators[0]!.uid === operator.uid;
}

/** Whether an operator puts out nothing, so that only what it takes counts. */
export function isSink({ plan }: Pick<ProgressState, 'plan'>, operator: OperatorMetrics): boolean {
  const chain = plan.chains[operator.chain]!;
  return chain.outputs.length === 0 && chain.operators.at(-1)!.uid === operator.uid;
}

/** Rows lost on the way, `3 late rows dropped, 1 bad row`; undefined when none was. */
export function lossText({ metrics }: Pick<ProgressState, 'metrics'>): string | undefined {
  const { lateRowsDropped, badRows } = metrics.totals;
  const parts = [
    ...(lateRowsDropped > 0 ? [`${rows(lateRowsDropped, 'late')} dropped`] : []),
    ...(badRows > 0 ? [rows(badRows, 'bad')] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function rows(n: number, kind: string): string {
  return `${n} ${kind} ${n === 1 ? 'row' : 'rows'}`;
}
