/** Counters and histograms in shared memory, readings of a job, Prometheus text. */

export { createCounterRegion, NO_VALUE, readCounters, SubtaskCounters } from './counters.ts';
export type { CounterRegion, CustomCounter, RawSubtask } from './counters.ts';
export { CUSTOM_COUNTERS_MAX, SUBTASK_FIELDS } from './counters-layout.ts';
export type { SubtaskField } from './counters-layout.ts';
export type {
  Backpressure,
  ChannelMetrics,
  ChannelSample,
  JobMetrics,
  JobTotals,
  OperatorMetrics,
  SubtaskMetrics,
  WatermarkHold,
} from './job-metrics.ts';
export { createLatencyRecorder, LATENCY_US_MAX, mergeLatency } from './latency.ts';
export type { LatencyRecorder, LatencySummary } from './latency.ts';
export { LoadMeter, LoadState } from './load-meter.ts';
export { CHANNEL_METRICS, JOB_METRICS, OPERATOR_METRICS, SUBTASK_METRICS } from './metric-names.ts';
export type {
  ChannelMetricName,
  JobMetricName,
  Metric,
  MetricKind,
  OperatorMetricName,
  SubtaskMetricName,
} from './metric-names.ts';
export { readMetrics } from './metrics-reader.ts';
export type { JobShape, MetricsInput } from './metrics-reader.ts';
export { findWatermarkHold } from './watermark-hold.ts';
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheus.ts';
