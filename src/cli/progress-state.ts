/** What is shown of a running job: a reading with the shape of its plan. */

import { formatDuration } from '../base/index.ts';
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

/** A job that runs for so long without a result is told what it waits for. */
const SILENT_MS = 5000;

/**
 * Why nothing has come out: `no output yet: waits for the watermark of clicks 2/2, at 2026-01-01T00:00:00.000Z for 12 s`.
 * undefined when something has, or when no event time is waited for.
 */
export function silenceText({ plan, metrics }: ProgressState): string | undefined {
  const { totals, uptimeMs, watermarkHold, takenAtMs } = metrics;
  if (totals.sinkRows > 0 || totals.sourceRows === 0 || uptimeMs < SILENT_MS) return undefined;
  if (watermarkHold === null) return undefined;
  const { chain, index, chainName } = metrics.subtasks[watermarkHold.heldBy]!;
  const { parallelism } = plan.chains[chain]!;
  const who = `${plainText(chainName)}${parallelism === 1 ? '' : ` ${index + 1}/${parallelism}`}`;
  const { watermark, sinceMs } = watermarkHold;
  if (watermark === null) return `no output yet: no watermark has come from ${who}`;
  const since = sinceMs === null ? '' : ` for ${formatDuration(takenAtMs - sinceMs)}`;
  return `no output yet: waits for the watermark of ${who}, at ${timeText(watermark)}${since}`;
}

/** A time as people write it; as a number where it is beyond what a date holds. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
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
