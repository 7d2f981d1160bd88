/** The API a job is written in, and the logical graph it yields. */

export type {
  BroadcastConnectedStream,
  BroadcastStream,
  KeyedBroadcastConnectedStream,
} from './broadcast-streams.ts';
export type {
  CoGrouped,
  CoGroupEqualTo,
  CoGroupWhere,
  CoGroupWindow,
  IntervalJoin,
  IntervalJoined,
  Joined,
  JoinEqualTo,
  JoinFunction,
  JoinKind,
  JoinWhere,
  JoinWindow,
  KeyedJoinOptions,
  LeftRow,
  LookupJoined,
  LookupJoinOptions,
  RightRow,
  Selected,
  SelectPath,
  WindowJoined,
} from './join-builders.ts';
export { buildGraph, isJob, job } from './job.ts';
export type { BuildFunction, Job, JobEnvironment, JobParameters } from './job.ts';
export { checkSameGraph, loadJob } from './job-module.ts';
export type { PlannedNode } from './job-module.ts';
export { genericCodecWarning, strictTypesError } from './generic-codec.ts';
export type {
  GraphWarning,
  JobOptions,
  KeySelector,
  LogicalEdge,
  LogicalGraph,
  LogicalNode,
  PartitionerKind,
} from './logical-graph.ts';
export type { MapAsyncOptions, RetryOptions } from './map-async.ts';
export type {
  AggregateRow,
  ChangelogOptions,
  ContinuousAggregateOptions,
  DeduplicateOptions,
  MiniBatchOption,
  Ranked,
  RowTtlOption,
  RankingOptions,
} from './changelog-options.ts';
export type { WindowAggregateOptions } from './local-fold.ts';
export { didYouMean, nearestName } from '../base/index.ts';
export { DEAD_LETTERS, DeadLetter } from './dead-letters.ts';
export type { OperatorSettings } from './operator-settings.ts';
export { badRowError } from './operator-stream.ts';
export { outputTag } from './output-tag.ts';
export type { OutputTag } from './output-tag.ts';
export { count, describeEdge, renderLogical } from './render.ts';
export { keepRow } from './row.ts';
export type { ComparableField, KeyField, KeyOf, Row, SummableField } from './row.ts';
export { computed } from './select.ts';
export type { Computed, SelectedFields, Selection } from './select.ts';
export type { SourceLocation } from './source-location.ts';
export type {
  ConnectedStreams,
  KeyedByFields,
  KeyedStream,
  OperatorStream,
  SinkHandle,
  Stream,
  Transformable,
} from './streams.ts';
export { fitLine, table } from './text-layout.ts';
export {
  boundedOutOfOrderness,
  customWatermarks,
  monotonousTimestamps,
  WatermarkStrategy,
} from './watermark-strategy.ts';
export type { TimestampOf, WatermarkAlignment } from './watermark-strategy.ts';
export { cumulative, globalWindow, session, sliding, tumbling } from './window-assigners.ts';
export type { WindowOptions, WindowTimeOptions } from './window-assigners.ts';
export {
  continuousEventTimeTrigger,
  continuousProcessingTimeTrigger,
  countEvictor,
  countTrigger,
  deltaEvictor,
  deltaTrigger,
  endOfStreamTrigger,
  eventTimeTrigger,
  neverTrigger,
  processingTimeoutTrigger,
  processingTimeTrigger,
  purgingTrigger,
  timeEvictor,
} from './window-triggers.ts';
export type { WindowedStream, WindowResult } from './windowed-streams.ts';
