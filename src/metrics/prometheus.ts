/**
 * A reading as Prometheus text exposition, format 0.0.4.
 *
 * Laws: every metric of the tables in `metric-names.ts` has HELP and TYPE once, before its samples; a label value is
 * escaped (`\`, `"`, newline); a value that does not exist has no sample.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */

import type { ChannelMetrics, JobMetrics, OperatorMetrics, SubtaskMetrics } from './job-metrics.ts';
import { CHANNEL_METRICS, JOB_METRICS, OPERATOR_METRICS, SUBTASK_METRICS } from './metric-names.ts';
import type {
  ChannelMetricName,
  JobMetricName,
  Metric,
  OperatorMetricName,
  SubtaskMetricName,
} from './metric-names.ts';

/** The content type to serve the text with. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [Labels, number | null];

const SUBTASK_VALUES: Readonly<Record<SubtaskMetricName, (one: SubtaskMetrics) => number | null>> =
  {
    records_in_total: (one) => one.recordsIn,
    records_out_total: (one) => one.recordsOut,
    bytes_in_total: (one) => one.bytesIn,
    bytes_out_total: (one) => one.bytesOut,
    records_in_per_second: (one) => one.recordsInPerSecond,
    records_out_per_second: (one) => one.recordsOutPerSecond,
    busy_ms_per_second: (one) => one.busyMsPerSecond,
    idle_ms_per_second: (one) => one.idleMsPerSecond,
    backpressured_ms_per_second: (one) => one.backpressuredMsPerSecond,
    cpu_ns_total: (one) => one.cpuNs,
    current_input_watermark: (one) => one.watermark,
    watermark_lag_ms: (one) => one.watermarkLagMs,
    late_rows_dropped_total: (one) => one.lateRowsDropped,
    bad_rows_total: (one) => one.badRows,
    progress_ratio: ({ progress }) =>
      progress === null || progress.total === 0 ? null : progress.done / progress.total,
    steps_total: (one) => one.steps,
    longest_step_ms: (one) => one.longestStepMs,
    state_bytes: (one) => one.stateBytes,
  };

const CHANNEL_VALUES: Readonly<Record<ChannelMetricName, (one: ChannelMetrics) => number>> = {
  channel_records_total: (one) => one.records,
  channel_bytes_total: (one) => one.bytes,
  channel_credit_bytes: (one) => one.creditBytes,
  channel_backlog_bytes: (one) => one.backlogBytes,
  channel_no_credit_ms_total: (one) => one.noCreditMs,
};

const JOB_VALUES: Readonly<Record<JobMetricName, (one: JobMetrics) => number>> = {
  uptime_ms: (one) => one.uptimeMs,
};

/**
 * The text of any number of jobs' readings; ends with a newline, empty for no job.
 *
 * @example
 * response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE).end(prometheusText([metrics]));
 */
export function prometheusText(jobs: readonly JobMetrics[]): string {
  if (jobs.length === 0) return '';
  const out: string[] = [];
  for (const name of keysOf(JOB_METRICS)) {
    const samples = jobs.map((job): Sample => [{ job: job.job }, JOB_VALUES[name](job)]);
    family(out, name, JOB_METRICS[name], samples);
  }
  for (const name of keysOf(SUBTASK_METRICS)) {
    const samples = jobs.flatMap((job) =>
      job.subtasks.map((one): Sample => [subtaskLabels(job, one), SUBTASK_VALUES[name](one)]),
    );
    family(out, name, SUBTASK_METRICS[name], samples);
  }
  for (const name of keysOf(OPERATOR_METRICS)) {
    const samples = jobs.flatMap((job) =>
      job.operators.flatMap((one) => operatorSamples(job, one, name)),
    );
    family(out, name, OPERATOR_METRICS[name], samples);
  }
  for (const name of keysOf(CHANNEL_METRICS)) {
    const samples = jobs.flatMap((job) =>
      job.channels.map((one): Sample => [channelLabels(job, one), CHANNEL_VALUES[name](one)]),
    );
    family(out, name, CHANNEL_METRICS[name], samples);
  }
  return `${out.join('\n')}\n`;
}

function family(out: string[], name: string, metric: Metric, samples: readonly Sample[]): void {
  const unit = metric.unit === '' ? '' : ` Unit: ${metric.unit}.`;
  out.push(`# HELP millrace_${name} ${escapeHelp(metric.meaning + unit)}`);
  out.push(`# TYPE millrace_${name} ${metric.kind}`);
  for (const [labels, value] of samples) {
    if (value === null) continue;
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    out.push(`millrace_${name}{${pairs.join(',')}} ${value}`);
  }
}

function subtaskLabels(job: JobMetrics, one: SubtaskMetrics): Labels {
  const labels = { job: job.job, chain: one.chainName, subtask: one.index };
  return one.worker === null ? labels : { ...labels, worker: one.worker };
}

function operatorSamples(
  job: JobMetrics,
  one: OperatorMetrics,
  name: OperatorMetricName,
): readonly Sample[] {
  const labels = { job: job.job, operator: one.name, uid: one.uid };
  switch (name) {
    case 'operator_rows_in_total':
      return [[labels, one.rowsIn]];
    case 'operator_rows_out_total':
      return [[labels, one.rowsOut]];
    case 'operator_counter_total':
      return Object.entries(one.counters).map(([counter, value]) => [
        { ...labels, counter },
        value,
      ]);
  }
}

function channelLabels(job: JobMetrics, { channel, from, to }: ChannelMetrics): Labels {
  const label = (id: number): string => {
    const one = job.subtasks[id];
    return one === undefined ? String(id) : `${one.chainName}#${one.index}`;
  };
  return { job: job.job, channel, from: label(from), to: label(to) };
}

function escapeLabel(value: string | number): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}
