/**
 * Every metric: name, kind, unit, meaning. Names are Flink's in snake case with the unit at the end; in Prometheus text
 * they carry the prefix `millrace_`. The exposition is driven by this table, and a test walks it.
 */

/** How a value behaves: a counter only grows (from the start of a run), a gauge goes up and down. */
export type MetricKind = 'counter' | 'gauge';

/** One metric. */
export interface Metric {
  readonly kind: MetricKind;
  readonly unit: 'rows' | 'bytes' | 'ms' | 'ns' | 'ms/s' | 'rows/s' | 'steps' | 'ratio' | '';
  readonly meaning: string;
}

/** Name of a metric of a subtask. */
export type SubtaskMetricName =
  | 'records_in_total'
  | 'records_out_total'
  | 'bytes_in_total'
  | 'bytes_out_total'
  | 'records_in_per_second'
  | 'records_out_per_second'
  | 'busy_ms_per_second'
  | 'idle_ms_per_second'
  | 'backpressured_ms_per_second'
  | 'cpu_ns_total'
  | 'current_input_watermark'
  | 'watermark_lag_ms'
  | 'late_rows_dropped_total'
  | 'bad_rows_total'
  | 'progress_ratio'
  | 'steps_total'
  | 'longest_step_ms'
  | 'state_bytes';

/** Name of a metric of an operator. */
export type OperatorMetricName =
  | 'operator_rows_in_total'
  | 'operator_rows_out_total'
  | 'operator_counter_total';

/** Name of a metric of a channel. */
export type ChannelMetricName =
  | 'channel_records_total'
  | 'channel_bytes_total'
  | 'channel_credit_bytes'
  | 'channel_backlog_bytes'
  | 'channel_no_credit_ms_total';

/** Name of a metric of a job. */
export type JobMetricName = 'uptime_ms';

/** Per subtask; labels `job`, `chain`, `subtask`, and `worker` when known. */
export const SUBTASK_METRICS: Readonly<Record<SubtaskMetricName, Metric>> = {
  records_in_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows taken from input channels, or read by a source.',
  },
  records_out_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows written to output channels.',
  },
  bytes_in_total: {
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Bytes taken from input channels.',
  },
  bytes_out_total: {
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Bytes written to output channels.',
  },
  records_in_per_second: {
    kind: 'gauge',
    unit: 'rows/s',
    meaning: 'Rows in per second since the reading before.',
  },
  records_out_per_second: {
    kind: 'gauge',
    unit: 'rows/s',
    meaning: 'Rows out per second since the reading before.',
  },
  busy_ms_per_second: {
    kind: 'gauge',
    unit: 'ms/s',
    meaning: 'Time spent working; with idle and backpressured it sums to about 1000.',
  },
  idle_ms_per_second: {
    kind: 'gauge',
    unit: 'ms/s',
    meaning: 'Time without input.',
  },
  backpressured_ms_per_second: {
    kind: 'gauge',
    unit: 'ms/s',
    meaning: 'Time with input but without credit downstream.',
  },
  cpu_ns_total: {
    kind: 'counter',
    unit: 'ns',
    meaning: 'CPU time of its steps; 0 where the platform cannot tell.',
  },
  current_input_watermark: {
    kind: 'gauge',
    unit: 'ms',
    meaning: 'Combined watermark of its inputs, ms since the epoch; absent before the first.',
  },
  watermark_lag_ms: {
    kind: 'gauge',
    unit: 'ms',
    meaning: 'Wall clock less the watermark; absent before the first and at the end of time.',
  },
  late_rows_dropped_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows too late for all their windows and without a late side output.',
  },
  bad_rows_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows that a source could not read and skipped or diverted.',
  },
  progress_ratio: {
    kind: 'gauge',
    unit: 'ratio',
    meaning: 'How much of a bounded source is read, 0 to 1; absent when its size is unknown.',
  },
  steps_total: {
    kind: 'counter',
    unit: 'steps',
    meaning: 'Steps run.',
  },
  longest_step_ms: {
    kind: 'gauge',
    unit: 'ms',
    meaning: 'The longest step since the start of the run.',
  },
  state_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    meaning: 'Off-heap bytes of keyed state.',
  },
};

/** Per operator, over all its subtasks; labels `job`, `operator`, `uid`. */
export const OPERATOR_METRICS: Readonly<Record<OperatorMetricName, Metric>> = {
  operator_rows_in_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows into an operator, also within a chain.',
  },
  operator_rows_out_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows out of an operator, also within a chain.',
  },
  operator_counter_total: {
    kind: 'counter',
    unit: '',
    meaning: 'A counter that an operator or user code declared; label `counter` is its name.',
  },
};

/** Per channel; labels `job`, `channel`, `from`, `to`. */
export const CHANNEL_METRICS: Readonly<Record<ChannelMetricName, Metric>> = {
  channel_records_total: {
    kind: 'counter',
    unit: 'rows',
    meaning: 'Rows written to a channel.',
  },
  channel_bytes_total: {
    kind: 'counter',
    unit: 'bytes',
    meaning: 'Bytes written to a channel.',
  },
  channel_credit_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    meaning: 'Credit left: bytes that the producer may still write.',
  },
  channel_backlog_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    meaning: 'Bytes written and not yet consumed.',
  },
  channel_no_credit_ms_total: {
    kind: 'counter',
    unit: 'ms',
    meaning: 'Time the producer had rows for a channel but no credit.',
  },
};

/** Per job; label `job`. */
export const JOB_METRICS: Readonly<Record<JobMetricName, Metric>> = {
  uptime_ms: {
    kind: 'gauge',
    unit: 'ms',
    meaning: 'Time since the job was started.',
  },
};
